// From a network's coarse alpha to an alpha whose edges come from the picture: regions decided first, then matting inside
// the uncertain band. The steps are files of their own; the choice of sizes and strengths is made here.

import type { Plane, Raster } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'
import { uncertainBand } from './band.ts'
import { decideRegions } from './region-decision.ts'
import { solveMatte } from './solve-matte.ts'

export type MatteQuality = 'fast' | 'balanced' | 'best'

/** Radius of the matting windows, in pixels of the coarse alpha: about the width of a network's own ramps. */
const RADIUS = 5
/** A standard deviation of 1 % of the range, which is noise. */
const EPSILON = 1e-4
/** The network is worth a fiftieth of a window's vote where it is undecided, ten votes where it is sure. */
const TRUST = 0.02
const TRUST_SURE = 10

const ITERATIONS: Record<MatteQuality, number> = { fast: 1, balanced: 3, best: 20 }

/**
 * Alpha at the size of `guide` (8-bit sRGB) from `coarse`, an alpha of any size stretched over the picture.
 * Doubtful regions are decided, edges are taken from the picture, glass and hair stay soft.
 */
export function refineAlpha(coarse: Plane, guide: Raster, options: { readonly quality: MatteQuality }): Plane {
  const { width, height } = guide
  const stretched = resizePlane(coarse, width, height)
  const decided = decideRegions(stretched, coarse, guide)
  const radius = Math.max(1, Math.round(RADIUS * Math.max(width / coarse.width, height / coarse.height)))
  return solveMatte(decided, guide, {
    radiusPx: radius,
    epsilon: EPSILON,
    band: uncertainBand(decided, radius),
    trust: TRUST,
    trustSure: TRUST_SURE,
    iterations: ITERATIONS[options.quality],
  })
}
