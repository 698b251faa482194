// A small float copy of a picture, for statistics of color: cheap at any size, because only some pixels of each cell are read.

import type { Raster } from './raster.ts'
import { maxSample } from './raster.ts'

/** Pixels read per cell and axis at most. */
const READS = 4

/** Red, green and blue in 0..1 of a grid of `width` x `height` cells stretched over `raster`: means of evenly spread pixels. */
export function sampleColor(raster: Raster, width: number, height: number): Float32Array[] {
  const out = [0, 1, 2].map(() => new Float32Array(width * height))
  const columns = spread(raster.width, width)
  const rows = spread(raster.height, height)
  const { channels, data } = raster
  const scale = 1 / (maxSample(raster) * columns.reads * rows.reads)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let red = 0
      let green = 0
      let blue = 0
      for (let v = 0; v < rows.reads; v++) {
        const line = rows.at[y * rows.reads + v]! * raster.width
        for (let u = 0; u < columns.reads; u++) {
          const from = (line + columns.at[x * columns.reads + u]!) * channels
          red += data[from]!
          green += data[channels === 1 ? from : from + 1]!
          blue += data[channels === 1 ? from : from + 2]!
        }
      }
      const i = y * width + x
      out[0]![i] = red * scale
      out[1]![i] = green * scale
      out[2]![i] = blue * scale
    }
  }
  return out
}

/** Source indices that each of `cells` reads along an axis of `size` pixels, symmetric about the middle. */
function spread(size: number, cells: number): { reads: number; at: Int32Array } {
  const reads = Math.max(1, Math.min(READS, Math.ceil(size / cells)))
  const at = new Int32Array(cells * reads)
  const total = cells * reads
  for (let k = 0; k < total; k++) {
    // Mirror images of each other, so that a flipped picture gives the flipped grid.
    at[k] =
      k < total / 2 ? Math.floor(((k + 0.5) * size) / total) : size - 1 - Math.floor(((total - k - 0.5) * size) / total)
  }
  return { reads, at }
}
