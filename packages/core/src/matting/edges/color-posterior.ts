// What an unsure pixel's color says of its alpha: Bayesian matting (Chuang, Curless, Salesin, Szeliski, CVPR 2001) with one
// Gaussian for the subject and one for the background around it, of sure pixels only. Not the most probable alpha is taken, but
// the mean of all, weighed by how much narrower they have become: colors that tell nothing have no say.

import { boxFilter } from '../../pixels/box-filter.ts'
import { smoothStep } from '../../pixels/clamp.ts'
import type { Samples } from '../../pixels/numbers.ts'
import { largestSample, type Pixels, type Plane } from '../../pixels/plane.ts'
import { SURE } from './sure.ts'

/** As much as colors can count. Less in a picture with fewer pixels than the network's alpha: the network has seen all of them. */
const TRUST_COLORS = 5
/** Cells, one matting radius wide, to each side whose colors count as those around: a fourteenth of a usual network's picture. */
const REACH = 14
/** From how much alpha a pixel shows the subject's color. Up to SURE it shows the background's. */
const SUBJECT = 0.95
/** Share of the cells around that must show each of the two. */
const FEW = 0.01
/** Variance of a color that is nothing but noise: a standard deviation of 1 % of the range. */
const NOISE = 1e-4
/** Sure pixels are the plainest of their kind: hair is thinner and lighter than the head. Standard deviations count 2.6 times. */
const WIDEN = 1 / 0.15
/** Alphas that are weighed, from 0 to 1. */
const LEVELS = 9
/** Standard deviation of the truth around the given alpha. */
const PRIOR = 0.4
/** Variance of alpha at which colors have told nothing: what is left of the prior between 0 and 1. */
const UNTOLD = 0.06
/** Mean of 4 alpha (1 - alpha) around: up to the first a plain edge, which the matting finds alone, from the second on hair or fur. */
const PLAIN_EDGE = 0.15
const SOFT = 0.55
/** Standard deviation of alpha around: up to the first a broad doubt, which is decided as a region, from the second on structure. */
const FLAT = 0.1
const STRUCTURED = 0.28
/** Cells to each side for both. */
const FINE_REACH = 2

/** Count, sums of red, green, blue, and of their products rr, rg, rb, gg, gb, bb. As many numbers describe a mixture. */
const MOMENTS = 10

export interface ColorOptions {
  /** 1 where colors are asked: in hair and fur. */
  readonly band: Uint8Array
  /** 1 where they are asked at plain edges too. Part of the band. */
  readonly steep: Uint8Array
  /** Radius of the matting windows, in pixels. */
  readonly radiusPx: number
  /** Pixels of the picture at full size for each one of the network's alpha. */
  readonly detail: number
}

/** What colors say of each pixel where they are asked; zeros elsewhere and where subject or background is not around. */
export interface ColorPosterior {
  /** The mean of the alphas that a pixel may have. */
  readonly mean: Float32Array
  /** How much its color has told of it, from 0 to 1. */
  readonly certainty: Float32Array
  /** How much that counts in the solver, in votes of a window: nothing at plain edges, which the matting finds alone. */
  readonly weight: Float32Array
}

/** `guide` has the size of `alpha`. */
export function colorPosterior(alpha: Plane, guide: Pixels<Samples>, options: ColorOptions): ColorPosterior {
  const { band, steep, radiusPx, detail } = options
  const { width, height, data } = alpha
  const mean = new Float32Array(data.length)
  const certainty = new Float32Array(data.length)
  const weight = new Float32Array(data.length)
  const cells = cellsOf(width, height, radiusPx)
  const around = colorsAround(alpha, guide, cells)
  const gaussians = new Float64Array(LEVELS * MOMENTS)
  const color = new Float64Array(3)
  const logs = new Float64Array(LEVELS)
  const answer = new Float64Array(2)
  const most = TRUST_COLORS * smoothStep(0, 1, detail)
  for (let cell = 0, v = 0; v < cells.rows; v++) {
    for (let u = 0; u < cells.columns; u++, cell++) {
      const fine = around.fineness[cell]!
      const asked = fine > 0 ? band : steep
      if (!asksAny(asked, width, cells, u, v) || !mixtures(around, cell, gaussians)) continue
      for (let y = cells.tops[v]!; y < cells.tops[v + 1]!; y++) {
        for (let i = y * width + cells.lefts[u]!; i < y * width + cells.lefts[u + 1]!; i++) {
          if (asked[i] === 0) continue
          posterior(data[i]!, colorAt(guide, i, color), gaussians, logs, answer)
          mean[i] = answer[0]!
          certainty[i] = answer[1]!
          weight[i] = most * fine * answer[1]! * answer[1]!
        }
      }
    }
  }
  return { mean, certainty, weight }
}

function asksAny(asked: Uint8Array, width: number, { lefts, tops }: Cells, u: number, v: number): boolean {
  for (let y = tops[v]!; y < tops[v + 1]!; y++) {
    for (let i = y * width + lefts[u]!; i < y * width + lefts[u + 1]!; i++) if (asked[i] === 1) return true
  }
  return false
}

interface Cells {
  readonly columns: number
  readonly rows: number
  /** First pixel of each column and row of cells, and behind the last. */
  readonly lefts: Int32Array
  readonly tops: Int32Array
  /** The cell of each pixel along an axis. */
  readonly columnOf: Int32Array
  readonly rowOf: Int32Array
}

function cellsOf(width: number, height: number, side: number): Cells {
  const columns = Math.ceil(width / side)
  const rows = Math.ceil(height / side)
  const columnOf = divide(width, columns)
  const rowOf = divide(height, rows)
  return { columns, rows, lefts: startsOf(columnOf, columns), tops: startsOf(rowOf, rows), columnOf, rowOf }
}

/** The part, of `parts` equal ones, in which the centre of each of `size` pixels lies: mirrored for the mirrored picture. */
function divide(size: number, parts: number): Int32Array {
  const half = (size - 1) / 2
  return Int32Array.from({ length: size }, (_, i) => {
    const part = (k: number) => Math.floor(((k + 0.5) * parts) / size)
    return i <= half ? part(i) : parts - 1 - part(size - 1 - i)
  })
}

function startsOf(partOf: Int32Array, parts: number): Int32Array {
  const starts = new Int32Array(parts + 1).fill(partOf.length)
  for (let i = partOf.length - 1; i >= 0; i--) starts[partOf[i]!] = i
  return starts
}

interface Around {
  /** Means over the cells around of the moments of sure subject and of sure background. */
  readonly subject: readonly Float32Array[]
  readonly background: readonly Float32Array[]
  /** Number of sure pixels that are few, in the unit of the first moment. */
  readonly few: number
  /** As `finenessOf`. */
  readonly fineness: Float32Array
}

function colorsAround(alpha: Plane, guide: Pixels<Samples>, cells: Cells): Around {
  const { columns, rows, columnOf, rowOf } = cells
  const { width, height, data } = alpha
  const count = columns * rows
  const subject = Array.from({ length: MOMENTS }, () => new Float32Array(count))
  const background = Array.from({ length: MOMENTS }, () => new Float32Array(count))
  const pixels = new Float32Array(count)
  const sums = new Float32Array(count)
  const squares = new Float32Array(count)
  const color = new Float64Array(3)
  for (let y = 0, i = 0; y < height; y++) {
    const row = rowOf[y]! * columns
    for (let x = 0; x < width; x++, i++) {
      const cell = row + columnOf[x]!
      const value = data[i]!
      pixels[cell]!++
      sums[cell]! += value
      squares[cell]! += value * value
      if (value > SUBJECT) addMoments(subject, cell, colorAt(guide, i, color))
      else if (value < SURE) addMoments(background, cell, colorAt(guide, i, color))
    }
  }
  const mean = (plane: Float32Array, radius: number) =>
    boxFilter({ width: columns, height: rows, data: plane }, radius).data
  const fineness = mean(squares, FINE_REACH)
  const first = mean(sums, FINE_REACH)
  const areas = mean(pixels, FINE_REACH)
  for (let cell = 0; cell < count; cell++)
    fineness[cell] = finenessOf(first[cell]! / areas[cell]!, fineness[cell]! / areas[cell]!)
  return {
    subject: subject.map((plane) => mean(plane, REACH)),
    background: background.map((plane) => mean(plane, REACH)),
    few: (FEW * width * height) / count,
    fineness,
  }
}

/** 1 at hair and fur, 0 at plain edges and in flat areas, from the mean of alpha and of its square. */
function finenessOf(mean: number, square: number): number {
  const deviation = Math.sqrt(Math.max(0, square - mean * mean))
  return smoothStep(PLAIN_EDGE, SOFT, 4 * (mean - square)) * smoothStep(FLAT, STRUCTURED, deviation)
}

function colorAt(guide: Pixels<Samples>, i: number, color: Float64Array): Float64Array {
  const { channels, data } = guide
  const scale = 1 / largestSample(guide.data)
  const at = i * channels
  color[0] = data[at]! * scale
  color[1] = data[channels === 1 ? at : at + 1]! * scale
  color[2] = data[channels === 1 ? at : at + 2]! * scale
  return color
}

function addMoments(moments: readonly Float32Array[], cell: number, color: Float64Array): void {
  moments[0]![cell]!++
  for (let a = 0, moment = 4; a < 3; a++) {
    moments[a + 1]![cell]! += color[a]!
    for (let b = a; b < 3; b++, moment++) moments[moment]![cell]! += color[a]! * color[b]!
  }
}

/**
 * For each alpha the Gaussian of its mixture: mean (3), inverse of the covariance (rr, rg, rb, gg, gb, bb), log of the determinant.
 * False where one of the two is not around.
 */
function mixtures({ subject, background, few }: Around, cell: number, gaussians: Float64Array): boolean {
  if (subject[0]![cell]! < few || background[0]![cell]! < few) return false
  const f = gaussianOf(subject, cell)
  const b = gaussianOf(background, cell)
  for (let level = 0, at = 0; level < LEVELS; level++, at += MOMENTS) {
    const alpha = level / (LEVELS - 1)
    const rest = 1 - alpha
    const ff = alpha * alpha
    const bb = rest * rest
    for (let k = 0; k < 3; k++) gaussians[at + k] = alpha * f[k]! + rest * b[k]!
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
    const scale = 1 / (determinant * WIDEN)
    gaussians[at + 3] = c0 * scale
    gaussians[at + 4] = c1 * scale
    gaussians[at + 5] = c2 * scale
    gaussians[at + 6] = (rr * bl - rb * rb) * scale
    gaussians[at + 7] = (rg * rb - rr * gb) * scale
    gaussians[at + 8] = (rr * gg - rg * rg) * scale
    gaussians[at + 9] = Math.log(determinant)
  }
  return true
}

/** Mean (3) and covariance (6). */
function gaussianOf(moments: readonly Float32Array[], cell: number): Float64Array {
  const out = new Float64Array(9)
  const share = 1 / moments[0]![cell]!
  for (let a = 0; a < 3; a++) out[a] = moments[a + 1]![cell]! * share
  for (let a = 0, k = 3; a < 3; a++) {
    for (let b = a; b < 3; b++, k++) out[k] = moments[k + 1]![cell]! * share - out[a]! * out[b]!
  }
  return out
}

/** The mean of the alphas that a pixel may have, and how much its color has told of it, from 0 to 1, to `answer`. */
function posterior(
  given: number,
  color: Float64Array,
  gaussians: Float64Array,
  logs: Float64Array,
  answer: Float64Array,
): void {
  let most = Number.NEGATIVE_INFINITY
  for (let level = 0, at = 0; level < LEVELS; level++, at += MOMENTS) {
    const r = color[0]! - gaussians[at]!
    const g = color[1]! - gaussians[at + 1]!
    const b = color[2]! - gaussians[at + 2]!
    const distance =
      r * r * gaussians[at + 3]! +
      g * g * gaussians[at + 6]! +
      b * b * gaussians[at + 8]! +
      2 * (r * g * gaussians[at + 4]! + r * b * gaussians[at + 5]! + g * b * gaussians[at + 7]!)
    const surprise = (level / (LEVELS - 1) - given) / PRIOR
    logs[level] = -0.5 * (distance + gaussians[at + 9]! + surprise * surprise)
    most = Math.max(most, logs[level]!)
  }
  let sum = 0
  let first = 0
  let second = 0
  for (let level = 0; level < LEVELS; level++) {
    const likelihood = Math.exp(logs[level]! - most)
    const alpha = level / (LEVELS - 1)
    sum += likelihood
    first += likelihood * alpha
    second += likelihood * alpha * alpha
  }
  answer[0] = first / sum
  answer[1] = Math.max(0, 1 - (second / sum - answer[0] * answer[0]) / UNTOLD)
}
