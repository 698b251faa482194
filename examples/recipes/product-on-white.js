// Product photos for a shop: square, on white, the product at 85 % of the side, with a soft shadow.
// #region all
import { createRemover } from 'koutu'
import sharp from 'sharp'

const SIDE = 1000
await using remover = await createRemover({ crop: true, shadow: 'drop', background: 'white' })

for (const path of process.argv.slice(2)) {
  const { image, report } = await remover.remove(path)
  if (!report.subject) throw new Error(`no product found in ${path}`)
  const space = Math.round((SIDE * 0.15) / 2)
  await sharp(await image.bytes())
    .resize({ width: SIDE - 2 * space, height: SIDE - 2 * space, fit: 'contain', background: 'white' })
    .extend({ top: space, bottom: space, left: space, right: space, background: 'white' })
    .jpeg({ quality: 90 })
    .toFile(path.replace(/\.\w+$/, '.shop.jpg'))
}
// #endregion
