// From a network's coarse alpha to an alpha whose edges come from the picture: regions decided first, then matting inside
// the uncertain band, both on a copy of moderate size; the result is carried to full size by the picture's own colors.
// The steps are files of their own; the choice of sizes and strengths is made here.

import type { Plane, Raster } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'
import { sampleRaster } from '../pixels/sample-raster.ts'
import { uncertainBand } from './edges/band.ts'
import { weighColors } from './edges/color-posterior.ts'
import { guidedUpsample } from './edges/guided-upsample.ts'
import { buildLocalModels } from './edges/local-linear.ts'
import { sightedBand } from './edges/sighted-band.ts'
import { solveBand } from './edges/solve-matte.ts'
import { decideRegions } from './regions/region-decision.ts'

export const MATTE_QUALITIES = ['fast', 'balanced', 'best'] as const
export type MatteQuality = (typeof MATTE_QUALITIES)[number]

/** Radius of the matting windows, in pixels of the coarse alpha: about the width of a network's own ramps. */
const RADIUS = 5
/** A standard deviation of 1 % of the range, which is noise. */
const EPSILON = 1e-4
/** What is left within this of 0 or 1 after matting is residue of smooth models, not transparency that can be seen. */
const RESIDUE = 0.04

interface Effort {
  /** Rounds of conjugate gradients; without any, alpha is filtered once instead of solved for. */
  readonly iterations: number
  /** Pixels of the copy that is worked on, at most: bounds time and memory whatever the picture's size. */
  readonly workingPixels: number
}

export const EFFORTS: Readonly<Record<MatteQuality, Effort>> = {
  fast: { iterations: 0, workingPixels: 100_000 },
  balanced: { iterations: 8, workingPixels: 200_000 },
  best: { iterations: 12, workingPixels: 2 ** 21 },
}

/**
 * Alpha at the size of `guide` (8-bit sRGB) from `coarse`, an alpha of any size stretched over the picture.
 * Doubtful regions are decided, edges are taken from the picture, glass and hair stay soft.
 */
export function refineAlpha(coarse: Plane, guide: Raster, options: { readonly quality: MatteQuality }): Plane {
  const { iterations, workingPixels } = EFFORTS[options.quality]
  const shrink = Math.max(1, Math.sqrt((guide.width * guide.height) / workingPixels))
  const width = Math.ceil(guide.width / shrink)
  const height = Math.ceil(guide.height / shrink)
  const workingGuide = shrink === 1 ? guide : sampleRaster(guide, width, height)
  const alpha = decideRegions(resizePlane(coarse, width, height), coarse, workingGuide)
  const radius = Math.max(1, Math.round(RADIUS * Math.max(width / coarse.width, height / coarse.height)))
  const unsure = uncertainBand(alpha, radius)
  const models = buildLocalModels(unsure, workingGuide, radius, EPSILON)
  const band = sightedBand(unsure, models.models, alpha)
  const detail = (guide.width * guide.height) / (coarse.width * coarse.height)
  const term = () => weighColors(alpha, workingGuide, { band, radiusPx: radius, detail })
  const solved = iterations === 0 ? alpha : solveBand(alpha, models, { band, term: term(), iterations })
  if (shrink === 1 && iterations > 0) return withoutResidue(solved)
  return guidedUpsample(solved, models, guide, { band, residue: RESIDUE })
}

/** Stretches alpha from RESIDUE..1 - RESIDUE to 0..1, in place. */
function withoutResidue(alpha: Plane): Plane {
  const { data } = alpha
  const scale = 1 / (1 - 2 * RESIDUE)
  for (let i = 0; i < data.length; i++) {
    const wide = (data[i]! - RESIDUE) * scale
    data[i] = wide < 0 ? 0 : wide > 1 ? 1 : wide
  }
  return alpha
}
