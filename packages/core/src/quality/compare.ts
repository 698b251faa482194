// What several metrics share: the check of their arguments, the sum under SAD and MAE, the meaning of "mask".

import { KoutuError } from '../errors/koutu-error.ts'
import type { Plane } from '../pixels/raster.ts'

/** A pixel belongs to the mask from here on. No 8-bit alpha lies on it (127/255 is below, 128/255 above). */
export const MASK_THRESHOLD = 0.5

/** Throws `INTERNAL` unless both planes have the same size, at least one pixel, and as many samples as they claim. */
export function checkSameSize(actual: Plane, truth: Plane): void {
  const { width, height } = truth
  const area = width * height
  if (actual.width !== width || actual.height !== height) {
    throw new KoutuError('INTERNAL', {
      detail: `expected an alpha of ${width} x ${height}, the size of the truth, but received ${actual.width} x ${actual.height}`,
    })
  }
  if (!(area > 0) || actual.data.length !== area || truth.data.length !== area) {
    throw new KoutuError('INTERNAL', {
      detail: `expected ${area} > 0 samples in each plane but received ${actual.data.length} and ${truth.data.length}`,
    })
  }
}

export function totalAbsoluteDifference(actual: Plane, truth: Plane): number {
  const a = actual.data
  const t = truth.data
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - t[i]!)
  return sum
}
