// As core's matting/estimate-foreground.ts, for 8-bit RGB. The grid is averaged from rows of the image, solved, and
// spent on rows: no more than a few of them are in memory at once. Colors are vectors of floats.

import {
  SMALL_SIDE,
  SMOOTH,
  SMOOTH_ACROSS,
  STEP,
  SWEEPS,
  SWEEPS_SMALL,
} from '../../core/src/matting/foreground/strengths'
import { allocate } from './memory'
import { floatAbove, floatBelow } from './threshold'

const ALMOST_CLEAR: f32 = floatBelow(STEP)
const ALMOST_OPAQUE: f32 = floatAbove(1 - STEP)

/** A cell: its own color with alpha as the fourth, foreground, background. */
const FRONT: usize = 16
const BACK: usize = 32
const CELL: usize = 48
/** Foreground and background of a column. */
const BLEND: usize = 32

let pictureWidth: i32
let side: i32
let stride: i32
let columns: i32
let rows: i32
let cells: usize
/** For each cell of the row that is being averaged: sums of samples, sums of alpha. */
let colorSums: usize
let alphaSums: usize
/** The two rows of cells beside a row of the image, mixed: for each column, and one more. */
let blend: usize
/** Cells per pixel. */
let perSide: f64

/** A grid of cells of `cellSide` pixels over the image, of which each `sampleStride`-th row and column is read. */
export function openGrid(width: i32, gridColumns: i32, gridRows: i32, cellSide: i32, sampleStride: i32): void {
  pictureWidth = width
  columns = gridColumns
  rows = gridRows
  side = cellSide
  stride = sampleStride
  cells = allocate(columns * rows * <i32>CELL)
  colorSums = allocate(columns * 16)
  alphaSums = allocate(columns * 8)
  blend = allocate((columns + 1) * <i32>BLEND)
  perSide = 1 / <f64>side
}

function clearSums(): void {
  memory.fill(colorSums, 0, <usize>columns * 16)
  memory.fill(alphaSums, 0, <usize>columns * 8)
}

/** A pixel's samples as integers; the fourth is not its own. */
function samplesAt(rgb: usize): v128 {
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(rgb)))
}

/** Adds samples of an image's row to the row of cells it lies in. */
export function averageRow(rgb: usize, alpha: usize): void {
  for (let x = 0; x < columns; x++) {
    const right = min(pictureWidth, (x + 1) * side)
    let color = i32x4.splat(0)
    let cover: f64 = load<f64>(alphaSums + ((<usize>x) << 3))
    for (let u = x * side; u < right; u += stride) {
      color = i32x4.add(color, samplesAt(rgb + <usize>u * 3))
      cover += <f64>load<f32>(alpha + ((<usize>u) << 2))
    }
    const sum = colorSums + ((<usize>x) << 4)
    v128.store(sum, i32x4.add(v128.load(sum), color))
    store<f64>(alphaSums + ((<usize>x) << 3), cover)
  }
}

/** Row `y` of the cells has been given all of its `read` rows. */
export function endCells(y: i32, read: i32): void {
  const scale: f64 = 1 / <f64>255
  for (let x = 0; x < columns; x++) {
    const across = min(pictureWidth, (x + 1) * side) - x * side
    const count = <f64>(read * ((across + stride - 1) / stride))
    const cell = cells + (<usize>y * <usize>columns + <usize>x) * CELL
    const sum = colorSums + ((<usize>x) << 4)
    store<f32>(cell, <f32>((<f64>load<i32>(sum) * scale) / count))
    store<f32>(cell + 4, <f32>((<f64>load<i32>(sum + 4) * scale) / count))
    store<f32>(cell + 8, <f32>((<f64>load<i32>(sum + 8) * scale) / count))
    store<f32>(cell + 12, <f32>(load<f64>(alphaSums + ((<usize>x) << 3)) / count))
  }
  clearSums()
}

export function solveGrid(): void {
  solveLevel(cells, columns, rows)
}

/** Starts from the next coarser level, down to a single cell, which has one color for both. */
function solveLevel(level: usize, width: i32, height: i32): void {
  if (width === 1 && height === 1) {
    v128.store(level + FRONT, v128.load(level))
    v128.store(level + BACK, v128.load(level))
    return
  }
  const halfWidth = (width + 1) >> 1
  const halfHeight = (height + 1) >> 1
  const coarser = allocate(halfWidth * halfHeight * <i32>CELL)
  for (let y = 0; y < halfHeight; y++) halveRow(level, width, height, coarser, halfWidth, y)
  solveLevel(coarser, halfWidth, halfHeight)
  for (let y = 0; y < height; y++) enlargeRow(level, width, coarser, halfWidth, y)
  const sweeps = max(width, height) <= SMALL_SIDE ? SWEEPS_SMALL : SWEEPS
  const area = width * height
  for (let sweep = 0; sweep < sweeps; sweep += 2) {
    for (let i = 0; i < area; i++) relax(level, width, area, i)
    for (let i = area - 1; i >= 0; i--) relax(level, width, area, i)
  }
}

function halveRow(level: usize, width: i32, height: i32, coarser: usize, halfWidth: i32, y: i32): void {
  const bottom = min(height, 2 * y + 2)
  for (let x = 0; x < halfWidth; x++) {
    const right = min(width, 2 * x + 2)
    let sum = f32x4.splat(0)
    for (let v = 2 * y; v < bottom; v++) {
      for (let u = 2 * x; u < right; u++) {
        sum = f32x4.add(sum, v128.load(level + (<usize>v * <usize>width + <usize>u) * CELL))
      }
    }
    const count = <f32>((bottom - 2 * y) * (right - 2 * x))
    v128.store(coarser + (<usize>y * <usize>halfWidth + <usize>x) * CELL, f32x4.div(sum, f32x4.splat(count)))
  }
}

function enlargeRow(level: usize, width: i32, coarser: usize, halfWidth: i32, y: i32): void {
  const line = coarser + (<usize>y >> 1) * <usize>halfWidth * CELL
  let cell = level + <usize>y * <usize>width * CELL
  for (let x = 0; x < width; x++, cell += CELL) {
    const from = line + (<usize>x >> 1) * CELL
    const alpha = load<f32>(cell + 12)
    v128.store(cell + FRONT, v128.load(alpha >= ALMOST_OPAQUE ? cell : from + FRONT))
    v128.store(cell + BACK, v128.load(alpha <= ALMOST_CLEAR ? cell : from + BACK))
  }
}

/** Sums over neighbors, here because a function returns one value. */
let weights: f32
let fronts: v128 = i32x4.splat(0)
let backs: v128 = i32x4.splat(0)

function neighbour(cell: usize, own: f32): void {
  const weight: f32 = <f32>SMOOTH + <f32>SMOOTH_ACROSS * abs<f32>(own - load<f32>(cell + 12))
  const scale = f32x4.splat(weight)
  weights += weight
  fronts = f32x4.add(fronts, f32x4.mul(scale, v128.load(cell + FRONT)))
  backs = f32x4.add(backs, f32x4.mul(scale, v128.load(cell + BACK)))
}

/** The two colors of cell `i`, where it is soft, from its four neighbors'. */
function relax(level: usize, width: i32, area: i32, i: i32): void {
  const cell = level + <usize>i * CELL
  const own = load<f32>(cell + 12)
  if (own <= ALMOST_CLEAR || own >= ALMOST_OPAQUE) return
  const x = i % width
  const line = <usize>width * CELL
  weights = 0
  fronts = f32x4.splat(0)
  backs = f32x4.splat(0)
  if (x > 0) neighbour(cell - CELL, own)
  if (x < width - 1) neighbour(cell + CELL, own)
  if (i >= width) neighbour(cell - line, own)
  if (i + width < area) neighbour(cell + line, own)
  const rest: f32 = 1 - own
  const total = f32x4.splat(weights)
  const front = f32x4.div(fronts, total)
  const back = f32x4.div(backs, total)
  const share = f32x4.splat(1 / (weights + own * own + rest * rest))
  const missing = f32x4.mul(unexplained(v128.load(cell), front, back, own, rest), share)
  v128.store(cell + FRONT, clamp01(f32x4.add(front, f32x4.mul(f32x4.splat(own), missing))))
  v128.store(cell + BACK, clamp01(f32x4.add(back, f32x4.mul(f32x4.splat(rest), missing))))
}

/** What the two colors leave of `color`. */
function unexplained(color: v128, front: v128, back: v128, own: f32, rest: f32): v128 {
  return f32x4.sub(f32x4.sub(color, f32x4.mul(f32x4.splat(own), front)), f32x4.mul(f32x4.splat(rest), back))
}

function clamp01(color: v128): v128 {
  return f32x4.pmin(f32x4.splat(1), f32x4.pmax(f32x4.splat(0), color))
}

/** A bit for each of four pixels. */
function softBits(alpha: usize): i32 {
  const four = v128.load(alpha)
  return i32x4.bitmask(v128.and(f32x4.gt(four, f32x4.splat(ALMOST_CLEAR)), f32x4.lt(four, f32x4.splat(ALMOST_OPAQUE))))
}

/** Whether any of `count` pixels may be soft: up to three behind them are looked at as well. */
export function anySoft(alpha: usize, count: i32): bool {
  for (let i = 0; i < count; i += 4) if (softBits(alpha + ((<usize>i) << 2)) !== 0) return true
  return false
}

/** Row `y` of the image in place: the foreground's colors where it is soft. */
export function restoreRow(rgb: usize, alpha: usize, y: i32): void {
  let blended = false
  for (let x = 0; x < pictureWidth; x += 4) {
    let soft = softBits(alpha + ((<usize>x) << 2))
    if (soft === 0) continue
    if (!blended) blendCells(y)
    blended = true
    do {
      const at = x + ctz(soft)
      // The last four may reach into the next row.
      if (at >= pictureWidth) break
      restorePixel(rgb + <usize>at * 3, load<f32>(alpha + ((<usize>at) << 2)), at)
      soft &= soft - 1
    } while (soft !== 0)
  }
}

/** A pixel's place among the centres of cells. */
function placeOf(pixel: i32): f64 {
  return max<f64>(0, (<f64>pixel + 0.5) * perSide - 0.5)
}

/** What row `y` of the image has of the two rows of cells beside it: foreground and background of each column. */
function blendCells(y: i32): void {
  const place = placeOf(y)
  const first = <i32>place
  const second = min(rows - 1, first + 1)
  const down = <f32>(place - <f64>first)
  let above = cells + <usize>first * <usize>columns * CELL
  let below = cells + <usize>second * <usize>columns * CELL
  const end = blend + <usize>columns * BLEND
  for (let to = blend; to < end; to += BLEND, above += CELL, below += CELL) {
    v128.store(to, between(v128.load(above + FRONT), v128.load(below + FRONT), f32x4.splat(down)))
    v128.store(to + 16, between(v128.load(above + BACK), v128.load(below + BACK), f32x4.splat(down)))
  }
  // The last column has itself on its right.
  v128.store(end, v128.load(end - BLEND))
  v128.store(end + 16, v128.load(end - BLEND + 16))
}

function between(first: v128, second: v128, part: v128): v128 {
  return f32x4.add(first, f32x4.mul(part, f32x4.sub(second, first)))
}

function restorePixel(rgb: usize, own: f32, x: i32): void {
  const place = placeOf(x)
  const left = <i32>place
  const cell = blend + <usize>left * BLEND
  const across = f32x4.splat(<f32>(place - <f64>left))
  const front = between(v128.load(cell), v128.load(cell + BLEND), across)
  const back = between(v128.load(cell + 16), v128.load(cell + BLEND + 16), across)
  const rest: f32 = 1 - own
  const share = f32x4.splat(own / (own * own + rest * rest))
  const color = f32x4.mul(f32x4.convert_i32x4_s(samplesAt(rgb)), f32x4.splat(1 / <f32>255))
  const value = f32x4.add(front, f32x4.mul(share, unexplained(color, front, back, own, rest)))
  // Truncation rounds what is not negative.
  const samples = i32x4.trunc_sat_f32x4_u(f32x4.add(f32x4.mul(clamp01(value), f32x4.splat(255)), f32x4.splat(0.5)))
  store<u8>(rgb, i32x4.extract_lane(samples, 0))
  store<u8>(rgb + 1, i32x4.extract_lane(samples, 1))
  store<u8>(rgb + 2, i32x4.extract_lane(samples, 2))
}
