// From a network's coarse alpha to an alpha whose edges come from the picture: regions decided first, then matting inside
// the uncertain band, both on a copy of moderate size; the result is carried to full size by the picture's own colors.
// The steps are files of their own; the choice of sizes and strengths is made here.

import type { Plane, Raster } from '../pixels/raster.ts'
import { sampleRaster } from '../pixels/sample-raster.ts'
import { uncertainBand } from './edges/band.ts'
import { dataTerm } from './edges/data-term.ts'
import { smallness } from './edges/evidence.ts'
import { guidedUpsample } from './edges/guided-upsample.ts'
import { buildLocalModels } from './edges/local-linear.ts'
import { residueOf } from './edges/residue.ts'
import { sharpnessOf } from './edges/sharpness.ts'
import { sightedBand } from './edges/sighted-band.ts'
import { solveBand } from './edges/solve-band.ts'
import { networkAlpha, windowRadius } from './edges/working-size.ts'
import { decideRegions } from './regions/region-decision.ts'

export const MATTE_QUALITIES = ['fast', 'balanced', 'best'] as const
export type MatteQuality = (typeof MATTE_QUALITIES)[number]

/** A standard deviation of 1 % of the range, which is noise. */
const EPSILON = 1e-4

interface Effort {
  /** Rounds of conjugate gradients; without any, alpha is filtered once instead of solved for. */
  readonly iterations: number
  /** Pixels of the copy that is worked on, at most: bounds time and memory whatever the image's size. */
  readonly workingPixels: number
  /** How much the network's alpha counts where it has resolved a thing, in votes of a window. */
  readonly pin: number
}

export const EFFORTS: Readonly<Record<MatteQuality, Effort>> = {
  fast: { iterations: 0, workingPixels: 100_000, pin: 0 },
  balanced: { iterations: 6, workingPixels: 300_000, pin: 1 },
  // Its larger copy resolves by itself what pins hold in a small one.
  best: { iterations: 12, workingPixels: 2 ** 21, pin: 0.2 },
}

/**
 * Alpha at the size of `guide` (8-bit sRGB) from `coarse`, an alpha of any size stretched over the image.
 * Doubtful regions are decided, edges are taken from the image, glass and hair stay soft, and what the network resolved is kept.
 */
export function refineAlpha(coarse: Plane, guide: Raster, options: { readonly quality: MatteQuality }): Plane {
  const { iterations, workingPixels, pin } = EFFORTS[options.quality]
  const shrink = Math.max(1, Math.sqrt((guide.width * guide.height) / workingPixels))
  const width = Math.ceil(guide.width / shrink)
  const height = Math.ceil(guide.height / shrink)
  const workingGuide = shrink === 1 ? guide : sampleRaster(guide, width, height)
  const detail = (guide.width * guide.height) / (coarse.width * coarse.height)
  const small = smallness(detail)
  const network = networkAlpha(coarse, width, height, detail)
  const alpha = decideRegions(network, coarse, workingGuide)
  const scale = Math.max(width / coarse.width, height / coarse.height)
  const radius = windowRadius(detail, scale)
  const unsure = uncertainBand(alpha, radius)
  const models = buildLocalModels(unsure, workingGuide, radius, EPSILON)
  const band = sightedBand(unsure, models, width, height)
  const term = () => {
    const evidence = { network, alpha, sharpness: sharpnessOf(coarse, guide.width, guide.height, width, height) }
    return dataTerm(evidence, workingGuide, { band, radiusPx: radius, detail, small, pin })
  }
  const solves = iterations > 0
  const solved = solves ? solveBand(alpha, models, band, term(), iterations, 0) : alpha
  const residue = residueOf(network, radius, small)
  return guidedUpsample(solved, models, workingGuide, guide, { band, residue, exact: solves })
}
