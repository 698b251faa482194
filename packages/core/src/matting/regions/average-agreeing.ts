// Two answers of a network about one image, averaged, are steadier than either. Where they contradict each other one of them is
// wrong, and their mean would be wrong for certain: there the first is kept.

import { clamp01 } from '../../pixels/clamp.ts'
import type { Plane } from '../../pixels/raster.ts'
import { resizePlane } from '../../pixels/resize.ts'

/** Difference of the two answers up to which their mean counts wholly, and from which it does not count. */
const AGREE = 0.2
const CONTRADICT = 0.5

/** `alpha` averaged with `other`, stretched over the same image, where the two agree. */
export function averageAgreeing(alpha: Plane, other: Plane): Plane {
  const { width, height } = alpha
  const second = resizePlane(other, width, height).data
  const data = alpha.data.map((value, i) => {
    const difference = second[i]! - value
    const agreement = (CONTRADICT - Math.abs(difference)) / (CONTRADICT - AGREE)
    return value + (difference / 2) * clamp01(agreement)
  })
  return { width, height, data }
}
