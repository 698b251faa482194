// A small copy of a picture, cheap at any size: only some pixels of each cell are read.

import type { Raster } from './raster.ts'
import { maxSample } from './raster.ts'

/** Pixels read per cell and axis at most. */
const READS = 2

/** `width` x `height` cells stretched over `raster`: means of evenly spread pixels, RGB, 16 bit so that they keep what they gained. */
export function sampleRaster(raster: Raster, width: number, height: number): Raster {
  const out = new Uint16Array(width * height * 3)
  const columns = spread(raster.width, width)
  const rows = spread(raster.height, height)
  const { channels, data } = raster
  const toGreen = channels === 1 ? 0 : 1
  const toBlue = channels === 1 ? 0 : 2
  const scale = 65535 / (maxSample(raster) * columns.reads * rows.reads)
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      let red = 0
      let green = 0
      let blue = 0
      for (let v = 0; v < rows.reads; v++) {
        const line = rows.at[y * rows.reads + v]! * raster.width
        for (let u = 0; u < columns.reads; u++) {
          const from = (line + columns.at[x * columns.reads + u]!) * channels
          red += data[from]!
          green += data[from + toGreen]!
          blue += data[from + toBlue]!
        }
      }
      out[to] = red * scale + 0.5
      out[to + 1] = green * scale + 0.5
      out[to + 2] = blue * scale + 0.5
    }
  }
  return { width, height, channels: 3, alpha: 'none', data: out }
}

/** Red, green and blue of a picture as `sampleRaster` gives it, in 0..1, for statistics of one channel after another. */
export function channelPlanes({ width, height, data }: Raster): Float32Array[] {
  return [0, 1, 2].map((channel) =>
    Float32Array.from({ length: width * height }, (_, i) => data[i * 3 + channel]! / 65535),
  )
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
