// Makes ID photos of 35 x 45 mm. Run: npm install koutu sharp && node id-photo.js portrait.jpg
// #region all
import { createRemover } from 'koutu'
import sharp from 'sharp'

const DPI = 300
const [WIDTH, HEIGHT] = [35, 45].map((mm) => Math.round((mm / 25.4) * DPI))
const HEADROOM = Math.round(HEIGHT * 0.1)
const BACKGROUND = 'white' // or '#438edb', the blue of many documents

await using remover = await createRemover({ crop: true, subjects: 'largest', background: BACKGROUND, quality: 'best' })

for (const path of process.argv.slice(2)) {
  const { image, report } = await remover.remove(path)
  if (!report.subject) throw new Error(`no person found in ${path}`)
  await sharp(await image.bytes())
    // From the top of the head down: what does not fit is cut off at the chest.
    .resize({ width: WIDTH, height: HEIGHT - HEADROOM, fit: 'cover', position: 'top' })
    .extend({ top: HEADROOM, background: BACKGROUND })
    .withMetadata({ density: DPI })
    .jpeg({ quality: 95 })
    .toFile(path.replace(/\.\w+$/, '.id.jpg'))
}
// #endregion
