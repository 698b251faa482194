// Mean absolute error: SAD without the size of the image.

import type { Plane } from '../pixels/raster.ts'
import { checkSameSize, totalAbsoluteDifference } from './compare.ts'

/** Mean absolute difference of two alpha planes of one size. Range 0..1; 0 is best. */
export function mae(actual: Plane, truth: Plane): number {
  checkSameSize(actual, truth)
  return totalAbsoluteDifference(actual, truth) / actual.data.length
}
