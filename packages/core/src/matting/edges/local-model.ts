// The local linear model of the guided filter: in every window, alpha is a linear function of color (He, Sun, Tang,
// "Guided Image Filtering", 2010/2013, color guide). Here what depends on the image alone, once for each tile: the mean and the
// inverse covariance of the colors of every window. Compiled to WebAssembly too.

import { max, min } from '../../pixels/integers.ts'
import type { f64, i32, Samples } from '../../pixels/numbers.ts'
import { Box, largestSample, type Pixels } from '../../pixels/plane.ts'

/** Numbers a pixel of `LocalModel.window`. */
export const WINDOW: i32 = 9

/** What depends on the image alone, for one tile and its halo. */
export class LocalModel {
  /** The pixels this model answers for. */
  readonly core: Box
  /** `core` and two radii around it, cut at the image's border. */
  readonly outer: Box
  /** Guide color in 0..1: red, green, blue of each pixel of `outer`. */
  readonly color: Float32Array
  /** Window means of the color (three) and the inverse of its covariance (rr, rg, rb, gg, gb, bb), for each pixel. */
  readonly window: Float32Array
  /** Variance of the window's color, the three channels together. */
  readonly variance: Float32Array
  /** One over the number of columns and of rows that the window around each column and row of `outer` has. */
  readonly columnShare: Float64Array
  readonly rowShare: Float64Array

  constructor(core: Box, outer: Box, radius: i32, color: Float32Array) {
    this.core = core
    this.outer = outer
    this.color = color
    this.window = new Float32Array(outer.width * outer.height * WINDOW)
    this.variance = new Float32Array(outer.width * outer.height)
    this.columnShare = shares(outer.width, radius)
    this.rowShare = shares(outer.height, radius)
  }
}

/** One over the number of the 2 radius + 1 places around each place that lie in 0..size - 1. */
function shares(size: i32, radius: i32): Float64Array {
  const out = new Float64Array(size)
  for (let at = 0; at < size; at++) out[at] = 1 / ((min(size - 1, at + radius) - max(0, at - radius) + 1) as f64)
  return out
}

/** `columns` is memory for the sums down each column: `WINDOW` numbers for each column of the halo and 2 radius + 1 more. */
export function buildLocalModel<T extends Samples>(
  guide: Pixels<T>,
  core: Box,
  radius: i32,
  epsilon: f64,
  columns: Float64Array,
): LocalModel {
  const outer = outerBox(core, 2 * radius, guide.width, guide.height)
  const width = outer.width
  const height = outer.height
  const model = new LocalModel(core, outer, radius, cutColor(guide, outer))
  columns.fill(0, 0, (width + 2 * radius + 1) * WINDOW)
  for (let y = 0; y < min(radius, height); y++) addMoments(model.color, y, width, radius, 1, columns)
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addMoments(model.color, y + radius, width, radius, 1, columns)
    if (y - radius > 0) addMoments(model.color, y - radius - 1, width, radius, -1, columns)
    invertRow(model, columns, y, radius, epsilon)
  }
  return model
}

function outerBox(core: Box, halo: i32, width: i32, height: i32): Box {
  const left = max(0, core.left - halo)
  const top = max(0, core.top - halo)
  const right = min(width, core.left + core.width + halo)
  return new Box(left, top, right - left, min(height, core.top + core.height + halo) - top)
}

function cutColor<T extends Samples>(guide: Pixels<T>, box: Box): Float32Array {
  const out = new Float32Array(box.width * box.height * 3)
  const channels = guide.channels
  const data = guide.data
  const scale: f64 = 1 / largestSample(data)
  const toGreen = channels === 1 ? 0 : 1
  const toBlue = channels === 1 ? 0 : 2
  for (let y = 0, i = 0; y < box.height; y++) {
    let from = ((box.top + y) * guide.width + box.left) * channels
    for (let x = 0; x < box.width; x++, i += 3, from += channels) {
      out[i] = (data[from]! as f64) * scale
      out[i + 1] = (data[from + toGreen]! as f64) * scale
      out[i + 2] = (data[from + toBlue]! as f64) * scale
    }
  }
  return out
}

/** Adds (sign 1) or takes away (sign -1) row `y` of the color and of its products. */
function addMoments(color: Float32Array, y: i32, width: i32, radius: i32, sign: f64, columns: Float64Array): void {
  const end = (y + 1) * width * 3
  for (let i = y * width * 3, k = (radius + 1) * WINDOW; i < end; i += 3, k += WINDOW) {
    const r = color[i]!
    const g = color[i + 1]!
    const b = color[i + 2]!
    const sr = sign * r
    const sg = sign * g
    columns[k]! += sr
    columns[k + 1]! += sg
    columns[k + 2]! += sign * b
    columns[k + 3]! += sr * r
    columns[k + 4]! += sr * g
    columns[k + 5]! += sr * b
    columns[k + 6]! += sg * g
    columns[k + 7]! += sg * b
    columns[k + 8]! += sign * b * b
  }
}

/** Means and inverse of (covariance + epsilon), by cofactors, of the windows centered on row `y`. */
function invertRow(model: LocalModel, columns: Float64Array, y: i32, radius: i32, epsilon: f64): void {
  const window = model.window
  const variance = model.variance
  const columnShare = model.columnShare
  const rowShare = model.rowShare[y]!
  const width = model.outer.width
  const reach = (2 * radius + 1) * WINDOW
  let s0: f64 = 0
  let s1: f64 = 0
  let s2: f64 = 0
  let s3: f64 = 0
  let s4: f64 = 0
  let s5: f64 = 0
  let s6: f64 = 0
  let s7: f64 = 0
  let s8: f64 = 0
  for (let k = WINDOW; k < reach; k += WINDOW) {
    s0 += columns[k]!
    s1 += columns[k + 1]!
    s2 += columns[k + 2]!
    s3 += columns[k + 3]!
    s4 += columns[k + 4]!
    s5 += columns[k + 5]!
    s6 += columns[k + 6]!
    s7 += columns[k + 7]!
    s8 += columns[k + 8]!
  }
  let i = y * width * WINDOW
  for (let x = 0, k = 0; x < width; x++, k += WINDOW, i += WINDOW) {
    const next = k + reach
    s0 += columns[next]! - columns[k]!
    s1 += columns[next + 1]! - columns[k + 1]!
    s2 += columns[next + 2]! - columns[k + 2]!
    s3 += columns[next + 3]! - columns[k + 3]!
    s4 += columns[next + 4]! - columns[k + 4]!
    s5 += columns[next + 5]! - columns[k + 5]!
    s6 += columns[next + 6]! - columns[k + 6]!
    s7 += columns[next + 7]! - columns[k + 7]!
    s8 += columns[next + 8]! - columns[k + 8]!
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
    const c00 = a11 * a22 - a12 * a12
    const c01 = a02 * a12 - a01 * a22
    const c02 = a01 * a12 - a02 * a11
    const scale = 1 / (a00 * c00 + a01 * c01 + a02 * c02)
    window[i] = r
    window[i + 1] = g
    window[i + 2] = b
    window[i + 3] = c00 * scale
    window[i + 4] = c01 * scale
    window[i + 5] = c02 * scale
    window[i + 6] = (a00 * a22 - a02 * a02) * scale
    window[i + 7] = (a01 * a02 - a00 * a12) * scale
    window[i + 8] = (a00 * a11 - a01 * a01) * scale
    variance[y * width + x] = a00 + a11 + a22 - 3 * epsilon
  }
}
