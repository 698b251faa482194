// Separable resampling of float planes, pixel centers at +0.5 (align-corners false).
// Upscaling interpolates; downscaling widens the kernel by the factor, so that every source pixel counts.

import { max, min } from './integers.ts'
import type { f64, i32 } from './numbers.ts'
import { Plane } from './plane.ts'
import { addWeighted } from './tap-rows.ts'
import { unclearedFloats } from './uncleared.ts'

/** Linear reaches over 1 pixel, cubic over 2. */
const LINEAR: i32 = 1
const CUBIC: i32 = 2

/** A plane of `width` x `height` by linear interpolation. Returns `plane` itself when it has that size already. */
export function resampleLinear(plane: Plane, width: i32, height: i32): Plane {
  return resample(plane, width, height, LINEAR)
}

/** As `resampleLinear`, by Catmull-Rom splines, which overshoot: clamp the result where a range must hold. */
export function resampleCubic(plane: Plane, width: i32, height: i32): Plane {
  return resample(plane, width, height, CUBIC)
}

function resample(plane: Plane, width: i32, height: i32, support: i32): Plane {
  // The order with the smaller plane between the two passes.
  return plane.width * height < width * plane.height
    ? resampleColumns(resampleRows(plane, height, support), width, support)
    : resampleRows(resampleColumns(plane, width, support), height, support)
}

/** Triangle, or Keys 1981 with a = -0.5. */
function weightOf(x: f64, support: i32): f64 {
  const t = Math.abs(x)
  if (support === LINEAR) return Math.max(0, 1 - t)
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1
  if (t < 2) return ((-0.5 * t + 2.5) * t - 4) * t + 2
  return 0
}

/** How samples along one axis are made of those of a source. */
export class Taps {
  readonly stride: i32
  /** First source index and number of taps of each output sample. */
  readonly first: Int32Array
  readonly count: Int32Array
  readonly weights: Float32Array

  constructor(size: i32, stride: i32) {
    this.stride = stride
    this.first = new Int32Array(size)
    this.count = new Int32Array(size)
    this.weights = new Float32Array(size * stride)
  }

  /** The source index behind all that the output samples before `end` are made of. */
  behind(end: i32): i32 {
    return this.first[end - 1]! + this.count[end - 1]!
  }

  /** Row `y` of the output from rows of `width` values, of which `source` has those from row `top` on; to `out` from `to` on. */
  mixRows(y: i32, source: Float32Array, top: i32, width: i32, out: Float32Array, to: i32): void {
    out.fill(0, to, to + width)
    for (let k = 0; k < this.count[y]!; k++) {
      const weight = this.weights[y * this.stride + k]!
      const from = (this.first[y]! + k - top) * width
      addWeighted(out, to, source, from, width, weight)
    }
  }

  /** `width` samples of a row from the `left`th on, written to `out` from `to` on; `source` has the row from index `begin` on. */
  mixColumns(left: i32, width: i32, source: Float32Array, begin: i32, out: Float32Array, to: i32): void {
    const first = this.first
    const count = this.count
    const weights = this.weights
    for (let x = left; x < left + width; x++) {
      const end = x * this.stride + count[x]!
      let sum: f64 = 0
      for (let k = x * this.stride, from = first[x]! - begin; k < end; k++, from++) sum += weights[k]! * source[from]!
      out[to + x] = sum
    }
  }
}

/** Taps of linear interpolation. */
export function linearTaps(from: i32, to: i32): Taps {
  return makeTaps(from, to, LINEAR)
}

function makeTaps(from: i32, to: i32, support: i32): Taps {
  const scale: f64 = (from as f64) / to
  const stretch = Math.max(1, scale)
  const reach = support * stretch
  const taps = new Taps(to, (Math.ceil(reach) as i32) * 2 + 1)
  for (let i = 0; i < to; i++) {
    const center = ((i as f64) + 0.5) * scale
    const begin = max(0, Math.ceil(center - reach - 0.5) as i32)
    const end = min(from - 1, Math.floor(center + reach - 0.5) as i32)
    const at = i * taps.stride
    let sum: f64 = 0
    for (let j = begin; j <= end; j++) {
      const weight = weightOf(((j as f64) + 0.5 - center) / stretch, support)
      taps.weights[at + j - begin] = weight
      sum += weight
    }
    for (let j = at; j <= at + end - begin; j++) taps.weights[j] = taps.weights[j]! / sum
    taps.first[i] = begin
    taps.count[i] = end - begin + 1
  }
  return taps
}

function resampleColumns(plane: Plane, width: i32, support: i32): Plane {
  if (plane.width === width) return plane
  const taps = makeTaps(plane.width, width, support)
  const out = unclearedFloats(width * plane.height)
  for (let y = 0; y < plane.height; y++) taps.mixColumns(0, width, plane.data, -y * plane.width, out, y * width)
  return new Plane(width, plane.height, out)
}

function resampleRows(plane: Plane, height: i32, support: i32): Plane {
  if (plane.height === height) return plane
  const taps = makeTaps(plane.height, height, support)
  const out = unclearedFloats(plane.width * height)
  for (let y = 0; y < height; y++) taps.mixRows(y, plane.data, 0, plane.width, out, y * plane.width)
  return new Plane(plane.width, height, out)
}
