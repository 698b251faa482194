// sharp before and after: downscale, cut out, put a headline behind the subject.
// #region all
import { removeBackground } from 'koutu'
import sharp from 'sharp'

const photo = sharp('photo.jpg').rotate().resize({ width: 800 })
const { image } = await removeBackground(photo)

const headline = Buffer.from(
  '<svg width="800" height="600"><text x="400" y="250" font-size="150" text-anchor="middle">HELLO</text></svg>',
)
await sharp({ create: { width: image.width, height: image.height, channels: 3, background: '#ffd9a0' } })
  .composite([{ input: headline }, { input: Buffer.from(await image.bytes()) }])
  .jpeg()
  .toFile('poster.jpg')
// #endregion
