// What reports, subjects and doubtful areas need of an alpha, gathered in one pass over it. Compiled to WebAssembly too.

import { max, quotient, quotientUp } from '../../pixels/integers.ts'
import type { f64, i32 } from '../../pixels/numbers.ts'
import type { Plane } from '../../pixels/plane.ts'

/** Cells of the fine grid, at most: 512 x 512. */
const MAX_CELLS: f64 = 262144
/** Cells of the coarse grid along the longer side, at most. */
const MAX_SIDE: i32 = 256
/** Alpha at or above which a pixel is subject rather than background. */
export const SURE: f64 = 0.5
/** Alpha beyond these is clear, not soft: 5 of 255 levels. */
const CLEAR_SHARE: f64 = 0.02
/** Alpha between this and 1 less this is undecided. */
const UNDECIDED: f64 = 0.1

/** Indices of `totals`: sum of alpha; pixels that are sure, not clear, soft; the box above the threshold, right and bottom inclusive. */
export const SUM: i32 = 0
export const SURE_PIXELS: i32 = 1
export const PRESENT_PIXELS: i32 = 2
export const SOFT_PIXELS: i32 = 3
export const LEFT: i32 = 4
export const TOP: i32 = 5
export const RIGHT: i32 = 6
export const BOTTOM: i32 = 7

export class AlphaSurvey {
  readonly width: i32
  readonly height: i32
  /** Alpha above which the box counts a pixel. */
  readonly threshold: f64
  readonly totals: Float64Array
  /** The fine grid: side of a cell in pixels, and the highest alpha of each cell. */
  readonly side: i32
  readonly columns: i32
  readonly rows: i32
  readonly highest: Float32Array
  /** The coarse grid: how many pixels of each cell are undecided. */
  readonly coarseColumns: i32
  readonly coarseRows: i32
  readonly undecided: Float32Array
  /** Column of the fine and the coarse grid in which each column of pixels lies. */
  readonly fineColumn: Int32Array
  readonly coarseColumn: Int32Array

  constructor(width: i32, height: i32, threshold: f64) {
    this.width = width
    this.height = height
    this.threshold = threshold
    const totals = new Float64Array(8)
    this.totals = totals
    const side = Math.ceil(Math.sqrt(((width as f64) * (height as f64)) / MAX_CELLS)) as i32
    const columns = quotientUp(width, side)
    const rows = quotientUp(height, side)
    this.side = side
    this.columns = columns
    this.rows = rows
    this.highest = new Float32Array(columns * rows)
    const scale: f64 = Math.min(1, (MAX_SIDE as f64) / (max(width, height) as f64))
    const coarseColumns = max(1, Math.round((width as f64) * scale) as i32)
    const coarseRows = max(1, Math.round((height as f64) * scale) as i32)
    this.coarseColumns = coarseColumns
    this.coarseRows = coarseRows
    this.undecided = new Float32Array(coarseColumns * coarseRows)
    const fineColumn = new Int32Array(width)
    const coarseColumn = new Int32Array(width)
    this.fineColumn = fineColumn
    this.coarseColumn = coarseColumn
    totals[LEFT] = width as f64
    totals[TOP] = height as f64
    totals[RIGHT] = -1
    totals[BOTTOM] = -1
    for (let x = 0; x < width; x++) fineColumn[x] = quotient(x, side)
    for (let column = 0, x = 0; column < coarseColumns; column++) {
      const end = quotientUp((column + 1) * width, coarseColumns)
      for (; x < end; x++) coarseColumn[x] = column
    }
  }
}

/** Adds row `y`, which begins at `from` in `data`. Rows are given once each, in any order. */
export function surveyRow(survey: AlphaSurvey, data: Float32Array, from: i32, y: i32): void {
  const width = survey.width
  const threshold = survey.threshold
  const totals = survey.totals
  const highest = survey.highest
  const undecided = survey.undecided
  const fineColumn = survey.fineColumn
  const coarseColumn = survey.coarseColumn
  const fine = quotient(y, survey.side) * survey.columns
  const coarse = quotient(y * survey.coarseRows, survey.height) * survey.coarseColumns
  let sum: f64 = totals[SUM]!
  let sure = 0
  let present = 0
  let soft = 0
  let first = -1
  let last = -1
  for (let x = 0; x < width; x++) {
    const value = data[from + x]!
    // Most pixels of most images.
    if (value === 0) continue
    if (value === 1) {
      // And most others, in long runs.
      const begin = x
      do {
        sum += 1
        x++
      } while (x < width && data[from + x]! === 1)
      sure += x - begin
      present += x - begin
      if (threshold < 1) {
        if (first < 0) first = begin
        last = x - 1
      }
      const end = fineColumn[x - 1]!
      for (let column = fineColumn[begin]!; column <= end; column++) highest[fine + column] = 1
      x--
      continue
    }
    sum += value
    if (value > threshold) {
      if (first < 0) first = x
      last = x
    }
    const cell = fine + fineColumn[x]!
    if (value > highest[cell]!) highest[cell] = value
    if (value >= SURE) sure++
    if (value > CLEAR_SHARE) present++
    if (value > CLEAR_SHARE && value < 1 - CLEAR_SHARE) {
      soft++
      const area = coarse + coarseColumn[x]!
      if (value > UNDECIDED && value < 1 - UNDECIDED) undecided[area] = undecided[area]! + 1
    }
  }
  totals[SUM] = sum
  totals[SURE_PIXELS] = totals[SURE_PIXELS]! + (sure as f64)
  totals[PRESENT_PIXELS] = totals[PRESENT_PIXELS]! + (present as f64)
  totals[SOFT_PIXELS] = totals[SOFT_PIXELS]! + (soft as f64)
  if (first < 0) return
  totals[LEFT] = Math.min(totals[LEFT]!, first as f64)
  totals[TOP] = Math.min(totals[TOP]!, y as f64)
  totals[RIGHT] = Math.max(totals[RIGHT]!, last as f64)
  totals[BOTTOM] = Math.max(totals[BOTTOM]!, y as f64)
}

/** Of the whole `alpha`. */
export function surveyAlpha(alpha: Plane, threshold: f64): AlphaSurvey {
  const survey = new AlphaSurvey(alpha.width, alpha.height, threshold)
  for (let y = 0; y < alpha.height; y++) surveyRow(survey, alpha.data, y * alpha.width, y)
  return survey
}
