// Resampling of 8- and 16-bit rasters, pixel centers at +0.5, as sharp downscales for the library in Node: the kernel widens by the factor.
// No alpha: callers have it apart.

import type { Box, Raster, Size } from '@koutu/core/pixels'

export type Kernel = 'linear' | 'cubic' | 'lanczos3'

/** Reach in source pixels, and weight at a distance. */
const KERNELS: Readonly<Record<Kernel, { readonly reach: number; readonly weight: (x: number) => number }>> = {
  linear: { reach: 1, weight: (x) => 1 - x },
  // Keys 1981 with a = -0.5.
  cubic: {
    reach: 2,
    weight: (x) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2),
  },
  lanczos3: { reach: 3, weight: (x) => (x === 0 ? 1 : sinc(x) * sinc(x / 3)) },
}

function sinc(x: number): number {
  return Math.sin(Math.PI * x) / (Math.PI * x)
}

/** The part `box` of `raster`, all of it by default, stretched to `size`. `box` may begin and end within pixels. */
export function scaleRaster(raster: Raster, size: Size, kernel: Kernel, box?: Box): Raster {
  const { left, top, width, height } = box ?? { left: 0, top: 0, width: raster.width, height: raster.height }
  const { channels, data } = raster
  const rows = tapsOf({ start: top, span: height, limit: raster.height, size: size.height, kernel })
  const columns = tapsOf({ start: left, span: width, limit: raster.width, size: size.width, kernel })
  const out = new (data.constructor as typeof Uint8Array | typeof Uint16Array)(size.width * size.height * channels)
  const stride = raster.width * channels
  const row = new Float32Array(stride)
  for (let y = 0; y < size.height; y++) {
    sumRows(data, rows, y, row)
    writeRow(row, columns, channels, out, y * size.width * channels)
  }
  return { ...raster, width: size.width, height: size.height, data: out }
}

/** The weighted sum of the rows that row `y` of the result covers. Four at a time, so that `row` is read and written less often. */
function sumRows(data: Raster['data'], { first, count, weights, stride }: Taps, y: number, row: Float32Array): void {
  const width = row.length
  const base = y * stride
  if (count[y] === 1) {
    const from = first[y]! * width
    for (let i = 0; i < width; i++) row[i] = data[from + i]!
    return
  }
  row.fill(0)
  for (let k = 0; k < count[y]!; k += 4) {
    // Weights behind the last are 0; rows behind the last must not be read.
    const at = (i: number) => (first[y]! + Math.min(k + i, count[y]! - 1)) * width
    const weight = (i: number) => (k + i < count[y]! ? weights[base + k + i]! : 0)
    const [w0, w1, w2, w3] = [weight(0), weight(1), weight(2), weight(3)]
    const [r0, r1, r2, r3] = [at(0), at(1), at(2), at(3)]
    for (let i = 0; i < width; i++) {
      row[i]! += w0 * data[r0 + i]! + w1 * data[r1 + i]! + w2 * data[r2 + i]! + w3 * data[r3 + i]!
    }
  }
}

function writeRow(row: Float32Array, columns: Taps, channels: number, out: Uint8Array | Uint16Array, at: number): void {
  const { first, count, weights, stride } = columns
  const most = out.BYTES_PER_ELEMENT === 1 ? 255 : 65535
  const rounded = (sum: number) => (sum <= 0 ? 0 : sum >= most ? most : sum)
  for (let x = 0, to = at; x < first.length; x++) {
    const begin = x * stride
    const end = begin + count[x]!
    let from = first[x]! * channels
    if (channels === 3) {
      let red = 0.5
      let green = 0.5
      let blue = 0.5
      for (let k = begin; k < end; k++, from += 3) {
        const weight = weights[k]!
        red += weight * row[from]!
        green += weight * row[from + 1]!
        blue += weight * row[from + 2]!
      }
      out[to] = rounded(red)
      out[to + 1] = rounded(green)
      out[to + 2] = rounded(blue)
      to += 3
      continue
    }
    for (let channel = 0; channel < channels; channel++, to++) {
      let sum = 0.5
      for (let k = begin, i = from + channel; k < end; k++, i += channels) sum += weights[k]! * row[i]!
      out[to] = rounded(sum)
    }
  }
}

interface Taps {
  /** First source index and number of taps of each output sample; its weights begin at `stride` times its index. */
  readonly first: Int32Array
  readonly count: Int32Array
  readonly weights: Float32Array
  readonly stride: number
}

interface Line {
  readonly start: number
  readonly span: number
  /** Samples of the source. */
  readonly limit: number
  /** Samples of the result. */
  readonly size: number
  readonly kernel: Kernel
}

/** A weight that moves no sample: the zeros of a sinc, as computed. */
const NOTHING = 1e-9

function tapsOf({ start, span, limit, size, kernel }: Line): Taps {
  const scale = span / size
  // Upscaling has no ringing to gain by: libvips takes the cubic kernel for it, too.
  const { reach, weight } = KERNELS[kernel === 'lanczos3' && scale < 1 ? 'cubic' : kernel]
  const stretch = Math.max(1, scale)
  const stride = Math.ceil(reach * stretch) * 2 + 1
  const first = new Int32Array(size)
  const count = new Int32Array(size)
  const weights = new Float32Array(size * stride)
  for (let i = 0; i < size; i++) {
    const center = start + (i + 0.5) * scale
    const weightAt = (j: number) => {
      const distance = Math.abs(j + 0.5 - center) / stretch
      return distance < reach ? weight(distance) : 0
    }
    let begin = Math.max(0, Math.ceil(center - reach * stretch - 0.5))
    let end = Math.min(limit - 1, Math.floor(center + reach * stretch - 0.5))
    // Along a side that stays as it is, one sample is all there is.
    while (begin < end && Math.abs(weightAt(begin)) < NOTHING) begin++
    while (begin < end && Math.abs(weightAt(end)) < NOTHING) end--
    const taps = weights.subarray(i * stride, i * stride + end - begin + 1)
    let sum = 0
    for (let k = 0; k < taps.length; k++) {
      taps[k] = weightAt(begin + k)
      sum += taps[k]!
    }
    for (let k = 0; k < taps.length; k++) taps[k]! /= sum
    first[i] = begin
    count[i] = taps.length
  }
  return { first, count, weights, stride }
}
