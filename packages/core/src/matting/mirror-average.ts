// Test-time mirroring: what a network says of a picture and of its mirror image, averaged, is steadier than either.

import type { Plane } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'

/** Mean of `alpha` and of `mirrored`, the alpha of the picture flipped left to right. */
export function averageMirrored(alpha: Plane, mirrored: Plane): Plane {
  const { width, height } = alpha
  const other = resizePlane(mirrored, width, height).data
  const data = alpha.data.map((value, i) => {
    const x = i % width
    return (value + other[i - x + width - 1 - x]!) / 2
  })
  return { width, height, data }
}
