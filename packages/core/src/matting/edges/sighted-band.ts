// Where a picture has something to say about alpha: not in areas without contrast, far from any edge.

import type { Size } from '../../pixels/raster.ts'
import { dilate } from './band.ts'
import type { LocalModel } from './local-linear.ts'

/**
 * Variance of color (three channels of 0..1 together) from which a window shows something: what the epsilon of the models
 * counts as noise, once a channel. Below it a model is a blur.
 */
const VISIBLE = 3e-4
/** An edge carries its verdict over flat surroundings of this many radii. */
const REACH = 4

/** `band` without the pixels that no contrast is near to: there the given alpha is all that is known. */
export function sightedBand(band: Uint8Array, models: readonly LocalModel[], { width, height }: Size): Uint8Array {
  const seen = new Uint8Array(band.length)
  for (const { core, outer, variance } of models) {
    for (let y = core.top; y < core.top + core.height; y++) {
      let i = y * width + core.left
      let from = (y - outer.top) * outer.width + core.left - outer.left
      for (const end = i + core.width; i < end; i++, from++) if (band[i] === 1 && variance[from]! > VISIBLE) seen[i] = 1
    }
  }
  const radius = models[0]?.radius ?? 0
  dilate(seen, width, height, REACH * radius)
  for (let i = 0; i < seen.length; i++) seen[i]! &= band[i]!
  return seen
}
