// Where an image has something to say about alpha: not in areas without contrast, far from any edge. Compiled to WebAssembly too.

import type { f64, i32 } from '../../pixels/numbers.ts'
import { dilate } from './band.ts'
import type { LocalModels } from './local-models.ts'

/**
 * Variance of color (three channels of 0..1 together) from which a window shows something: what the epsilon of the models
 * counts as noise, once a channel. Below it a model is a blur.
 */
const VISIBLE: f64 = 3e-4
/** An edge carries its verdict over flat surroundings of this many radii. */
const REACH: i32 = 4

/** `band` without the pixels that no contrast is near to: there the given alpha is all that is known. */
export function sightedBand(band: Uint8Array, all: LocalModels): Uint8Array {
  const width = all.width
  const spans = all.fitted
  const seen = new Uint8Array(width * all.height)
  for (let y = 0; y < all.height; y++) {
    for (let span = spans.rows[y]!; span < spans.rows[y + 1]!; span++) {
      let at = spans.place[span]!
      const end = y * width + spans.right[span]!
      for (let i = y * width + spans.left[span]!; i < end; i++, at++) {
        if (band[i] === 1 && all.variance[at]! > VISIBLE) seen[i] = 1
      }
    }
  }
  dilate(seen, width, all.height, REACH * all.radius)
  for (let i = 0; i < width * all.height; i++) seen[i] = seen[i]! & band[i]!
  return seen
}
