// The local linear models of the guided filter: in every window, alpha is a linear function of color (He, Sun, Tang,
// "Guided Image Filtering", 2010/2013, color guide). Here what depends on the image alone: the mean and the inverse covariance of
// the colors of every window that a band needs. Compiled to WebAssembly too.

import { max, min } from '../../pixels/integers.ts'
import type { f64, i32, Samples } from '../../pixels/numbers.ts'
import { largestSample, type Pixels } from '../../pixels/plane.ts'
import { unclearedFloats } from '../../pixels/uncleared.ts'
import { growSpans, type Spans, spansOf } from './spans.ts'

/** Numbers a pixel of `LocalModels.window`. */
export const WINDOW: i32 = 9
/** Numbers of a linear model: red, green, blue, constant. */
export const MODEL: i32 = 4

export class LocalModels {
  readonly width: i32
  readonly height: i32
  readonly radius: i32
  /** The band and the pixels beside it; centers of the windows that hold those; all pixels of these windows. */
  readonly wanted: Spans
  readonly fitted: Spans
  readonly summed: Spans
  /** Guide color in 0..1 of the summed pixels: red, green, blue. */
  readonly color: Float32Array
  /** Window means of the color (three) and the inverse of its covariance (rr, rg, rb, gg, gb, bb), of the fitted pixels. */
  readonly window: Float32Array
  /** Variance of the window's color, the three channels together, of the fitted pixels. */
  readonly variance: Float32Array
  /** One over the number of columns and of rows that the window around each column and row of the image has. */
  readonly columnShare: Float64Array
  readonly rowShare: Float64Array
  /** Memory for sums down each column, with a margin of empty columns on both sides: of colors or products, and of models. */
  readonly sums: Float64Array
  readonly modelSums: Float64Array
  /** Memory for the models of the rows that a window reaches, and of the row that leaves it. */
  readonly models: Float32Array

  constructor(width: i32, height: i32, radius: i32, wanted: Spans, fitted: Spans, summed: Spans, color: Float32Array) {
    this.width = width
    this.height = height
    this.radius = radius
    this.wanted = wanted
    this.fitted = fitted
    this.summed = summed
    this.color = color
    this.window = unclearedFloats(fitted.area * WINDOW)
    this.variance = unclearedFloats(fitted.area)
    this.columnShare = shares(width, radius)
    this.rowShare = shares(height, radius)
    this.sums = new Float64Array((width + 2 * radius + 1) * WINDOW)
    this.modelSums = new Float64Array((width + 2 * radius + 1) * MODEL)
    this.models = unclearedFloats((2 * radius + 2) * width * MODEL)
  }
}

/** One over the number of the 2 radius + 1 places around each place that lie in 0..size - 1. */
function shares(size: i32, radius: i32): Float64Array {
  const out = new Float64Array(size)
  for (let at = 0; at < size; at++) out[at] = 1 / ((min(size - 1, at + radius) - max(0, at - radius) + 1) as f64)
  return out
}

/** Models for where `band` is 1. `epsilon` is the variance (color in 0..1) below which a window counts as flat. */
export function buildLocalModels<T extends Samples>(
  band: Uint8Array,
  guide: Pixels<T>,
  radius: i32,
  epsilon: f64,
): LocalModels {
  const width = guide.width
  const height = guide.height
  const wanted = growSpans(spansOf(band, width, height), width, height, 1)
  const fitted = growSpans(wanted, width, height, radius)
  const summed = growSpans(fitted, width, height, radius)
  const all = new LocalModels(width, height, radius, wanted, fitted, summed, colorsOf(guide, summed))
  for (let y = 0; y < min(radius, height); y++) addMoments(all, y, 1)
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addMoments(all, y + radius, 1)
    if (y - radius > 0) addMoments(all, y - radius - 1, -1)
    for (let span = fitted.rows[y]!; span < fitted.rows[y + 1]!; span++) invertSpan(all, y, span, epsilon)
  }
  return all
}

function colorsOf<T extends Samples>(guide: Pixels<T>, spans: Spans): Float32Array {
  const out = unclearedFloats(spans.area * 3)
  const channels = guide.channels
  const data = guide.data
  const scale: f64 = 1 / largestSample(data)
  const toGreen = channels === 1 ? 0 : 1
  const toBlue = channels === 1 ? 0 : 2
  for (let y = 0, i = 0; y < guide.height; y++) {
    for (let span = spans.rows[y]!; span < spans.rows[y + 1]!; span++) {
      let from = (y * guide.width + spans.left[span]!) * channels
      for (let x = spans.left[span]!; x < spans.right[span]!; x++, i += 3, from += channels) {
        out[i] = (data[from]! as f64) * scale
        out[i + 1] = (data[from + toGreen]! as f64) * scale
        out[i + 2] = (data[from + toBlue]! as f64) * scale
      }
    }
  }
  return out
}

/** Adds (sign 1) or takes away (sign -1) row `y` of the color and of its products. */
function addMoments(all: LocalModels, y: i32, sign: f64): void {
  const spans = all.summed
  const color = all.color
  const sums = all.sums
  for (let span = spans.rows[y]!; span < spans.rows[y + 1]!; span++) {
    const begin = spans.place[span]! * 3
    const end = begin + (spans.right[span]! - spans.left[span]!) * 3
    for (let i = begin, k = (spans.left[span]! + all.radius + 1) * WINDOW; i < end; i += 3, k += WINDOW) {
      const r = color[i]!
      const g = color[i + 1]!
      const b = color[i + 2]!
      const sr = sign * r
      const sg = sign * g
      sums[k]! += sr
      sums[k + 1]! += sg
      sums[k + 2]! += sign * b
      sums[k + 3]! += sr * r
      sums[k + 4]! += sr * g
      sums[k + 5]! += sr * b
      sums[k + 6]! += sg * g
      sums[k + 7]! += sg * b
      sums[k + 8]! += sign * b * b
    }
  }
}

/** Means and inverse of (covariance + epsilon) of the windows centered on a span of row `y`. */
function invertSpan(all: LocalModels, y: i32, span: i32, epsilon: f64): void {
  const sums = all.sums
  const window = all.window
  const variance = all.variance
  const columnShare = all.columnShare
  const rowShare = all.rowShare[y]!
  const left = all.fitted.left[span]!
  const right = all.fitted.right[span]!
  const reach = (2 * all.radius + 1) * WINDOW
  let s0: f64 = 0
  let s1: f64 = 0
  let s2: f64 = 0
  let s3: f64 = 0
  let s4: f64 = 0
  let s5: f64 = 0
  let s6: f64 = 0
  let s7: f64 = 0
  let s8: f64 = 0
  for (let k = left * WINDOW; k < left * WINDOW + reach; k += WINDOW) {
    s0 += sums[k]!
    s1 += sums[k + 1]!
    s2 += sums[k + 2]!
    s3 += sums[k + 3]!
    s4 += sums[k + 4]!
    s5 += sums[k + 5]!
    s6 += sums[k + 6]!
    s7 += sums[k + 7]!
    s8 += sums[k + 8]!
  }
  let at = all.fitted.place[span]!
  for (let x = left, k = left * WINDOW, i = at * WINDOW; x < right; x++, at++, k += WINDOW, i += WINDOW) {
    const next = k + reach
    s0 += sums[next]! - sums[k]!
    s1 += sums[next + 1]! - sums[k + 1]!
    s2 += sums[next + 2]! - sums[k + 2]!
    s3 += sums[next + 3]! - sums[k + 3]!
    s4 += sums[next + 4]! - sums[k + 4]!
    s5 += sums[next + 5]! - sums[k + 5]!
    s6 += sums[next + 6]! - sums[k + 6]!
    s7 += sums[next + 7]! - sums[k + 7]!
    s8 += sums[next + 8]! - sums[k + 8]!
    const share = rowShare * columnShare[x]!
    const r = s0 * share
    const g = s1 * share
    const b = s2 * share
    const a00 = s3 * share - r * r + epsilon
    const a01 = s4 * share - r * g
    const a02 = s5 * share - r * b
    const a11 = s6 * share - g * g + epsilon
    const a12 = s7 * share - g * b
    const a22 = s8 * share - b * b + epsilon
    window[i] = r
    window[i + 1] = g
    window[i + 2] = b
    writeInverse(a00, a01, a02, a11, a12, a22, window, i + 3)
    variance[at] = a00 + a11 + a22 - 3 * epsilon
  }
}

/** The inverse of a symmetric matrix, by cofactors, to `out` from `to` on: six numbers (rr, rg, rb, gg, gb, bb). */
export function writeInverse(
  a00: f64,
  a01: f64,
  a02: f64,
  a11: f64,
  a12: f64,
  a22: f64,
  out: Float32Array,
  to: i32,
): void {
  const c00 = a11 * a22 - a12 * a12
  const c01 = a02 * a12 - a01 * a22
  const c02 = a01 * a12 - a02 * a11
  const scale = 1 / (a00 * c00 + a01 * c01 + a02 * c02)
  out[to] = c00 * scale
  out[to + 1] = c01 * scale
  out[to + 2] = c02 * scale
  out[to + 3] = (a00 * a22 - a02 * a02) * scale
  out[to + 4] = (a01 * a02 - a00 * a12) * scale
  out[to + 5] = (a00 * a11 - a01 * a01) * scale
}
