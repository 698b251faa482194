// The rows of random-walk.ts. WebAssembly has them in vectors: packages/node/assembly/simd, at the same path.

import type { f64, i32 } from '../../pixels/numbers.ts'
import type { WalkSteps } from './walk-steps.ts'

/**
 * A round for `count` cells of a run, whose steps begin at `k`. `chance` has one row of `width` cells above the image and one below
 * it. From `at` on, `before` holds the chances of the round before, and then those of the next.
 */
export function walkRun(
  steps: WalkSteps,
  k: i32,
  count: i32,
  chance: Float32Array,
  before: Float32Array,
  at: i32,
  width: i32,
  omega: f64,
): void {
  for (let i = at; i < at + count; i++, k++) {
    const across = steps.left[k]! * chance[i - 1]! + steps.right[k]! * chance[i + 1]!
    const along = steps.above[k]! * chance[i - width]! + steps.below[k]! * chance[i + width]!
    const last = before[i]!
    // Rounded to a float on the way.
    before[i] = (across + along) / steps.all[k]!
    before[i] = Math.max(0, Math.min(1, last + omega * (before[i]! - last)))
  }
}
