// Core's matting/style/parts.ts, called row by row: the plane passes through in bands, only runs are kept.

import { addRow } from '../../core/src/matting/style/part-rows'
import { closeParts, keepEnclosed, keepSmall, openParts, Parts } from '../../core/src/matting/style/parts'

let parts: Parts | null = null
let threshold: f64 = 0
let above: bool = false

/** Runs of the pixels above `limit`, or of those not above it. */
export function openRuns(width: i32, height: i32, limit: f64, isAbove: bool, diagonal: bool): void {
  parts = openParts(width, height, diagonal)
  threshold = limit
  above = isAbove
}

/** Row `y`, which begins at `from` in `alpha`. */
export function addRuns(alpha: Float32Array, from: i32, y: i32): void {
  addRow(parts!, alpha, from, y, threshold, above)
}

/** All rows were given: how many runs `keepSmall` keeps. */
export function smallRuns(minArea: f64): i32 {
  closeParts(parts!)
  return keepSmall(parts!, minArea)
}

/** All rows were given: how many runs `keepEnclosed` keeps. */
export function enclosedRuns(minArea: f64): i32 {
  closeParts(parts!)
  return keepEnclosed(parts!, minArea)
}

/** First pixel of each run that was kept. */
export function runBegins(): Int32Array {
  return parts!.begin
}

/** The pixel behind the last of each run that was kept. */
export function runEnds(): Int32Array {
  return parts!.end
}
