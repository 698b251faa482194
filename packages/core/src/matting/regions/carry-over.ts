// Decisions about broad areas, made on a coarse grid, brought to an alpha of any size: where alpha is flat it takes them, where it
// has structure it keeps that. Sharp borders are the matting's job. Compiled to WebAssembly too.

import { boxFilter } from '../../pixels/box-filter.ts'
import { clamp01, mix, smoothStep } from '../../pixels/clamp.ts'
import { type Interpolation, interpolation } from '../../pixels/interpolation.ts'
import type { f64, i32 } from '../../pixels/numbers.ts'
import { Plane } from '../../pixels/plane.ts'

/** Cells a side of the grid, whatever the picture's shape: a quarter of the networks' usual 1024. */
export const GRID: i32 = 256
/** Windows over which flatness is judged: 11 cells, about 4 % of a side. */
const FLAT_RADIUS: i32 = 5
/** Standard deviation of alpha in that window: up to the first it is flat, from the second on it has structure. */
const FLAT: f64 = 0.05
const STRUCTURED: f64 = 0.28
/** Reach, in cells, over which an area hands its gain on to its own border. */
const BORDER_RADIUS: i32 = 8
/** Less than a quarter of an 8-bit step cannot be seen. */
const LEAST_CHANGE: f64 = 1e-3

/** Planes of GRID x GRID cells over an image. */
export class RegionDecision {
  /** Alpha before. */
  readonly grid: Plane
  /** 1 where that is flat, 0 where it has structure. */
  readonly flatness: Plane
  /** Alpha after; `grid` itself where there was nothing to decide. */
  readonly decided: Plane

  constructor(grid: Plane, flatness: Plane, decided: Plane) {
    this.grid = grid
    this.flatness = flatness
    this.decided = decided
  }
}

/** 1 where alpha is flat, 0 where it has structure. */
export function flatnessOf(grid: Plane): Plane {
  const mean = boxFilter(grid, FLAT_RADIUS).data
  const square = new Float32Array(GRID * GRID)
  for (let i = 0; i < square.length; i++) square[i] = grid.data[i]! * grid.data[i]!
  const flatness = boxFilter(new Plane(GRID, GRID, square), FLAT_RADIUS)
  for (let i = 0; i < square.length; i++) {
    const deviation = Math.sqrt(Math.max(0, flatness.data[i]! - mean[i]! * mean[i]!))
    flatness.data[i] = 1 - smoothStep(FLAT, STRUCTURED, deviation)
  }
  return flatness
}

/**
 * `alpha`, which is stretched over the same image, as decided; itself where nothing was. Flat cells take the decided value. Cells with
 * structure keep theirs, times what their flat neighborhood gained: the border of an area lifted from 0.3 to 1 is a ramp from 0 to 0.3
 * and becomes one from 0 to 1.
 */
export function carryOver(alpha: Plane, decision: RegionDecision): Plane {
  const grid = decision.grid
  const flatness = decision.flatness
  const decided = decision.decided
  if (decided.data === grid.data) return alpha
  const width = alpha.width
  const height = alpha.height
  const change = new Float32Array(GRID * GRID)
  for (let i = 0; i < change.length; i++) change[i] = decided.data[i]! - grid.data[i]!
  const gain = gainOfNeighborhood(grid, decided, flatness)
  const out = new Plane(width, height, alpha.data.slice())
  const columns = interpolation(width, GRID, width)
  const rows = interpolation(height, GRID, height)
  const changeRow = new Float32Array(GRID)
  const gainRow = new Float32Array(GRID)
  const flatRow = new Float32Array(GRID)
  for (let y = 0; y < height; y++) {
    const top = rows.first[y]! * GRID
    const bottom = rows.second[y]! * GRID
    const part = rows.part[y]!
    mixRow(change, top, bottom, part, changeRow)
    mixRow(gain, top, bottom, part, gainRow)
    mixRow(flatness.data, top, bottom, part, flatRow)
    if (changesAny(changeRow, gainRow)) carryRow(out.data, y * width, width, columns, changeRow, gainRow, flatRow)
  }
  return out
}

function mixRow(plane: Float32Array, top: i32, bottom: i32, part: f64, out: Float32Array): void {
  for (let cell = 0; cell < GRID; cell++) out[cell] = mix(plane[top + cell]!, plane[bottom + cell]!, part)
}

/** Most rows, and most cells of the others, change nothing. */
function changesAny(changeRow: Float32Array, gainRow: Float32Array): boolean {
  for (let cell = 0; cell < GRID; cell++) {
    if (Math.max(Math.abs(changeRow[cell]!), gainRow[cell]! - 1) >= LEAST_CHANGE) return true
  }
  return false
}

function carryRow(
  out: Float32Array,
  from: i32,
  width: i32,
  columns: Interpolation,
  changeRow: Float32Array,
  gainRow: Float32Array,
  flatRow: Float32Array,
): void {
  for (let x = 0, i = from; x < width; x++, i++) {
    const a = columns.first[x]!
    const b = columns.second[x]!
    const changeA = changeRow[a]!
    const changeB = changeRow[b]!
    const gainA = gainRow[a]!
    const gainB = gainRow[b]!
    if (Math.abs(changeA) + Math.abs(changeB) < LEAST_CHANGE && gainA + gainB < 2 + LEAST_CHANGE) continue
    const t = columns.part[x]!
    const value = out[i]!
    const flat = value + mix(changeA, changeB, t)
    const border = Math.min(1, value * mix(gainA, gainB, t))
    out[i] = clamp01(mix(border, flat, mix(flatRow[a]!, flatRow[b]!, t)))
  }
}

/** By how much the flat cells around a cell were lifted, at least 1. */
function gainOfNeighborhood(grid: Plane, decided: Plane, flatness: Plane): Float32Array {
  const before = weightedMean(grid, flatness)
  const gain = weightedMean(decided, flatness)
  for (let i = 0; i < gain.length; i++) gain[i] = Math.max(1, (gain[i]! + 1e-3) / (before[i]! + 1e-3))
  return gain
}

function weightedMean(plane: Plane, weight: Plane): Float32Array {
  const product = new Float32Array(GRID * GRID)
  for (let i = 0; i < product.length; i++) product[i] = plane.data[i]! * weight.data[i]!
  return boxFilter(new Plane(GRID, GRID, product), BORDER_RADIUS).data
}
