// Cut out one image. Run: node simple.ts, in a folder with photo.jpg.
// #region all
import { writeFile } from 'node:fs/promises'
import { removeBackground } from 'koutu'

const { image, report } = await removeBackground('photo.jpg')
await writeFile('photo.png', await image.bytes())
console.log(report.subject, report.box, report.coverage)
// #endregion
