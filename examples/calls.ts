// What a call takes and gives: inputs, options, marks, errors. Run: node calls.ts, beside photo.jpg.
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRemover, isKoutuError, removeBackground } from 'koutu'
import sharp from 'sharp'

const bytes = await readFile('photo.jpg')
const url = `data:image/jpeg;base64,${bytes.toString('base64')}`
const stream = createReadStream('photo.jpg')
const { data, info } = await sharp('photo.jpg').raw().toBuffer({ resolveWithObject: true })
const { width, height } = info

// #region inputs
await removeBackground('photo.jpg') // a path
await removeBackground(url) // http:, https: or data:; private addresses are refused
await removeBackground(bytes) // Buffer, any typed array, ArrayBuffer
await removeBackground(await fetch(url)) // Response, Blob, File
await removeBackground(stream) // any stream or async iterable of bytes
await removeBackground({ data, width, height }) // raw pixels, ImageData
await removeBackground(sharp('photo.jpg').resize(800)) // a sharp image
// #endregion

// #region options
await removeBackground('photo.jpg', { crop: true, margin: '5%', background: 'white', format: 'jpeg' })
// #endregion

// #region values
await removeBackground('photo.jpg', { margin: '5%', background: '#fff' })
await removeBackground('photo.jpg', { margin: { value: 5, unit: '%' }, background: { type: 'color', color: '#fff' } })
// #endregion

await using remover = await createRemover()
// #region refine
const first = await remover.remove('photo.jpg')
const second = await remover.refine('photo.jpg', first.coarse!, { erase: '120,80 140,95@12', background: 'white' })
// #endregion
console.log(second.image.width)

// #region alpha
for (const background of ['white', '#ffd000']) {
  const result = await remover.applyAlpha('photo.jpg', first.alpha, { background, crop: true })
  await result.toFile(`${background}.png`)
}
await remover.applyAlpha('photo.jpg', { data: first.alpha.data, width, height }) // 0 to 1, or integers of 8 or 16 bits
// #endregion

const maskPng = await sharp({ create: { width: 120, height: 90, channels: 3, background: 'black' } })
  .png()
  .toBuffer()
// #region strokes
await remover.remove(bytes, {
  keep: { type: 'strokes', unit: '%', strokes: [{ points: [[42, 30]], radius: 1.5 }] },
  erase: { type: 'picture', source: maskPng },
})
// #endregion

// #region errors
try {
  await removeBackground('photo.jpg', { maxPixels: 1e6 })
} catch (error) {
  if (isKoutuError(error) && error.code === 'IMAGE_TOO_LARGE') console.error(error.message, error.data)
}
// #endregion
