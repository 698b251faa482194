// The matte of the working copy: regions decided, then matting inside the uncertain band. What comes out carries it to full size.
// The steps are files of their own; here they are in order. Compiled to WebAssembly too.

import type { f64, i32, Samples } from '../../pixels/numbers.ts'
import type { Pixels, Plane } from '../../pixels/plane.ts'
import { carryOver, type RegionDecision } from '../regions/carry-over.ts'
import { uncertainBand } from './band.ts'
import { DataTermOptions, dataTerm, Evidence } from './data-term.ts'
import { smallness } from './evidence.ts'
import { trustFaintSteps } from './faint-steps.ts'
import { buildLocalModels, type LocalModels } from './local-models.ts'
import { residueOf } from './residue.ts'
import { sharpnessOf } from './sharpness.ts'
import { sightedBand } from './sighted-band.ts'
import { solveBand } from './solve-band.ts'
import { unexplainedBy } from './unexplained.ts'
import { openUpsampler, type Upsampler } from './upsampler.ts'
import { networkAlpha, windowRadius } from './working-size.ts'

/** Variance of color (0..1) that is noise: a standard deviation of 1 % of the range. */
const EPSILON: f64 = 1e-4

/**
 * From `coarse`, a network's alpha, `regions`, what was decided about it, and `guide`, the working copy of an image of `width` x
 * `height`. Without `iterations` alpha is filtered once instead of solved for. `fadedPin`: how much the network's alpha counts where it
 * has resolved a thing, in votes of a window, in an image that holds more than the network saw.
 */
export function solveWorkingAlpha<T extends Samples>(
  coarse: Plane,
  regions: RegionDecision,
  guide: Pixels<T>,
  width: i32,
  height: i32,
  iterations: i32,
  fadedPin: f64,
): Upsampler {
  const detail = ((width as f64) * height) / ((coarse.width as f64) * coarse.height)
  const scale = Math.max((guide.width as f64) / coarse.width, (guide.height as f64) / coarse.height)
  const small = smallness(detail)
  const radius = windowRadius(detail, scale)
  const network = networkAlpha(coarse, guide.width, guide.height, detail)
  const alpha = carryOver(network, regions)
  const unsure = uncertainBand(alpha, radius)
  const models = buildLocalModels(unsure, guide, radius, EPSILON)
  const band = sightedBand(unsure, models)
  let solved = alpha
  if (iterations > 0) {
    const sharpness = sharpnessOf(coarse, band, width, height, guide.width, guide.height)
    trustFaintSteps(models, sharpness, EPSILON, 1 - small)
    const evidence = new Evidence(network, alpha, sharpness, finerThan(models, network, band, small))
    const term = dataTerm(evidence, guide, new DataTermOptions(band, radius, detail, fadedPin))
    solved = solveBand(alpha, models, band, term, iterations, 0)
  }
  return openUpsampler(solved, models, band, guide, width, height, residueOf(network, radius, small), iterations > 0)
}

/** How much of what is finer than the image the network has told apart: only of an image smaller than what it saw. */
function finerThan(models: LocalModels, network: Plane, band: Uint8Array, small: f64): Float32Array {
  if (small === 0) return new Float32Array(band.length)
  const finer = unexplainedBy(models, network, band)
  for (let i = 0; i < finer.length; i++) finer[i] = finer[i]! * small
  return finer
}
