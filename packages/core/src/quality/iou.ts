// Intersection over union of the binary masks: how well the region was found, whatever its edges look like.

import type { Plane } from '../pixels/raster.ts'
import { checkSameSize, MASK_THRESHOLD } from './compare.ts'

/** Intersection over union of the masks alpha >= 0.5. Range 0..1; 1 is best, and the value of two empty masks. */
export function iou(actual: Plane, truth: Plane): number {
  checkSameSize(actual, truth)
  const a = actual.data
  const t = truth.data
  let both = 0
  let either = 0
  for (let i = 0; i < a.length; i++) {
    const inActual = a[i]! >= MASK_THRESHOLD
    const inTruth = t[i]! >= MASK_THRESHOLD
    if (inActual && inTruth) both++
    if (inActual || inTruth) either++
  }
  return either === 0 ? 1 : both / either
}
