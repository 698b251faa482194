// What a network leaves half transparent over broad, flat areas is doubt, not glass: it is decided here by three witnesses -
// the network's own lean, the colors of sure subject and sure background, and flatness (fine structure is left alone).
// Works on a coarse grid; the answer is a correction that is smooth at full size. Sharp borders are the matting's job.

import { boxFilter } from '../pixels/box-filter.ts'
import { clamp01 } from '../pixels/clamp.ts'
import type { Plane, Raster } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'
import { sampleRaster } from '../pixels/sample-raster.ts'
import { colorBins, colorEvidence } from './color-evidence.ts'

/** Cells a side of the grid, whatever the picture's shape: a quarter of the networks' usual 1024. */
const GRID = 256
/** Windows over which flatness is judged: 11 cells, about 4 % of a side. */
const FLAT_RADIUS = 5
/** Standard deviation of alpha in that window: up to the first it is flat, from the second on it has structure. */
const FLAT = 0.05
const STRUCTURED = 0.28
/** Colors of single cells are noisy; areas are decided, not cells. */
const COLOR_RADIUS = 2
/** From how much alpha a cell teaches the colors of the subject, and up to how much those of the background. */
const TEACHES_SUBJECT = 0.75
const TEACHES_BACKGROUND = 0.03
/** Log odds = SHARPEN * (logit(alpha) + lean * freedom) + COLOR * evidence. */
const SHARPEN = 1.6
/**
 * Networks of this family doubt the subject more often than the background, and the more so the more they doubt: where a
 * doubtful area is as large as the sure subject (lean 1.7), it is a part of it down to an alpha of 0.15; where it is a
 * fiftieth (lean 0), it is as often something behind. The lean is LEAN + LEAN_OF_SHARE * ln(doubtful / sure).
 */
const LEAN = 1.7
const LEAN_OF_SHARE = 0.45
/**
 * Freedom to lean rises from 0 to 1 between evidence of -1 and 1: gaps between hairs are as doubtful to the network as a
 * missed part of the subject, but have the background's colors.
 */
const FREE_TO_LEAN = 1
/** From how much alpha a cell counts as sure subject there. */
const SURE_SUBJECT = 0.9
/** Cells added to both areas: keeps the share of a few cells from saying much. */
const FEW_CELLS = 10
const COLOR = 1
/**
 * Separation of the two color models from which they are believed wholly: odds of 55 to 1 for the mean pixel. At 0, subject
 * and background look the same, and an area of their color stays as the network left it.
 */
const TELLING = 2
/** Cells of less alpha, and half of that from 1, are not doubted. */
const DOUBTED = 0.01
/** Deciding once widens what is sure, which improves the color models for the next time. */
const ROUNDS = 3
/** Reach, in cells, over which an area hands its gain on to its own border. */
const BORDER_RADIUS = 8
/** Less than a quarter of an 8-bit step cannot be seen. */
const LEAST_CHANGE = 1e-3

/**
 * `alpha` with the doubts of `coarse` decided. All three are stretched over the same picture; their sizes may differ.
 * `alpha` itself is returned where there is nothing to decide.
 */
export function decideRegions(alpha: Plane, coarse: Plane, guide: Raster): Plane {
  const grid = resizePlane(coarse, GRID, GRID)
  const flatness = flatnessOf(grid)
  const decided = decideCells(grid, flatness, sampleRaster(guide, GRID, GRID))
  return decided === grid ? alpha : carryOver(alpha, grid, decided, flatness)
}

/** 1 where alpha is flat, 0 where it has structure. */
function flatnessOf(grid: Plane): Plane {
  const mean = boxFilter(grid, FLAT_RADIUS).data
  const square = new Float32Array(grid.data.length)
  for (let i = 0; i < square.length; i++) square[i] = grid.data[i]! * grid.data[i]!
  const flatness = boxFilter({ ...grid, data: square }, FLAT_RADIUS)
  for (let i = 0; i < square.length; i++) {
    const deviation = Math.sqrt(Math.max(0, flatness.data[i]! - mean[i]! * mean[i]!))
    flatness.data[i] = 1 - smoothStep(FLAT, STRUCTURED, deviation)
  }
  return flatness
}

function decideCells(grid: Plane, flatness: Plane, color: Raster): Plane {
  const room = new Float32Array(grid.data.length)
  if (!markDoubts(room, grid.data, flatness.data)) return grid
  const bins = colorBins(color)
  const kind = new Int8Array(room.length)
  const decided = { ...grid, data: grid.data.slice() }
  const lean = leanOf(grid.data, flatness.data)
  for (let round = 0; round < ROUNDS; round++) {
    chooseTeachers(kind, decided.data)
    const { ratio, separation } = colorEvidence(bins, kind)
    const evidence = boxFilter({ ...grid, data: ratio }, COLOR_RADIUS)
    weighCells(decided.data, grid.data, room, evidence.data, lean, smoothStep(0, TELLING, separation))
  }
  return decided
}

// The loops are functions of bare arrays: the runtime compiles such at once, also for the first picture of a process.

/** How far each cell may be moved: 0 where the network is sure or alpha has structure. Whether there is any. */
function markDoubts(room: Float32Array, grid: Float32Array, flatness: Float32Array): boolean {
  let any = false
  for (let i = 0; i < room.length; i++) {
    const value = grid[i]!
    if (value <= DOUBTED || value >= 1 - DOUBTED / 2) continue
    room[i] = doubt(value) * flatness[i]!
    any ||= room[i]! > 0
  }
  return any
}

/** What is added to the network's own log odds: see LEAN. */
function leanOf(grid: Float32Array, flatness: Float32Array): number {
  let sure = FEW_CELLS
  let doubtful = FEW_CELLS
  for (let i = 0; i < grid.length; i++) {
    const value = grid[i]!
    if (value > SURE_SUBJECT) sure++
    else if (value > TEACHES_BACKGROUND) doubtful += flatness[i]!
  }
  return LEAN + LEAN_OF_SHARE * Math.log(doubtful / sure)
}

function chooseTeachers(kind: Int8Array, decided: Float32Array): void {
  for (let i = 0; i < kind.length; i++) {
    const value = decided[i]!
    kind[i] = value > TEACHES_SUBJECT ? 1 : value < TEACHES_BACKGROUND ? -1 : 0
  }
}

function weighCells(
  decided: Float32Array,
  grid: Float32Array,
  room: Float32Array,
  evidence: Float32Array,
  lean: number,
  say: number,
): void {
  for (let i = 0; i < room.length; i++) {
    if (room[i] === 0) continue
    const value = grid[i]!
    const own = Math.log((value + 1e-3) / (1 - value + 1e-3))
    const freedom = smoothStep(-FREE_TO_LEAN, FREE_TO_LEAN, evidence[i]!)
    const odds = SHARPEN * (own + lean * freedom) + COLOR * evidence[i]!
    decided[i] = value + (1 / (1 + Math.exp(-odds)) - value) * room[i]! * say
  }
}

/** 0 where the network is as good as sure, so that no color can overrule it; 1 where it is not. */
function doubt(value: number): number {
  return smoothStep(DOUBTED, 5 * DOUBTED, value) * (1 - smoothStep(0.95, 1 - DOUBTED / 2, value))
}

/**
 * Flat cells take the decided value. Cells with structure keep theirs, times what their flat neighbourhood gained: the border
 * of an area lifted from 0.3 to 1 is a ramp from 0 to 0.3 and becomes one from 0 to 1.
 */
function carryOver(alpha: Plane, grid: Plane, decided: Plane, flatness: Plane): Plane {
  const change = new Float32Array(grid.data.length)
  for (let i = 0; i < change.length; i++) change[i] = decided.data[i]! - grid.data[i]!
  const gain = gainOfNeighborhood(grid, decided, flatness)
  const { width, height } = alpha
  const out = { width, height, data: alpha.data.slice() }
  const columns = interpolation(width)
  const rows = interpolation(height)
  const changeRow = new Float32Array(GRID)
  const gainRow = new Float32Array(GRID)
  const flatRow = new Float32Array(GRID)
  for (let y = 0; y < height; y++) {
    const top = rows.first[y]! * GRID
    const bottom = rows.second[y]! * GRID
    const part = rows.part[y]!
    let any = 0
    for (let cell = 0; cell < GRID; cell++) {
      changeRow[cell] = mix(change[top + cell]!, change[bottom + cell]!, part)
      gainRow[cell] = mix(gain[top + cell]!, gain[bottom + cell]!, part)
      flatRow[cell] = mix(flatness.data[top + cell]!, flatness.data[bottom + cell]!, part)
      any = Math.max(any, Math.abs(changeRow[cell]!), gainRow[cell]! - 1)
    }
    // Most rows, and most cells of the others, change nothing.
    if (any < LEAST_CHANGE) continue
    for (let x = 0, i = y * width; x < width; x++, i++) {
      const a = columns.first[x]!
      const b = columns.second[x]!
      if (Math.abs(changeRow[a]!) + Math.abs(changeRow[b]!) < LEAST_CHANGE && gainRow[a]! + gainRow[b]! < 2.001)
        continue
      const t = columns.part[x]!
      const value = out.data[i]!
      const flat = value + mix(changeRow[a]!, changeRow[b]!, t)
      const border = Math.min(1, value * mix(gainRow[a]!, gainRow[b]!, t))
      out.data[i] = clamp01(mix(border, flat, mix(flatRow[a]!, flatRow[b]!, t)))
    }
  }
  return out
}

/** By how much the flat cells around a cell were lifted, at least 1. */
function gainOfNeighborhood(grid: Plane, decided: Plane, flatness: Plane): Float32Array {
  const before = weightedMean(grid, flatness)
  const gain = weightedMean(decided, flatness)
  for (let i = 0; i < gain.length; i++) gain[i] = Math.max(1, (gain[i]! + 1e-3) / (before[i]! + 1e-3))
  return gain
}

function weightedMean(plane: Plane, weight: Plane): Float32Array {
  const product = new Float32Array(plane.data.length)
  for (let i = 0; i < product.length; i++) product[i] = plane.data[i]! * weight.data[i]!
  return boxFilter({ ...plane, data: product }, BORDER_RADIUS).data
}

/** Bilinear interpolation of the grid at `size` pixels: the two cells of each pixel and the share of the second. */
function interpolation(size: number): { first: Uint16Array; second: Uint16Array; part: Float32Array } {
  const first = new Uint16Array(size)
  const second = new Uint16Array(size)
  const part = new Float32Array(size)
  for (let k = 0; k < size; k++) {
    const place = Math.min(GRID - 1, Math.max(0, ((k + 0.5) * GRID) / size - 0.5))
    first[k] = Math.floor(place)
    second[k] = Math.min(GRID - 1, first[k]! + 1)
    part[k] = place - first[k]!
  }
  return { first, second, part }
}

function mix(a: number, b: number, part: number): number {
  return a + (b - a) * part
}

function smoothStep(from: number, to: number, value: number): number {
  const t = clamp01((value - from) / (to - from))
  return t * t * (3 - 2 * t)
}
