// A matte without transparency.

import type { Plane } from '../../pixels/raster.ts'

/** 1 where `alpha` is at least `threshold`, else 0. */
export function harden(alpha: Plane, threshold: number): Plane {
  return { ...alpha, data: alpha.data.map((value) => (value >= threshold ? 1 : 0)) }
}
