// Sum of absolute differences, in thousands, as matting papers print it. Grows with the size of the image.

import type { Plane } from '../pixels/raster.ts'
import { checkSameSize, totalAbsoluteDifference } from './compare.ts'

/** Sum of absolute differences of two alpha planes of one size, divided by 1000. Range 0..pixels / 1000; 0 is best. */
export function sad(actual: Plane, truth: Plane): number {
  checkSameSize(actual, truth)
  return totalAbsoluteDifference(actual, truth) / 1000
}
