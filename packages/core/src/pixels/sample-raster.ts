// A small copy of an image, cheap at any size: only some pixels of each cell are read.

import { max, min, quotientUp } from './integers.ts'
import type { f64, i32, Samples } from './numbers.ts'
import { largestSample, Pixels } from './plane.ts'

/** Pixels read per cell and axis at most. */
const READS: i32 = 2

/** Cells along one axis and the source indices that each reads, symmetric about the middle. */
class Spread {
  readonly reads: i32
  readonly at: Int32Array

  constructor(reads: i32, cells: i32) {
    this.reads = reads
    this.at = new Int32Array(cells * reads)
  }
}

function spread(size: i32, cells: i32): Spread {
  const result = new Spread(max(1, min(READS, quotientUp(size, cells))), cells)
  const total = cells * result.reads
  for (let k = 0; k < total; k++) {
    // Mirror images of each other, so that a flipped image gives the flipped grid.
    result.at[k] =
      2 * k < total
        ? (Math.floor((((k as f64) + 0.5) * size) / total) as i32)
        : size - 1 - (Math.floor(((((total - k) as f64) - 0.5) * size) / total) as i32)
  }
  return result
}

/** Which rows and columns of an image a small copy reads. */
export class Sampler {
  readonly width: i32
  readonly height: i32
  readonly columns: Spread
  readonly rows: Spread

  constructor(fromWidth: i32, fromHeight: i32, width: i32, height: i32) {
    this.width = width
    this.height = height
    this.columns = spread(fromWidth, width)
    this.rows = spread(fromHeight, height)
  }

  /** The first row of the image that row `y` of the copy reads. */
  firstRow(y: i32): i32 {
    return this.rows.at[y * this.rows.reads]!
  }

  /** The last row of the image that row `y` of the copy reads, often the first as well. */
  lastRow(y: i32): i32 {
    return this.rows.at[(y + 1) * this.rows.reads - 1]!
  }
}

/** `width` x `height` cells stretched over `raster`: means of evenly spread pixels, RGB, 16 bit so that they keep what they gained. */
export function sampleRaster<T extends Samples>(raster: Pixels<T>, width: i32, height: i32): Pixels<Uint16Array> {
  const sampler = new Sampler(raster.width, raster.height, width, height)
  const cells = new Uint16Array(width * height * 3)
  const stride = raster.width * raster.channels
  for (let y = 0; y < height; y++) {
    const first = sampler.firstRow(y) * stride
    sampleRow(sampler, y, raster.data, first, raster.data, sampler.lastRow(y) * stride, raster.channels, cells)
  }
  return new Pixels<Uint16Array>(width, height, 3, cells)
}

/** Row `y` of the copy, from the first and last row of the image that it reads, which begin at `firstFrom` and `lastFrom`. */
export function sampleRow<T extends Samples>(
  sampler: Sampler,
  y: i32,
  first: T,
  firstFrom: i32,
  last: T,
  lastFrom: i32,
  channels: i32,
  cells: Uint16Array,
): void {
  const at = sampler.columns.at
  const reads = sampler.columns.reads
  const rows = sampler.rows.reads
  const toGreen = channels === 1 ? 0 : 1
  const toBlue = channels === 1 ? 0 : 2
  // From 255 or 65535 to 65535, and the mean of one, two or four samples: all in whole numbers.
  const whole: i32 = largestSample(first) === 65535 ? 1 : 257
  const shift: i32 = reads * rows === 4 ? 2 : reads * rows - 1
  const half: i32 = (reads * rows) >> 1
  for (let x = 0, to = y * sampler.width * 3; x < sampler.width; x++, to += 3) {
    let red = 0
    let green = 0
    let blue = 0
    for (let k = x * reads; k < (x + 1) * reads; k++) {
      const from = firstFrom + at[k]! * channels
      red += first[from]!
      green += first[from + toGreen]!
      blue += first[from + toBlue]!
      if (rows === 1) continue
      const below = lastFrom + at[k]! * channels
      red += last[below]!
      green += last[below + toGreen]!
      blue += last[below + toBlue]!
    }
    cells[to] = (red * whole + half) >> shift
    cells[to + 1] = (green * whole + half) >> shift
    cells[to + 2] = (blue * whole + half) >> shift
  }
}
