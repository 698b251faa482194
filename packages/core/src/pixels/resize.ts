// Resizing of float planes.

import type { Plane } from './raster.ts'
import { resampleCubic, resampleLinear } from './resample.ts'

export type ResizeFilter = 'linear' | 'cubic'

/**
 * A plane of `width` x `height`; `plane` itself when it has that size already. `cubic` (Catmull-Rom) overshoots: clamp the result
 * where a range must hold.
 */
export function resizePlane(plane: Plane, width: number, height: number, filter: ResizeFilter = 'linear'): Plane {
  return filter === 'linear' ? resampleLinear(plane, width, height) : resampleCubic(plane, width, height)
}
