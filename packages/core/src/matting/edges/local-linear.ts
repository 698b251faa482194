// The local linear model of the guided filter: in every window, alpha is a linear function of color (He, Sun, Tang,
// "Guided Image Filtering", 2010/2013, color guide). What depends on the picture alone is computed once per tile, so that
// the filter can be applied again and again: I minus the filter is the large-kernel matting Laplacian (He et al., CVPR 2010).
// Window sums run down the columns and then along each row, all of them in the same loop: no plane lies between the two.

import type { Samples } from '../../pixels/numbers.ts'
import { type Box, largestSample, type Pixels, type Plane } from '../../pixels/plane.ts'
import { bandTiles } from './band.ts'

/** What depends on the picture alone, for one tile and its halo. */
export interface LocalModel {
  /** The pixels this model answers for. */
  readonly core: Box
  /** `core` and two radii around it, cut at the picture's border. */
  readonly outer: Box
  readonly radius: number
  /** Guide color in 0..1: red, green, blue of each pixel of `outer`. */
  readonly color: Float32Array
  /** Window means of the color (three) and the inverse of its covariance (rr, rg, rb, gg, gb, bb), for each pixel. */
  readonly window: Float32Array
  /** Variance of the window's color, the three channels together. */
  readonly variance: Float32Array
  /** One over the number of columns and of rows that the window around each column and row of `outer` has. */
  readonly columnShare: Float64Array
  readonly rowShare: Float64Array
}

/** The tiles that cover a band, and the memory that they share one after the other. */
export interface LocalModels {
  readonly models: readonly LocalModel[]
  readonly workspace: Workspace
}

export interface Workspace {
  /** Red, green, blue and constant coefficient of each pixel of the largest tile. */
  readonly coefficients: Float32Array
  /** Sums down each column, with a margin of empty columns on both sides. */
  readonly columns: Float64Array
}

/** Numbers a pixel of `LocalModel.window`. */
const WINDOW = 9

/** Models for all tiles that `band` touches. `epsilon` is the variance (color in 0..1) below which a window counts as flat. */
export function buildLocalModels(
  band: Uint8Array,
  guide: Pixels<Samples>,
  radius: number,
  epsilon: number,
): LocalModels {
  const { width, height } = guide
  // Small tiles fit a band closely, but the halo of two radii must not cost more than the tile.
  const side = Math.max(48, 8 * radius)
  const tiles = bandTiles(band, width, height, side, 4 * side)
  const widest = Math.min(width, 4 * side + 4 * radius)
  const workspace = {
    coefficients: new Float32Array(widest * Math.min(height, side + 4 * radius) * 4),
    columns: new Float64Array((widest + 2 * radius + 1) * WINDOW),
  }
  return { models: tiles.map((tile) => buildLocalModel(guide, tile, radius, epsilon, workspace)), workspace }
}

function outerBox(core: Box, halo: number, width: number, height: number): Box {
  const left = Math.max(0, core.left - halo)
  const top = Math.max(0, core.top - halo)
  return {
    left,
    top,
    width: Math.min(width, core.left + core.width + halo) - left,
    height: Math.min(height, core.top + core.height + halo) - top,
  }
}

function cutColor(guide: Pixels<Samples>, box: Box): Float32Array {
  const out = new Float32Array(box.width * box.height * 3)
  const { channels, data } = guide
  const scale = 1 / largestSample(guide.data)
  const toGreen = channels === 1 ? 0 : 1
  const toBlue = channels === 1 ? 0 : 2
  for (let y = 0, i = 0; y < box.height; y++) {
    let from = ((box.top + y) * guide.width + box.left) * channels
    for (let x = 0; x < box.width; x++, i += 3, from += channels) {
      out[i] = data[from]! * scale
      out[i + 1] = data[from + toGreen]! * scale
      out[i + 2] = data[from + toBlue]! * scale
    }
  }
  return out
}

/** One over the number of the 2 radius + 1 places around each place that lie in 0..size - 1. */
function shares(size: number, radius: number): Float64Array {
  const out = new Float64Array(size)
  for (let at = 0; at < size; at++) out[at] = 1 / (Math.min(size - 1, at + radius) - Math.max(0, at - radius) + 1)
  return out
}

function buildLocalModel(
  guide: Pixels<Samples>,
  core: Box,
  radius: number,
  epsilon: number,
  workspace: Workspace,
): LocalModel {
  const outer = outerBox(core, 2 * radius, guide.width, guide.height)
  const { width, height } = outer
  const color = cutColor(guide, outer)
  const window = new Float32Array(width * height * WINDOW)
  const variance = new Float32Array(width * height)
  const columnShare = shares(width, radius)
  const rowShare = shares(height, radius)
  const { columns } = workspace
  columns.fill(0, 0, (width + 2 * radius + 1) * WINDOW)
  for (let y = 0; y < Math.min(radius, height); y++) addMoments(color, y, width, radius, 1, columns)
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addMoments(color, y + radius, width, radius, 1, columns)
    if (y - radius > 0) addMoments(color, y - radius - 1, width, radius, -1, columns)
    invertRow(columns, window, variance, y, rowShare[y]!, columnShare, radius, epsilon)
  }
  return { core, outer, radius, color, window, variance, columnShare, rowShare }
}

/** Adds (sign 1) or takes away (sign -1) row `y` of the color and of its products. */
function addMoments(
  color: Float32Array,
  y: number,
  width: number,
  radius: number,
  sign: number,
  columns: Float64Array,
): void {
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

/** Means and inverse of (covariance + epsilon), by cofactors, of the windows centred on row `y`. */
function invertRow(
  columns: Float64Array,
  window: Float32Array,
  variance: Float32Array,
  y: number,
  rowShare: number,
  columnShare: Float64Array,
  radius: number,
  epsilon: number,
): void {
  const width = columnShare.length
  const reach = (2 * radius + 1) * WINDOW
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  let s4 = 0
  let s5 = 0
  let s6 = 0
  let s7 = 0
  let s8 = 0
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

/** Writes the guided filter of `plane` inside the model's core to `target`, both of the picture's size. */
export function applyLocalModel(model: LocalModel, plane: Plane, target: Plane, workspace: Workspace): void {
  averageCoefficients(model, plane, workspace, target.data, target.width, null)
}

/** Writes the window-averaged coefficients of `plane` inside the model's core to `target`: four numbers a pixel of the picture. */
export function localCoefficients(model: LocalModel, plane: Plane, workspace: Workspace, target: Float32Array): void {
  averageCoefficients(model, plane, workspace, null, plane.width, target)
}

function averageCoefficients(
  model: LocalModel,
  plane: Plane,
  workspace: Workspace,
  filtered: Float32Array | null,
  stride: number,
  coefficients: Float32Array | null,
): void {
  fitCoefficients(model, plane, workspace)
  const { core, outer, radius } = model
  const { width, height } = outer
  const { columns } = workspace
  columns.fill(0, 0, (width + 2 * radius + 1) * 4)
  const top = core.top - outer.top
  const bottom = top + core.height
  for (let y = Math.max(0, top - radius); y < Math.min(height, top + radius); y++) {
    addCoefficients(workspace, y, width, radius, 1)
  }
  for (let y = top; y < bottom; y++) {
    if (y + radius < height) addCoefficients(workspace, y + radius, width, radius, 1)
    if (y > top && y - radius > 0) addCoefficients(workspace, y - radius - 1, width, radius, -1)
    if (filtered) filterRow(model, columns, y, filtered, stride)
    if (coefficients) coefficientRow(model, columns, y, coefficients, stride)
  }
}

/** The linear model of `plane` in the window around each pixel of the tile. */
function fitCoefficients(model: LocalModel, plane: Plane, workspace: Workspace): void {
  const { outer, radius, color } = model
  const { width, height } = outer
  const { columns } = workspace
  columns.fill(0, 0, (width + 2 * radius + 1) * 4)
  for (let y = 0; y < Math.min(radius, height); y++) addProducts(plane, outer, color, y, radius, 1, columns)
  for (let y = 0; y < height; y++) {
    if (y + radius < height) addProducts(plane, outer, color, y + radius, radius, 1, columns)
    if (y - radius > 0) addProducts(plane, outer, color, y - radius - 1, radius, -1, columns)
    fitRow(model, workspace, y)
  }
}

function addProducts(
  plane: Plane,
  outer: Box,
  color: Float32Array,
  y: number,
  radius: number,
  sign: number,
  columns: Float64Array,
): void {
  const { data } = plane
  const from = (outer.top + y) * plane.width + outer.left
  const end = from + outer.width
  for (let j = from, i = y * outer.width * 3, k = (radius + 1) * 4; j < end; j++, i += 3, k += 4) {
    const p = sign * data[j]!
    columns[k]! += p
    columns[k + 1]! += p * color[i]!
    columns[k + 2]! += p * color[i + 1]!
    columns[k + 3]! += p * color[i + 2]!
  }
}

function fitRow(model: LocalModel, { columns, coefficients }: Workspace, y: number): void {
  const { radius, window, columnShare } = model
  const { width } = model.outer
  const rowShare = model.rowShare[y]!
  const reach = (2 * radius + 1) * 4
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  for (let k = 4; k < reach; k += 4) {
    s0 += columns[k]!
    s1 += columns[k + 1]!
    s2 += columns[k + 2]!
    s3 += columns[k + 3]!
  }
  let i = y * width * 4
  let w = y * width * WINDOW
  for (let x = 0, k = 0; x < width; x++, k += 4, i += 4, w += WINDOW) {
    const next = k + reach
    s0 += columns[next]! - columns[k]!
    s1 += columns[next + 1]! - columns[k + 1]!
    s2 += columns[next + 2]! - columns[k + 2]!
    s3 += columns[next + 3]! - columns[k + 3]!
    const share = rowShare * columnShare[x]!
    const p = s0 * share
    const r = window[w]!
    const g = window[w + 1]!
    const b = window[w + 2]!
    const vr = s1 * share - r * p
    const vg = s2 * share - g * p
    const vb = s3 * share - b * p
    const rg = window[w + 4]!
    const rb = window[w + 5]!
    const gb = window[w + 7]!
    const kr = window[w + 3]! * vr + rg * vg + rb * vb
    const kg = rg * vr + window[w + 6]! * vg + gb * vb
    const kb = rb * vr + gb * vg + window[w + 8]! * vb
    coefficients[i] = kr
    coefficients[i + 1] = kg
    coefficients[i + 2] = kb
    coefficients[i + 3] = p - kr * r - kg * g - kb * b
  }
}

function addCoefficients(
  { columns, coefficients }: Workspace,
  y: number,
  width: number,
  radius: number,
  sign: number,
): void {
  const end = (y + 1) * width * 4
  for (let i = y * width * 4, k = (radius + 1) * 4; i < end; i++, k++) columns[k]! += sign * coefficients[i]!
}

function filterRow(model: LocalModel, columns: Float64Array, y: number, target: Float32Array, stride: number): void {
  const { core, outer, radius, color, columnShare } = model
  const { width } = outer
  const rowShare = model.rowShare[y]!
  const left = core.left - outer.left
  const right = left + core.width
  const reach = (2 * radius + 1) * 4
  let s0 = 0
  let s1 = 0
  let s2 = 0
  let s3 = 0
  for (let k = left * 4 + 4; k < left * 4 + reach; k += 4) {
    s0 += columns[k]!
    s1 += columns[k + 1]!
    s2 += columns[k + 2]!
    s3 += columns[k + 3]!
  }
  let to = (outer.top + y) * stride + core.left
  let i = (y * width + left) * 3
  for (let x = left, k = left * 4; x < right; x++, k += 4, i += 3, to++) {
    const next = k + reach
    // The margin's first column was not summed: it stands for the one that leaves.
    if (x > left) {
      s0 -= columns[k]!
      s1 -= columns[k + 1]!
      s2 -= columns[k + 2]!
      s3 -= columns[k + 3]!
    }
    s0 += columns[next]!
    s1 += columns[next + 1]!
    s2 += columns[next + 2]!
    s3 += columns[next + 3]!
    const share = rowShare * columnShare[x]!
    target[to] = (s0 * color[i]! + s1 * color[i + 1]! + s2 * color[i + 2]! + s3) * share
  }
}

function coefficientRow(
  model: LocalModel,
  columns: Float64Array,
  y: number,
  target: Float32Array,
  stride: number,
): void {
  const { core, outer, radius, columnShare } = model
  const rowShare = model.rowShare[y]!
  const left = core.left - outer.left
  const right = left + core.width
  const reach = (2 * radius + 1) * 4
  for (let part = 0; part < 4; part++) {
    let sum = 0
    for (let k = left * 4 + 4; k < left * 4 + reach; k += 4) sum += columns[k + part]!
    let to = ((outer.top + y) * stride + core.left) * 4 + part
    for (let x = left, k = left * 4 + part; x < right; x++, k += 4, to += 4) {
      if (x > left) sum -= columns[k]!
      sum += columns[k + reach]!
      target[to] = sum * rowShare * columnShare[x]!
    }
  }
}
