// Softens the edge of a matte: three box filters in a row are close to a Gaussian (Wells, PAMI 1986).

import { boxFilter } from '../pixels/box-filter.ts'
import type { Plane } from '../pixels/raster.ts'

/** `alpha` blurred with a standard deviation of `sigmaPx` pixels, mixed from the two whole radii around the exact one. */
export function feather(alpha: Plane, sigmaPx: number): Plane {
  // Variance of three boxes of radius r: 3 ((2r + 1)^2 - 1) / 12 = r (r + 1).
  const radius = (Math.sqrt(4 * sigmaPx * sigmaPx + 1) - 1) / 2
  const whole = Math.floor(radius)
  const below = whole * (whole + 1)
  const above = (whole + 1) * (whole + 2)
  const part = (sigmaPx * sigmaPx - below) / (above - below)
  const near = blur(alpha, whole)
  const far = blur(alpha, whole + 1)
  return {
    ...alpha,
    data: near.data.map((value, i) => Math.min(1, Math.max(0, value + (far.data[i]! - value) * part))),
  }
}

function blur(plane: Plane, radius: number): Plane {
  return radius === 0 ? plane : boxFilter(boxFilter(boxFilter(plane, radius), radius), radius)
}
