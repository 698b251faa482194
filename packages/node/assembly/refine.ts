// As core's matting/refine-alpha.ts.

import { sightedBand, uncertainBand } from './band'
import { buildModels } from './models'
import { resizeLinear, sampleRaster } from './planes'
import { decideRegions } from './regions'
import { solveBand } from './solve'
import { guidedUpsample } from './upsample'

const RADIUS: f64 = 5
const EPSILON: f64 = 1e-4
const TRUST: f64 = 0.02
const TRUST_SURE: f64 = 10
const RESIDUE: f64 = 0.04

/** Alpha (f32) of the size of `guide`, 8-bit RGB. The working copy is smaller than it: at most `workingPixels`. */
export function refineAlpha(
  coarse: usize,
  coarseWidth: i32,
  coarseHeight: i32,
  guide: usize,
  guideWidth: i32,
  guideHeight: i32,
  iterations: i32,
  workingPixels: i32,
): usize {
  const shrink = Math.sqrt(<f64>(guideWidth * guideHeight) / <f64>workingPixels)
  const width = <i32>Math.ceil(<f64>guideWidth / shrink)
  const height = <i32>Math.ceil(<f64>guideHeight / shrink)
  const working = sampleRaster(guide, false, guideWidth, guideHeight, width, height)
  const coarseSmall = resizeLinear(coarse, coarseWidth, coarseHeight, width, height)
  const alpha = decideRegions(coarseSmall, width, height, coarse, coarseWidth, coarseHeight, working, width, height)
  const ratio = Math.max(<f64>width / <f64>coarseWidth, <f64>height / <f64>coarseHeight)
  const radius = max(1, <i32>Math.floor(RADIUS * ratio + 0.5))
  const unsure = uncertainBand(alpha, width, height, radius)
  const models = buildModels(unsure, working, width, height, radius, EPSILON)
  const band = sightedBand(unsure, models.models, width, height, models.models.length > 0 ? radius : 0)
  const solved = iterations === 0 ? alpha : solveBand(alpha, width, height, models, band, TRUST, TRUST_SURE, iterations)
  return guidedUpsample(solved, width, height, models, band, guide, guideWidth, guideHeight, RESIDUE)
}
