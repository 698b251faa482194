// Linear interpolation between cells that are stretched over a row or a column of pixels.

import { min } from './integers.ts'
import type { f64, i32 } from './numbers.ts'

/** For each pixel the two cells whose centers it lies between, and the share of the second. */
export class Interpolation {
  readonly first: Int32Array
  readonly second: Int32Array
  readonly part: Float32Array

  constructor(pixels: i32) {
    this.first = new Int32Array(pixels)
    this.second = new Int32Array(pixels)
    this.part = new Float32Array(pixels)
  }
}

/** For the first `pixels` pixels of `cells` equal cells that are `length` pixels long together. */
export function interpolation(pixels: i32, cells: i32, length: i32): Interpolation {
  const table = new Interpolation(pixels)
  for (let k = 0; k < pixels; k++) {
    const place = Math.min(cells - 1, Math.max(0, (((k as f64) + 0.5) * cells) / length - 0.5))
    const first = Math.floor(place) as i32
    table.first[k] = first
    table.second[k] = min(cells - 1, first + 1)
    table.part[k] = place - first
  }
  return table
}

/** The first pixel after the center of each cell; one entry more at the end. For cells no smaller than pixels. */
export function startsOfCells(table: Interpolation, pixels: i32, cells: i32): Int32Array {
  const starts = new Int32Array(cells + 1)
  for (let cell = 0; cell <= cells; cell++) starts[cell] = pixels
  for (let k = pixels - 1; k >= 0; k--) starts[table.first[k]!] = k
  for (let cell = cells - 1; cell >= 0; cell--) starts[cell] = min(starts[cell]!, starts[cell + 1]!)
  return starts
}
