// The parts on arrays: a matte from a rough mask of your own, without koutu's network, files or threads.
// Run: node expert.ts, in a folder with photo.jpg and mask.png (white on the subject, black elsewhere, at a quarter of its size or more).

// #region imports
import { automaticTrimap, estimateForeground, refineAlpha, solveMatte } from '@koutu/core/matting'
import type { Plane, Raster } from '@koutu/core/pixels'
import sharp from 'sharp'

// #endregion

// #region arrays
// RGB, 8 bits, row by row. sharp reads it here; any decoder will do.
const photo = await sharp('photo.jpg').removeAlpha().toColorspace('srgb').raw().toBuffer({ resolveWithObject: true })
const { width, height } = photo.info
const color: Raster = { width, height, channels: 3, alpha: 'none', data: new Uint8Array(photo.data) }

// A mask as numbers from 0 to 1, at the size it has.
const mask = await sharp('mask.png').toColorspace('b-w').extractChannel(0).raw().toBuffer({ resolveWithObject: true })
const coarse: Plane = {
  width: mask.info.width,
  height: mask.info.height,
  data: Float32Array.from(mask.data, (value) => value / 255),
}
// #endregion

// #region refine
// The alpha matte at the size of the photo, with edges from the photo.
const alpha = refineAlpha(coarse, color, { quality: 'best' })
// #endregion

// #region trimap
// Or step by step: a trimap (0 background, 1 foreground, 0.5 unknown), and the matting Laplacian solved where it is unknown.
const trimap = automaticTrimap(alpha, { radiusPx: 5 })
const solved = solveMatte(alpha, color, {
  band: Uint8Array.from(trimap.data, (value) => (value === 0.5 ? 1 : 0)),
  radiusPx: 5,
  epsilon: 1e-4,
  trust: 1,
  trustSure: 10,
  iterations: 20,
})
// #endregion

// #region foreground
// Colors of soft edges without the old background; then RGBA.
const foreground = estimateForeground(color, solved)
const rgba = new Uint8Array(width * height * 4)
for (let i = 0; i < width * height; i++) {
  const opacity = Math.round(solved.data[i]! * 255)
  // Transparent pixels stay black: colors nobody sees only make the file larger.
  if (opacity > 0) rgba.set([...foreground.data.subarray(i * 3, i * 3 + 3), opacity], i * 4)
}
await sharp(rgba, { raw: { width, height, channels: 4 } })
  .png()
  .toFile('cutout.png')
// #endregion
