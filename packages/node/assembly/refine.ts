// As core's matting/refine-alpha.ts, in three parts: rows of the picture are sampled, alpha is solved for on the small copy,
// and carried to full size row by row. What lies between is kept in this instance.

import { uncertainBand } from '../../core/src/matting/edges/band'
import { DataTermOptions, dataTerm, Evidence } from '../../core/src/matting/edges/data-term'
import { smallness } from '../../core/src/matting/edges/evidence'
import { buildLocalModels } from '../../core/src/matting/edges/local-linear'
import { residueOf } from '../../core/src/matting/edges/residue'
import { sharpnessOf } from '../../core/src/matting/edges/sharpness'
import { sightedBand } from '../../core/src/matting/edges/sighted-band'
import { solveBand } from '../../core/src/matting/edges/solve-band'
import { kindOfRows, openUpsampler, Upsampler, upsampleRow } from '../../core/src/matting/edges/upsampler'
import { networkAlpha, windowRadius } from '../../core/src/matting/edges/working-size'
import { decideRegions } from '../../core/src/matting/regions/region-decision'
import { Pixels, Plane } from '../../core/src/pixels/plane'
import { Sampler, sampleRow } from '../../core/src/pixels/sample-raster'

const EPSILON: f64 = 1e-4

let guideWidth = 0
let guideHeight = 0
let width = 0
let height = 0
let sampler: Sampler | null = null
/** The small copy. */
let workingGuide: Pixels<Uint16Array> | null = null
let upsampler: Upsampler | null = null

/** The copy that is worked on has at most `workingPixels`. Gives its rows. */
export function openRefine(fullWidth: i32, fullHeight: i32, workingPixels: i32): i32 {
  guideWidth = fullWidth
  guideHeight = fullHeight
  const shrink = Math.max(1, Math.sqrt((<f64>guideWidth * <f64>guideHeight) / <f64>workingPixels))
  width = <i32>Math.ceil(<f64>guideWidth / shrink)
  height = <i32>Math.ceil(<f64>guideHeight / shrink)
  sampler = new Sampler(guideWidth, guideHeight, width, height)
  workingGuide = new Pixels<Uint16Array>(width, height, 3, new Uint16Array(width * height * 3))
  return height
}

/** The first (0) or last (1) row of the picture that row `y` of the small copy reads. */
export function rowToSample(y: i32, last: i32): i32 {
  return last !== 0 ? sampler!.lastRow(y) : sampler!.firstRow(y)
}

export function sampleGuide(y: i32, first: Uint8Array, last: Uint8Array): void {
  sampleRow<Uint8Array>(sampler!, y, first, 0, last, 0, 3, workingGuide!.data)
}

export function solve(coarse: Float32Array, coarseWidth: i32, coarseHeight: i32, iterations: i32, pin: f64): void {
  const detail = (<f64>guideWidth * <f64>guideHeight) / (<f64>coarseWidth * <f64>coarseHeight)
  const small = smallness(detail)
  const answer = new Plane(coarseWidth, coarseHeight, coarse)
  const network = networkAlpha(answer, width, height, detail)
  const alpha = decideRegions<Uint16Array>(network, answer, workingGuide!)
  const ratio = Math.max(<f64>width / <f64>coarseWidth, <f64>height / <f64>coarseHeight)
  const radius = windowRadius(detail, ratio)
  const unsure = uncertainBand(alpha, radius)
  const models = buildLocalModels<Uint16Array>(unsure, workingGuide!, radius, EPSILON)
  const band = sightedBand(unsure, models, width, height)
  let solved = alpha
  if (iterations > 0) {
    const sharpness = sharpnessOf(answer, guideWidth, guideHeight, width, height)
    const options = new DataTermOptions(band, radius, detail, small, pin)
    const term = dataTerm<Uint16Array>(new Evidence(network, alpha, sharpness), workingGuide!, options)
    solved = solveBand(alpha, models, band, term, iterations, 0)
  }
  const residue = residueOf(network, radius, small)
  const exact = iterations > 0
  upsampler = openUpsampler<Uint16Array>(solved, models, band, workingGuide!, guideWidth, guideHeight, residue, exact)
}

/** Of the rows `from` to before `to`: 0 where alpha is 0 in all of them, 3 where the picture's colors decide. */
export function kindOfBand(from: i32, to: i32): i32 {
  return kindOfRows(upsampler!, from, to)
}

/** Alpha of the rows `from` to before `to`, of which `guide` holds the colors. */
export function upsampleBand(from: i32, to: i32, guide: Uint8Array, out: Float32Array): void {
  out.fill(0, 0, (to - from) * guideWidth)
  for (let y = from; y < to; y++) {
    const first = (y - from) * guideWidth
    upsampleRow<Uint8Array>(upsampler!, y, guide, first * 3, 3, out, first)
  }
}
