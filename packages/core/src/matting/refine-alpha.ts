// From a network's coarse alpha to an alpha whose edges come from the picture: regions decided first, then matting inside
// the uncertain band. The steps are files of their own; the choice of sizes and strengths is made here.

import type { Plane, Raster } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'
import { sampleColor } from '../pixels/sample-color.ts'
import { uncertainBand } from './band.ts'
import { guidedUpsample } from './guided-upsample.ts'
import { decideRegions } from './region-decision.ts'
import { sightedBand } from './sighted-band.ts'
import { solveMatte } from './solve-matte.ts'

export type MatteQuality = 'fast' | 'balanced' | 'best'

/** Radius of the matting windows, in pixels of the coarse alpha: about the width of a network's own ramps. */
const RADIUS = 5
/** A standard deviation of 1 % of the range, which is noise. */
const EPSILON = 1e-4
/** The network is worth a fiftieth of a window's vote where it is undecided, ten votes where it is sure. */
const TRUST = 0.02
const TRUST_SURE = 10
/** What is left within this of 0 or 1 after matting is residue of smooth models, not transparency that can be seen. */
const RESIDUE = 0.04

interface Effort {
  readonly iterations: number
  /** Smallest radius, in pixels of the working size: the picture is solved smaller until its windows are that small. */
  readonly workingRadius: number
  /** Most pixels that are solved for at once, which bounds time and memory. */
  readonly workingPixels: number
}

const EFFORTS: Record<MatteQuality, Effort> = {
  fast: { iterations: 2, workingRadius: 2, workingPixels: 2 ** 19 },
  balanced: { iterations: 5, workingRadius: 2, workingPixels: 2 ** 19 },
  best: { iterations: 24, workingRadius: 5, workingPixels: 2 ** 22 },
}

/**
 * Alpha at the size of `guide` (8-bit sRGB) from `coarse`, an alpha of any size stretched over the picture.
 * Doubtful regions are decided, edges are taken from the picture, glass and hair stay soft.
 */
export function refineAlpha(coarse: Plane, guide: Raster, options: { readonly quality: MatteQuality }): Plane {
  const { width, height } = guide
  const { iterations, workingRadius, workingPixels } = EFFORTS[options.quality]
  const fullRadius = RADIUS * Math.max(width / coarse.width, height / coarse.height)
  const shrink = Math.max(1, fullRadius / workingRadius, Math.sqrt((width * height) / workingPixels))
  const decided = decideRegions(resizePlane(coarse, width, height), coarse, guide)
  const small = shrink < 1.25 ? decided : resizePlane(decided, Math.ceil(width / shrink), Math.ceil(height / shrink))
  const smallGuide = small === decided ? guide : shrinkGuide(guide, small.width, small.height)
  const radius = Math.max(1, Math.round((fullRadius * small.width) / width))
  const band = sightedBand(uncertainBand(small, radius), smallGuide, radius)
  const solved = solveMatte(small, smallGuide, {
    radiusPx: radius,
    epsilon: EPSILON,
    band,
    trust: TRUST,
    trustSure: TRUST_SURE,
    iterations,
  })
  if (small === decided) return withoutResidue(solved)
  const full = guidedUpsample(solved, smallGuide, decided, guide, { radiusPx: radius, epsilon: EPSILON, band })
  return withoutResidue(full)
}

/** Stretches alpha from RESIDUE..1 - RESIDUE to 0..1, in place. */
function withoutResidue(alpha: Plane): Plane {
  const { data } = alpha
  const scale = 1 / (1 - 2 * RESIDUE)
  for (let i = 0; i < data.length; i++) data[i] = Math.min(1, Math.max(0, (data[i]! - RESIDUE) * scale))
  return alpha
}

/** 16 bit, so that averages keep what they gained. */
function shrinkGuide(guide: Raster, width: number, height: number): Raster {
  const planes = sampleColor(guide, width, height)
  const data = new Uint16Array(width * height * 3)
  planes.forEach((plane, channel) => {
    for (let i = 0; i < plane.length; i++) data[i * 3 + channel] = Math.round(plane[i]! * 65535)
  })
  return { width, height, channels: 3, alpha: 'none', data }
}
