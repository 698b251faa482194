// Test-time mirroring: what a network says of a picture and of its mirror image, averaged, is steadier than either. Where the
// two contradict each other one of them is wrong, and their mean would be wrong for certain: there the first is kept.

import type { Plane } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'

/** Difference of the two answers up to which their mean counts wholly, and from which it does not count. */
const AGREE = 0.2
const CONTRADICT = 0.5

/** `alpha` averaged with `mirrored`, the alpha of the picture flipped left to right, where the two agree. */
export function averageMirrored(alpha: Plane, mirrored: Plane): Plane {
  const { width, height } = alpha
  const other = resizePlane(mirrored, width, height).data
  const data = new Float32Array(alpha.data.length)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0, j = i + width - 1; x < width; x++, i++, j--) {
      const value = alpha.data[i]!
      const difference = other[j]! - value
      const agreement = (CONTRADICT - Math.abs(difference)) / (CONTRADICT - AGREE)
      data[i] = value + (difference / 2) * Math.min(1, Math.max(0, agreement))
    }
  }
  return { width, height, data }
}
