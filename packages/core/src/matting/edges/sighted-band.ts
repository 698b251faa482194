// Where an image has something to say about alpha: not in areas without contrast, far from any edge. Compiled to WebAssembly too.

import type { f64, i32 } from '../../pixels/numbers.ts'
import { dilate } from './band.ts'
import type { LocalModels } from './local-linear.ts'
import type { LocalModel } from './local-model.ts'

/**
 * Variance of color (three channels of 0..1 together) from which a window shows something: what the epsilon of the models
 * counts as noise, once a channel. Below it a model is a blur.
 */
const VISIBLE: f64 = 3e-4
/** An edge carries its verdict over flat surroundings of this many radii. */
const REACH: i32 = 4

/** `band` without the pixels that no contrast is near to: there the given alpha is all that is known. */
export function sightedBand(band: Uint8Array, all: LocalModels, width: i32, height: i32): Uint8Array {
  const seen = new Uint8Array(width * height)
  for (let m = 0; m < all.models.length; m++) markSeen(band, all.models[m]!, width, seen)
  dilate(seen, width, height, REACH * all.radius)
  for (let i = 0; i < width * height; i++) seen[i] = seen[i]! & band[i]!
  return seen
}

function markSeen(band: Uint8Array, model: LocalModel, width: i32, seen: Uint8Array): void {
  const core = model.core
  const outer = model.outer
  const variance = model.variance
  for (let y = core.top; y < core.top + core.height; y++) {
    let from = (y - outer.top) * outer.width + core.left - outer.left
    const start = y * width + core.left
    for (let i = start; i < start + core.width; i++, from++) {
      if (band[i] === 1 && variance[from]! > VISIBLE) seen[i] = 1
    }
  }
}
