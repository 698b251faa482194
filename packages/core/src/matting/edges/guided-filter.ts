// The color guided filter over a whole plane or over the uncertain band of one, tile by tile.
// He, Sun, Tang, "Guided Image Filtering", ECCV 2010 and TPAMI 2013.

import { clamp01 } from '../../pixels/clamp.ts'
import type { Plane, Raster } from '../../pixels/raster.ts'
import { applyLocalModels } from './local-linear.ts'
import { buildLocalModels } from './local-models.ts'

export interface GuidedFilterOptions {
  /** Half the side of the windows, in pixels. */
  readonly radiusPx: number
  /** Variance of the guide (in 0..1) below which a window is smoothed rather than followed. */
  readonly epsilon: number
  /** 1 where the result is wanted; elsewhere the plane is handed through. Of the plane's size. */
  readonly band?: Uint8Array
}

/** `plane` with the edges of `guide` (same size, 8 or 16 bit), clamped to [0, 1]. */
export function guidedFilter(plane: Plane, guide: Raster, options: GuidedFilterOptions): Plane {
  const { radiusPx, epsilon, band } = options
  const { width, height } = plane
  const target = { width, height, data: plane.data.slice() }
  const models = buildLocalModels(band ?? new Uint8Array(width * height).fill(1), guide, radiusPx, epsilon)
  applyLocalModels(models, plane.data, target.data)
  for (let i = 0; i < target.data.length; i++) {
    target.data[i] = clamp01(band && band[i] === 0 ? plane.data[i]! : target.data[i]!)
  }
  return target
}
