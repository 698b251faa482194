// Where a network has resolved an edge that the image shows faintly, less color counts as noise: else alpha of a thin line that
// differs from its ground by few levels is drawn half way to the ground's. Compiled to WebAssembly too.

import type { f64, i32 } from '../../pixels/numbers.ts'
import { stepAt } from './evidence.ts'
import { type LocalModels, WINDOW, writeInverse } from './local-models.ts'
import type { Sharpness } from './sharpness.ts'

/** Noise of a faint window: that share of its variance of color, and at least so much (0.3 % of the range, as a deviation). */
const SHARE: f64 = 0.02
const LEAST: f64 = 1e-5

/** Lowers the `epsilon` that `models` were built with around steep steps: wholly where `share` is 1, not at all where it is 0. */
export function trustFaintSteps(models: LocalModels, sharpness: Sharpness, epsilon: f64, share: f64): void {
  if (share === 0) return
  const spans = models.fitted
  const lowest = sharpness.lowest
  const highest = sharpness.highest
  const variance = models.variance
  for (let y = 0; y < models.height; y++) {
    for (let span = spans.rows[y]!; span < spans.rows[y + 1]!; span++) {
      let at: i32 = spans.place[span]!
      const end = y * models.width + spans.right[span]!
      for (let i = y * models.width + spans.left[span]!; i < end; i++, at++) {
        const noise = Math.max(LEAST, SHARE * variance[at]!)
        if (noise >= epsilon) continue
        const step = share * stepAt(lowest[i]!, highest[i]!)
        if (step > 0) lessen(models.window, at * WINDOW + 3, (epsilon - noise) * step)
      }
    }
  }
}

/** The inverse of a symmetric matrix, from `i` on, becomes that of the matrix with `by` less on its diagonal. */
function lessen(m: Float32Array, i: i32, by: f64): void {
  writeInverse(m[i]!, m[i + 1]!, m[i + 2]!, m[i + 3]!, m[i + 4]!, m[i + 5]!, m, i)
  writeInverse(m[i]! - by, m[i + 1]!, m[i + 2]!, m[i + 3]! - by, m[i + 4]!, m[i + 5]! - by, m, i)
}
