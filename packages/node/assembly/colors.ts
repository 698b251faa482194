// As core's matting/color-posterior.ts, for a 16-bit RGB guide.

import { SURE } from '../../core/src/matting/edges/sure'
import { smoothStep } from '../../core/src/pixels/clamp'
import { byte, double, doubles, float, floats, int, setDouble, setFloat, setInt, word } from './memory'
import { boxFilter } from './planes'

const TRUST_COLORS: f64 = 5
const REACH: i32 = 14
const SUBJECT: f64 = 0.95
const FEW: f64 = 0.01
const NOISE: f64 = 1e-4
const WIDEN: f64 = 1 / 0.15
const LEVELS: i32 = 9
const PRIOR: f64 = 0.4
const UNTOLD: f64 = 0.06
const PLAIN_EDGE: f64 = 0.15
const SOFT: f64 = 0.55
const FLAT: f64 = 0.1
const STRUCTURED: f64 = 0.28
const FINE_REACH: i32 = 2
const MOMENTS: i32 = 10
const SCALE: f64 = 1 / 65535

/** Three planes: the mean of the alphas that a pixel may have, how much its color has told, and how much that counts. */
export class Posterior {
  mean: usize
  certainty: usize
  weight: usize
}

export function colorPosterior(
  alpha: usize,
  width: i32,
  height: i32,
  guide: usize,
  band: usize,
  steep: usize,
  radius: i32,
  detail: f64,
): Posterior {
  const area = width * height
  const colors = new Posterior()
  colors.mean = floats(area)
  colors.certainty = floats(area)
  colors.weight = floats(area)
  const cells = new Cells(width, height, radius)
  const around = colorsAround(alpha, width, height, guide, cells)
  const gaussians = doubles(LEVELS * MOMENTS)
  const logs = doubles(LEVELS)
  const answer = doubles(2)
  const most = TRUST_COLORS * smoothStep(0, 1, detail)
  for (let cell = 0, v = 0; v < cells.rows; v++) {
    for (let u = 0; u < cells.columns; u++, cell++) {
      const fine = <f64>float(around.fineness, cell)
      const asked = fine > 0 ? band : steep
      if (!asksAny(asked, width, cells, u, v) || !mixtures(around, cell, gaussians)) continue
      for (let y = int(cells.tops, v); y < int(cells.tops, v + 1); y++) {
        const end = y * width + int(cells.lefts, u + 1)
        for (let i = y * width + int(cells.lefts, u); i < end; i++) {
          if (byte(asked, i) === 0) continue
          posterior(<f64>float(alpha, i), guide, i, gaussians, logs, answer)
          const certainty = double(answer, 1)
          setFloat(colors.mean, i, <f32>double(answer, 0))
          setFloat(colors.certainty, i, <f32>certainty)
          setFloat(colors.weight, i, <f32>(most * fine * certainty * certainty))
        }
      }
    }
  }
  return colors
}

function asksAny(asked: usize, width: i32, cells: Cells, u: i32, v: i32): bool {
  for (let y = int(cells.tops, v); y < int(cells.tops, v + 1); y++) {
    const end = y * width + int(cells.lefts, u + 1)
    for (let i = y * width + int(cells.lefts, u); i < end; i++) if (byte(asked, i) !== 0) return true
  }
  return false
}

class Cells {
  constructor(width: i32, height: i32, side: i32) {
    this.columns = (width + side - 1) / side
    this.rows = (height + side - 1) / side
    this.columnOf = divide(width, this.columns)
    this.rowOf = divide(height, this.rows)
    this.lefts = startsOf(this.columnOf, width, this.columns)
    this.tops = startsOf(this.rowOf, height, this.rows)
  }
  columns: i32
  rows: i32
  lefts: usize
  tops: usize
  columnOf: usize
  rowOf: usize
}

function divide(size: i32, parts: i32): usize {
  const out = floats(size)
  for (let i = 0; i < size; i++) {
    setInt(out, i, 2 * i < size ? part(i, size, parts) : parts - 1 - part(size - 1 - i, size, parts))
  }
  return out
}

function part(i: i32, size: i32, parts: i32): i32 {
  return <i32>Math.floor(((<f64>i + 0.5) * <f64>parts) / <f64>size)
}

function startsOf(partOf: usize, size: i32, parts: i32): usize {
  const starts = floats(parts + 1)
  for (let k = 0; k <= parts; k++) setInt(starts, k, size)
  for (let i = size - 1; i >= 0; i--) setInt(starts, int(partOf, i), i)
  return starts
}

class Around {
  constructor(public cells: i32) {
    this.subject = floats(cells * MOMENTS)
    this.background = floats(cells * MOMENTS)
  }
  /** One plane after another. */
  subject: usize
  background: usize
  few: f64
  fineness: usize
}

function colorsAround(alpha: usize, width: i32, height: i32, guide: usize, cells: Cells): Around {
  const count = cells.columns * cells.rows
  const around = new Around(count)
  const pixels = floats(count)
  const sums = floats(count)
  const squares = floats(count)
  for (let y = 0, i = 0; y < height; y++) {
    const row = int(cells.rowOf, y) * cells.columns
    for (let x = 0; x < width; x++, i++) {
      const cell = row + int(cells.columnOf, x)
      const value = <f64>float(alpha, i)
      add(pixels, cell, 1)
      add(sums, cell, value)
      add(squares, cell, value * value)
      if (value > SUBJECT) addMoments(around.subject, cell, count, guide, i)
      else if (value < SURE) addMoments(around.background, cell, count, guide, i)
    }
  }
  around.fineness = boxFilter(squares, cells.columns, cells.rows, FINE_REACH)
  const first = boxFilter(sums, cells.columns, cells.rows, FINE_REACH)
  const areas = boxFilter(pixels, cells.columns, cells.rows, FINE_REACH)
  for (let cell = 0; cell < count; cell++) {
    const area = <f64>float(areas, cell)
    const fineness = finenessOf(<f64>float(first, cell) / area, <f64>float(around.fineness, cell) / area)
    setFloat(around.fineness, cell, <f32>fineness)
  }
  around.subject = meansOf(around.subject, cells)
  around.background = meansOf(around.background, cells)
  around.few = (FEW * <f64>width * <f64>height) / <f64>count
  return around
}

function finenessOf(mean: f64, square: f64): f64 {
  const deviation = Math.sqrt(Math.max(0, square - mean * mean))
  return smoothStep(PLAIN_EDGE, SOFT, 4 * (mean - square)) * smoothStep(FLAT, STRUCTURED, deviation)
}

function meansOf(moments: usize, cells: Cells): usize {
  const count = cells.columns * cells.rows
  const out = floats(count * MOMENTS)
  const bytes = (<usize>count) << 2
  for (let moment: usize = 0; moment < <usize>MOMENTS; moment++) {
    const mean = boxFilter(moments + moment * bytes, cells.columns, cells.rows, REACH)
    memory.copy(out + moment * bytes, mean, bytes)
  }
  return out
}

function colorAt(guide: usize, i: i32, channel: i32): f64 {
  return <f64>word(guide, i * 3 + channel) * SCALE
}

function addMoments(moments: usize, cell: i32, count: i32, guide: usize, i: i32): void {
  add(moments, cell, 1)
  for (let a = 0, moment = 4; a < 3; a++) {
    const color = colorAt(guide, i, a)
    add(moments, cell + (a + 1) * count, color)
    for (let b = a; b < 3; b++, moment++) add(moments, cell + moment * count, color * colorAt(guide, i, b))
  }
}

function add(plane: usize, at: i32, value: f64): void {
  setFloat(plane, at, <f32>(<f64>float(plane, at) + value))
}

/** Mean (3) and covariance (6) of the subject, then of the background. */
let gaussian: usize

function mixtures(around: Around, cell: i32, gaussians: usize): bool {
  if (<f64>float(around.subject, cell) < around.few || <f64>float(around.background, cell) < around.few) return false
  writeGaussian(around.subject, cell, around.cells, 0)
  writeGaussian(around.background, cell, around.cells, 9)
  for (let level = 0, at = 0; level < LEVELS; level++, at += MOMENTS) {
    const alpha = <f64>level / <f64>(LEVELS - 1)
    for (let k = 0; k < 3; k++) {
      setDouble(gaussians, at + k, alpha * double(gaussian, k) + (1 - alpha) * double(gaussian, k + 9))
    }
    const rr = mixed(alpha, 3) + NOISE
    const rg = mixed(alpha, 4)
    const rb = mixed(alpha, 5)
    const gg = mixed(alpha, 6) + NOISE
    const gb = mixed(alpha, 7)
    const bl = mixed(alpha, 8) + NOISE
    const c0 = gg * bl - gb * gb
    const c1 = rb * gb - rg * bl
    const c2 = rg * gb - rb * gg
    const determinant = rr * c0 + rg * c1 + rb * c2
    const scale = 1 / (determinant * WIDEN)
    setDouble(gaussians, at + 3, c0 * scale)
    setDouble(gaussians, at + 4, c1 * scale)
    setDouble(gaussians, at + 5, c2 * scale)
    setDouble(gaussians, at + 6, (rr * bl - rb * rb) * scale)
    setDouble(gaussians, at + 7, (rg * rb - rr * gb) * scale)
    setDouble(gaussians, at + 8, (rr * gg - rg * rg) * scale)
    setDouble(gaussians, at + 9, Math.log(determinant))
  }
  return true
}

function mixed(alpha: f64, k: i32): f64 {
  const rest = 1 - alpha
  return alpha * alpha * double(gaussian, k) + rest * rest * double(gaussian, k + 9)
}

function writeGaussian(moments: usize, cell: i32, count: i32, to: i32): void {
  const share: f64 = 1 / <f64>float(moments, cell)
  for (let a = 0; a < 3; a++) setDouble(gaussian, to + a, <f64>float(moments, cell + (a + 1) * count) * share)
  for (let a = 0, k = 3; a < 3; a++) {
    for (let b = a; b < 3; b++, k++) {
      const product = <f64>float(moments, cell + (k + 1) * count) * share
      setDouble(gaussian, to + k, product - double(gaussian, to + a) * double(gaussian, to + b))
    }
  }
}

function posterior(given: f64, guide: usize, i: i32, gaussians: usize, logs: usize, answer: usize): void {
  const red = colorAt(guide, i, 0)
  const green = colorAt(guide, i, 1)
  const blue = colorAt(guide, i, 2)
  let most = -Infinity
  for (let level = 0, at = 0; level < LEVELS; level++, at += MOMENTS) {
    const r = red - double(gaussians, at)
    const g = green - double(gaussians, at + 1)
    const b = blue - double(gaussians, at + 2)
    const distance =
      r * r * double(gaussians, at + 3) +
      g * g * double(gaussians, at + 6) +
      b * b * double(gaussians, at + 8) +
      2 * (r * g * double(gaussians, at + 4) + r * b * double(gaussians, at + 5) + g * b * double(gaussians, at + 7))
    const surprise = (<f64>level / <f64>(LEVELS - 1) - given) / PRIOR
    const log = -0.5 * (distance + double(gaussians, at + 9) + surprise * surprise)
    setDouble(logs, level, log)
    most = Math.max(most, log)
  }
  let sum: f64 = 0
  let first: f64 = 0
  let second: f64 = 0
  for (let level = 0; level < LEVELS; level++) {
    const likelihood = Math.exp(double(logs, level) - most)
    const alpha = <f64>level / <f64>(LEVELS - 1)
    sum += likelihood
    first += likelihood * alpha
    second += likelihood * alpha * alpha
  }
  const mean = first / sum
  setDouble(answer, 0, mean)
  setDouble(answer, 1, Math.max(0, 1 - (second / sum - mean * mean) / UNTOLD))
}
