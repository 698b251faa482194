// Core's refineAlpha in parts: rows of the image are sampled, regions decided, alpha is solved for on the working copy, and carried to
// full size row by row. What lies between is kept in this instance.

import { kindOfRows, Upsampler, upsampleRow } from '../../core/src/matting/edges/upsampler'
import { solveWorkingAlpha } from '../../core/src/matting/edges/working-alpha'
import { shrinkFor } from '../../core/src/matting/edges/working-size'
import { GRID, RegionDecision } from '../../core/src/matting/regions/carry-over'
import { decideRegions } from '../../core/src/matting/regions/region-decision'
import { Pixels, Plane } from '../../core/src/pixels/plane'
import { Sampler, sampleRow } from '../../core/src/pixels/sample-raster'

let width = 0
let height = 0
let sampler: Sampler | null = null
let workingGuide: Pixels<Uint16Array> | null = null
let regions: RegionDecision | null = null
let upsampler: Upsampler | null = null

/** The copy that is worked on has at most `workingPixels`. Gives its rows. */
export function openRefine(fullWidth: i32, fullHeight: i32, workingPixels: i32): i32 {
  width = fullWidth
  height = fullHeight
  const shrink = shrinkFor(width, height, workingPixels)
  const columns = <i32>Math.ceil(<f64>width / shrink)
  const rows = <i32>Math.ceil(<f64>height / shrink)
  sampler = new Sampler(width, height, columns, rows)
  workingGuide = new Pixels<Uint16Array>(columns, rows, 3, new Uint16Array(columns * rows * 3))
  return rows
}

/** The first (0) or last (1) row of the image that row `y` of the working copy reads. */
export function rowToSample(y: i32, last: i32): i32 {
  return last !== 0 ? sampler!.lastRow(y) : sampler!.firstRow(y)
}

export function sampleGuide(y: i32, first: Uint8Array, last: Uint8Array): void {
  sampleRow<Uint8Array>(sampler!, y, first, 0, last, 0, 3, workingGuide!.data)
}

export function decide(coarse: Float32Array, coarseWidth: i32, coarseHeight: i32): void {
  regions = decideRegions<Uint16Array>(new Plane(coarseWidth, coarseHeight, coarse), workingGuide!)
}

export function grid(): Float32Array {
  return regions!.grid.data
}

export function flatness(): Float32Array {
  return regions!.flatness.data
}

/** At the address of `grid` where there was nothing to decide. */
export function decided(): Float32Array {
  return regions!.decided.data
}

/** In place of `decide`: what it gave before. */
export function useDecision(gridBefore: Float32Array, flatnessBefore: Float32Array, gridAfter: Float32Array): void {
  regions = new RegionDecision(
    new Plane(GRID, GRID, gridBefore),
    new Plane(GRID, GRID, flatnessBefore),
    new Plane(GRID, GRID, gridAfter),
  )
}

export function solve(coarse: Float32Array, coarseWidth: i32, coarseHeight: i32, iterations: i32, fadedPin: f64): void {
  const network = new Plane(coarseWidth, coarseHeight, coarse)
  upsampler = solveWorkingAlpha<Uint16Array>(network, regions!, workingGuide!, width, height, iterations, fadedPin)
}

/** Of the rows `from` to before `to`: 0 where alpha is 0 in all of them, 3 where the image's colors decide. */
export function kindOfBand(from: i32, to: i32): i32 {
  return kindOfRows(upsampler!, from, to)
}

/** Alpha of the rows `from` to before `to`, of which `guide` holds the colors. */
export function upsampleBand(from: i32, to: i32, guide: Uint8Array, out: Float32Array): void {
  out.fill(0, 0, (to - from) * width)
  for (let y = from; y < to; y++) {
    const first = (y - from) * width
    upsampleRow<Uint8Array>(upsampler!, y, guide, first * 3, 3, out, first)
  }
}
