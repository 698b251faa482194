// What few images need: a file of its own beside the worker, imported on demand. What it gives by name.

export { chooseRefiner, openEdgeRefiner } from '../engine/web-refiner.ts'
export { writeAvif } from './avif.ts'
export { writeByCanvas } from './canvas.ts'
export { keepDamaged } from './damaged.ts'
export { extrasFor, insertExtras, pngExtras } from './insert-extras.ts'
export { writeLayers } from './layers.ts'
export { withOwnColors } from './own-colors.ts'
export { openStraight } from './straight-pixels.ts'
export { writeTiff } from './tiff.ts'
export { blurRaster, coverRaster } from './transform.ts'
