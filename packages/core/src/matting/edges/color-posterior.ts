// What an unsure pixel's color says of its alpha: Bayesian matting (Chuang, Curless, Salesin, Szeliski, CVPR 2001) with one
// Gaussian for the subject and one for the background around it, of sure pixels only. Not the most probable alpha is taken, but
// the mean of all, weighed by how much narrower they have become: colors that tell nothing have no say. Compiled to WebAssembly too.

import { smoothStep } from '../../pixels/clamp.ts'
import type { f64, i32, Samples } from '../../pixels/numbers.ts'
import { largestSample, type Pixels, type Plane } from '../../pixels/plane.ts'
import { type Around, type Cells, cellsOf, colorsAround, MOMENTS, readColor } from './colors-around.ts'

/** As much as colors can count. Less in an image with fewer pixels than the network's alpha: the network has seen all of them. */
const TRUST_COLORS: f64 = 5
/** Variance of a color that is nothing but noise: a standard deviation of 1 % of the range. */
const NOISE: f64 = 1e-4
/** Sure pixels are the plainest of their kind: hair is thinner and lighter than the head. Standard deviations count 2.6 times. */
const SPREAD: f64 = 1 / 0.15
/** Alphas that are weighed, from 0 to 1. */
const LEVELS: i32 = 9
/** Standard deviation of the truth around the given alpha. */
const PRIOR: f64 = 0.4
/** Variance of alpha at which colors have told nothing: what is left of the prior between 0 and 1. */
const UNTOLD: f64 = 0.06

/** What colors say of each pixel where they are asked; zeros elsewhere and where subject or background is not around. */
export class ColorPosterior {
  /** The mean of the alphas that a pixel may have. */
  readonly mean: Float32Array
  /** How much its color has told of it, from 0 to 1. */
  readonly certainty: Float32Array
  /** How much that counts in the solver, in votes of a window: nothing at plain edges, which the matting finds alone. */
  readonly weight: Float32Array

  constructor(area: i32) {
    this.mean = new Float32Array(area)
    this.certainty = new Float32Array(area)
    this.weight = new Float32Array(area)
  }
}

/** Numbers that are overwritten for each cell or pixel. */
class Scratch {
  /** For each alpha the Gaussian of its mixture: mean (3), inverse covariance (rr, rg, rb, gg, gb, bb), log of the determinant. */
  readonly mixtures: Float64Array = new Float64Array(LEVELS * MOMENTS)
  /** Mean (3) and covariance (6) of the two. */
  readonly subject: Float64Array = new Float64Array(9)
  readonly background: Float64Array = new Float64Array(9)
  readonly color: Float64Array = new Float64Array(3)
  readonly logs: Float64Array = new Float64Array(LEVELS)
  /** Mean and certainty of a pixel. */
  readonly answer: Float64Array = new Float64Array(2)
}

/**
 * `guide` has the size of `alpha`. `band` is 1 where colors are asked in hair and fur, `steep`, a part of it, where they are asked
 * at plain edges too. `radius` of the matting windows in pixels; `detail`: pixels of the full image for each of the network's.
 */
export function colorPosterior<T extends Samples>(
  alpha: Plane,
  guide: Pixels<T>,
  band: Uint8Array,
  steep: Uint8Array,
  radius: i32,
  detail: f64,
): ColorPosterior {
  const colors = new ColorPosterior(alpha.width * alpha.height)
  const cells = cellsOf(alpha.width, alpha.height, radius)
  const around = colorsAround(alpha, guide, cells)
  const scratch = new Scratch()
  const most = TRUST_COLORS * smoothStep(0, 1, detail)
  for (let cell = 0, v = 0; v < cells.rows; v++) {
    for (let u = 0; u < cells.columns; u++, cell++) {
      const fine = around.fineness[cell]!
      const asked = fine > 0 ? band : steep
      if (!asksAny(asked, alpha.width, cells, u, v) || !mixtures(around, cell, scratch)) continue
      askCell(colors, alpha, guide, asked, cells, u, v, most * fine, scratch)
    }
  }
  return colors
}

function asksAny(asked: Uint8Array, width: i32, cells: Cells, u: i32, v: i32): boolean {
  for (let y = cells.tops[v]!; y < cells.tops[v + 1]!; y++) {
    const end = y * width + cells.lefts[u + 1]!
    for (let i = y * width + cells.lefts[u]!; i < end; i++) if (asked[i] !== 0) return true
  }
  return false
}

function askCell<T extends Samples>(
  colors: ColorPosterior,
  alpha: Plane,
  guide: Pixels<T>,
  asked: Uint8Array,
  cells: Cells,
  u: i32,
  v: i32,
  most: f64,
  scratch: Scratch,
): void {
  const scale: f64 = 1 / largestSample(guide.data)
  const width = alpha.width
  const given = alpha.data
  const mean = colors.mean
  const certainty = colors.certainty
  const weight = colors.weight
  const color = scratch.color
  const answer = scratch.answer
  for (let y = cells.tops[v]!; y < cells.tops[v + 1]!; y++) {
    const end = y * width + cells.lefts[u + 1]!
    for (let i = y * width + cells.lefts[u]!; i < end; i++) {
      if (asked[i] === 0) continue
      readColor(guide, i, scale, color)
      posterior(given[i]!, color, scratch.mixtures, scratch.logs, answer)
      mean[i] = answer[0]!
      certainty[i] = answer[1]!
      weight[i] = most * answer[1]! * answer[1]!
    }
  }
}

/** Writes `scratch.mixtures`. False where one of the two is not around. */
function mixtures(around: Around, cell: i32, scratch: Scratch): boolean {
  if (around.subject[cell]! < around.minSure || around.background[cell]! < around.minSure) return false
  const f = scratch.subject
  const b = scratch.background
  const out = scratch.mixtures
  writeGaussian(around.subject, cell, around.cells, f)
  writeGaussian(around.background, cell, around.cells, b)
  for (let level = 0, at = 0; level < LEVELS; level++, at += MOMENTS) {
    const alpha: f64 = (level as f64) / ((LEVELS - 1) as f64)
    const rest = 1 - alpha
    const ff = alpha * alpha
    const bb = rest * rest
    for (let k = 0; k < 3; k++) out[at + k] = alpha * f[k]! + rest * b[k]!
    const rr = ff * f[3]! + bb * b[3]! + NOISE
    const rg = ff * f[4]! + bb * b[4]!
    const rb = ff * f[5]! + bb * b[5]!
    const gg = ff * f[6]! + bb * b[6]! + NOISE
    const gb = ff * f[7]! + bb * b[7]!
    const bl = ff * f[8]! + bb * b[8]! + NOISE
    const c0 = gg * bl - gb * gb
    const c1 = rb * gb - rg * bl
    const c2 = rg * gb - rb * gg
    const determinant = rr * c0 + rg * c1 + rb * c2
    const scale = 1 / (determinant * SPREAD)
    out[at + 3] = c0 * scale
    out[at + 4] = c1 * scale
    out[at + 5] = c2 * scale
    out[at + 6] = (rr * bl - rb * rb) * scale
    out[at + 7] = (rg * rb - rr * gb) * scale
    out[at + 8] = (rr * gg - rg * rg) * scale
    out[at + 9] = Math.log(determinant)
  }
  return true
}

/** Mean (3) and covariance (6) from the moments of a cell. */
function writeGaussian(moments: Float32Array, cell: i32, count: i32, out: Float64Array): void {
  const share: f64 = 1 / moments[cell]!
  for (let a = 0; a < 3; a++) out[a] = moments[cell + (a + 1) * count]! * share
  for (let a = 0, k = 3; a < 3; a++) {
    for (let b = a; b < 3; b++, k++) out[k] = moments[cell + (k + 1) * count]! * share - out[a]! * out[b]!
  }
}

/** From its color and the mixtures, the mean of the alphas that a pixel may have and how much that has told of it, to `answer`. */
function posterior(
  given: f64,
  color: Float64Array,
  mixture: Float64Array,
  logs: Float64Array,
  answer: Float64Array,
): void {
  const red = color[0]!
  const green = color[1]!
  const blue = color[2]!
  let most: f64 = -Infinity
  for (let level = 0, at = 0; level < LEVELS; level++, at += MOMENTS) {
    const r = red - mixture[at]!
    const g = green - mixture[at + 1]!
    const b = blue - mixture[at + 2]!
    const distance =
      r * r * mixture[at + 3]! +
      g * g * mixture[at + 6]! +
      b * b * mixture[at + 8]! +
      2 * (r * g * mixture[at + 4]! + r * b * mixture[at + 5]! + g * b * mixture[at + 7]!)
    const surprise = ((level as f64) / ((LEVELS - 1) as f64) - given) / PRIOR
    const log = -0.5 * (distance + mixture[at + 9]! + surprise * surprise)
    logs[level] = log
    most = Math.max(most, log)
  }
  let sum: f64 = 0
  let first: f64 = 0
  let second: f64 = 0
  for (let level = 0; level < LEVELS; level++) {
    const likelihood = Math.exp(logs[level]! - most)
    const alpha: f64 = (level as f64) / ((LEVELS - 1) as f64)
    sum += likelihood
    first += likelihood * alpha
    second += likelihood * alpha * alpha
  }
  const mean = first / sum
  answer[0] = mean
  answer[1] = Math.max(0, 1 - (second / sum - mean * mean) / UNTOLD)
}
