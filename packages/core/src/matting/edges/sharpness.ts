// How steep a network's alpha is at each place, and where on the step a pixel lies: a network that has resolved a spoke or a
// tooth draws it with a steep edge; hair that it has not resolved is a slow ramp. Tile by tile, and only where it is asked for: a
// tile's extremes stay in the processor's cache. Compiled to WebAssembly too.

import { max, min, quotientUp } from '../../pixels/integers.ts'
import type { i32 } from '../../pixels/numbers.ts'
import type { Box, Plane } from '../../pixels/plane.ts'
import { linearTaps, type Taps } from '../../pixels/resample.ts'
import { bandTiles } from './band.ts'
import { extremeOfColumns, extremeOfRow } from './sharpness-rows.ts'

/** Reach of the extremes, in pixels of the network's alpha: half the width of its own steps. */
const REACH: i32 = 3
/** Pixels of a tile, along a side and along a row of tiles at most. */
const SIDE: i32 = 32
const LONGEST: i32 = 128

export class Sharpness {
  /** Lowest and highest alpha of the network around each pixel. */
  readonly lowest: Float32Array
  readonly highest: Float32Array

  constructor(area: i32) {
    this.lowest = new Float32Array(area)
    this.highest = new Float32Array(area)
  }
}

/**
 * The extremes of `coarse`, brought to `width` x `height`, at least where `band` of that size is 1. The reach is at least one pixel
 * of the full image.
 */
export function sharpnessOf(
  coarse: Plane,
  band: Uint8Array,
  fullWidth: i32,
  fullHeight: i32,
  width: i32,
  height: i32,
): Sharpness {
  const sharpness = new Sharpness(width * height)
  const columns = linearTaps(coarse.width, width)
  const rows = linearTaps(coarse.height, height)
  const reachX = max(REACH, quotientUp(coarse.width, fullWidth))
  const reachY = max(REACH, quotientUp(coarse.height, fullHeight))
  const tiles = bandTiles(band, width, height, SIDE, LONGEST)
  let widest = 0
  let highest = 0
  for (let i = 0; i < tiles.length; i++) {
    const tile = tiles[i]!
    widest = max(widest, columns.behind(tile.left + tile.width) - columns.first[tile.left]!)
    highest = max(highest, rows.behind(tile.top + tile.height) - rows.first[tile.top]! + 2 * reachY)
  }
  const extremes = new Extremes(coarse, columns, rows, reachX, reachY, widest, highest)
  for (let i = 0; i < tiles.length; i++) {
    extremes.write(tiles[i]!, width, false, sharpness.lowest)
    extremes.write(tiles[i]!, width, true, sharpness.highest)
  }
  return sharpness
}

/** The extremes of one tile after the other. */
class Extremes {
  readonly coarse: Plane
  readonly columns: Taps
  readonly rows: Taps
  readonly reachX: i32
  readonly reachY: i32
  /** Extremes along the rows, along both axes, and between two rows of those. */
  readonly alongRows: Float32Array
  readonly around: Float32Array
  readonly between: Float32Array

  constructor(coarse: Plane, columns: Taps, rows: Taps, reachX: i32, reachY: i32, widest: i32, highest: i32) {
    this.coarse = coarse
    this.columns = columns
    this.rows = rows
    this.reachX = reachX
    this.reachY = reachY
    this.alongRows = new Float32Array(widest * highest)
    this.around = new Float32Array(widest * highest)
    this.between = new Float32Array(widest)
  }

  /** To `out`, whose rows have `stride` pixels. */
  write(tile: Box, stride: i32, highest: boolean, out: Float32Array): void {
    const coarse = this.coarse
    const left = this.columns.first[tile.left]!
    const width = this.columns.behind(tile.left + tile.width) - left
    const top = this.rows.first[tile.top]!
    const bottom = this.rows.behind(tile.top + tile.height)
    const first = max(0, top - this.reachY)
    const last = min(coarse.height - 1, bottom - 1 + this.reachY)
    for (let y = first; y <= last; y++) {
      const to = (y - first) * width
      extremeOfRow(coarse.data, y * coarse.width, coarse.width, left, width, this.reachX, highest, this.alongRows, to)
    }
    for (let y = top; y < bottom; y++) {
      const from = max(0, y - this.reachY) - first
      const count = min(coarse.height - 1, y + this.reachY) - first - from + 1
      extremeOfColumns(this.alongRows, from * width, width, count, highest, this.around, (y - top) * width)
    }
    for (let y = tile.top; y < tile.top + tile.height; y++) {
      this.rows.mixRows(y, this.around, top, width, this.between, 0)
      this.columns.mixColumns(tile.left, tile.width, this.between, left, out, y * stride)
    }
  }
}
