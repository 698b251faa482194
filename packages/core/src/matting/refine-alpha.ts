// From a network's coarse alpha to an alpha whose edges come from the picture: regions decided first, then matting inside
// the uncertain band, both on a copy of moderate size; the result is carried to full size by the picture's own colors.
// The steps are files of their own; sizes and efforts are chosen here.

import type { Pixels } from '../pixels/plane.ts'
import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import { sampleRaster } from '../pixels/sample-raster.ts'
import { upsampleRow } from './edges/upsampler.ts'
import { solveWorkingAlpha } from './edges/working-alpha.ts'
import { shrinkFor } from './edges/working-size.ts'
import type { RegionDecision } from './regions/carry-over.ts'
import { decideRegions as decideRegionsOf } from './regions/region-decision.ts'

export const MATTE_QUALITIES = ['fast', 'balanced', 'best'] as const
export type MatteQuality = (typeof MATTE_QUALITIES)[number]

export interface MatteOptions {
  readonly quality: MatteQuality
}

export interface RefineOptions extends MatteOptions {
  /** What `decideRegions` gives for the same alpha, image and quality. Decided anew without. */
  readonly regions?: RegionDecision | undefined
}

interface Effort {
  /** Rounds of conjugate gradients; without any, alpha is filtered once instead of solved for. */
  readonly iterations: number
  /** Pixels of the copy that is worked on, at most: bounds time and memory whatever the image's size. */
  readonly workingPixels: number
  /** How much the network's alpha counts where it has resolved a thing and the image holds more, in votes of a window. */
  readonly fadedPin: number
}

export const EFFORTS: Readonly<Record<MatteQuality, Effort>> = {
  fast: { iterations: 0, workingPixels: 100_000, fadedPin: 0 },
  balanced: { iterations: 6, workingPixels: 300_000, fadedPin: 0.1 },
  // Its larger copy resolves by itself what pins hold in a small one.
  best: { iterations: 12, workingPixels: 2 ** 21, fadedPin: 0.02 },
}

/**
 * Alpha at the size of `guide` (8-bit sRGB) from `coarse`, an alpha of any size stretched over the image.
 * Doubtful regions are decided, edges are taken from the image, glass and hair stay soft, and what the network resolved is kept.
 */
export function refineAlpha(coarse: Plane, guide: Raster, { quality, regions }: RefineOptions): Plane {
  const { iterations, fadedPin } = EFFORTS[quality]
  const { width, height, channels, data } = guide
  const copy = workingCopy(guide, quality)
  const decision = regions ?? decideRegionsOf(coarse, copy)
  const up = solveWorkingAlpha(coarse, decision, copy, width, height, iterations, fadedPin)
  const alpha = createPlane(width, height)
  for (let y = 0; y < height; y++) upsampleRow(up, y, data, y * width * channels, channels, alpha.data, y * width)
  return alpha
}

/** What `refineAlpha` decides about doubtful regions before it looks for edges. */
export function decideRegions(coarse: Plane, guide: Raster, { quality }: MatteOptions): RegionDecision {
  return decideRegionsOf(coarse, workingCopy(guide, quality))
}

function workingCopy(guide: Raster, quality: MatteQuality): Raster | Pixels<Uint16Array> {
  const { width, height } = guide
  const shrink = shrinkFor(width, height, EFFORTS[quality].workingPixels)
  return shrink === 1 ? guide : sampleRaster(guide, Math.ceil(width / shrink), Math.ceil(height / shrink))
}
