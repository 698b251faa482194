// Decisions about broad areas, made on a coarse grid, brought to an alpha of any size: where alpha is flat it takes them, where it
// has structure it keeps that. Sharp borders are the matting's job.

import { boxFilter } from '../../pixels/box-filter.ts'
import { clamp01, mix, smoothStep } from '../../pixels/clamp.ts'
import { interpolation } from '../../pixels/interpolation.ts'
import type { Plane } from '../../pixels/raster.ts'

/** Cells a side of the grid, whatever the picture's shape: a quarter of the networks' usual 1024. */
export const GRID = 256
/** Windows over which flatness is judged: 11 cells, about 4 % of a side. */
const FLAT_RADIUS = 5
/** Standard deviation of alpha in that window: up to the first it is flat, from the second on it has structure. */
const FLAT = 0.05
const STRUCTURED = 0.28
/** Reach, in cells, over which an area hands its gain on to its own border. */
const BORDER_RADIUS = 8
/** Less than a quarter of an 8-bit step cannot be seen. */
const LEAST_CHANGE = 1e-3

/** 1 where alpha is flat, 0 where it has structure. */
export function flatnessOf(grid: Plane): Plane {
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

/**
 * Flat cells take the decided value. Cells with structure keep theirs, times what their flat neighbourhood gained: the border
 * of an area lifted from 0.3 to 1 is a ramp from 0 to 0.3 and becomes one from 0 to 1.
 */
export function carryOver(alpha: Plane, grid: Plane, decided: Plane, flatness: Plane): Plane {
  const change = new Float32Array(grid.data.length)
  for (let i = 0; i < change.length; i++) change[i] = decided.data[i]! - grid.data[i]!
  const gain = gainOfNeighborhood(grid, decided, flatness)
  const { width, height } = alpha
  const out = { width, height, data: alpha.data.slice() }
  const columns = interpolation(width, GRID, width)
  const rows = interpolation(height, GRID, height)
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
