// Where a picture has something to say about alpha: not in areas without contrast, far from any edge.

import { boxFilter } from '../pixels/box-filter.ts'
import type { Raster } from '../pixels/raster.ts'
import { sampleColor } from '../pixels/sample-color.ts'
import { dilate } from './band.ts'

/** Variance of color (three channels of 0..1 together) from which a window shows something: twice what 8-bit rounding makes. */
const VISIBLE = 5e-5
/** An edge carries its verdict over flat surroundings of this many radii. */
const REACH = 4

/** `band` (of the guide's size) without the pixels that no contrast is near to: there the given alpha is all that is known. */
export function sightedBand(band: Uint8Array, guide: Raster, radius: number): Uint8Array {
  const { width, height } = guide
  const color = sampleColor(guide, width, height)
  const variance = new Float32Array(band.length)
  for (const data of color) {
    const mean = boxFilter({ width, height, data }, radius)
    const square = boxFilter({ width, height, data: data.map((value) => value * value) }, radius)
    for (let i = 0; i < variance.length; i++) variance[i]! += square.data[i]! - mean.data[i]! ** 2
  }
  const seen = band.map((value, i) => (value === 1 && variance[i]! > VISIBLE ? 1 : 0))
  dilate(seen, width, height, REACH * radius)
  return band.map((value, i) => value & seen[i]!)
}
