// Mean squared error: large mistakes count for more than in MAE.

import type { Plane } from '../pixels/raster.ts'
import { checkSameSize } from './compare.ts'

/** Mean squared difference of two alpha planes of one size. Range 0..1; 0 is best. */
export function mse(actual: Plane, truth: Plane): number {
  checkSameSize(actual, truth)
  const a = actual.data
  const t = truth.data
  let sum = 0
  for (let i = 0; i < a.length; i++) {
    const d = a[i]! - t[i]!
    sum += d * d
  }
  return sum / a.length
}
