// The color guided filter over a whole plane or over the uncertain band of one, tile by tile: memory is that of one tile.
// He, Sun, Tang, "Guided Image Filtering", ECCV 2010 and TPAMI 2013.

import type { Plane, Raster } from '../pixels/raster.ts'
import { bandTiles } from './band.ts'
import { applyLocalModel, buildLocalModel, createWorkspace } from './local-linear.ts'

export interface GuidedFilterOptions {
  /** Half the side of the windows, in pixels. */
  readonly radiusPx: number
  /** Variance of the guide (in 0..1) below which a window is smoothed rather than followed. */
  readonly epsilon: number
  /** 1 where the result is wanted; elsewhere the plane is handed through. Of the plane's size. */
  readonly band?: Uint8Array
}

/** Side of a tile: small ones fit a band closely, but the halo of two radii must not cost more than the tile. */
export function tileSide(radius: number): number {
  return Math.max(32, 6 * radius)
}

/** `plane` with the edges of `guide` (same size, 8 or 16 bit), clamped to [0, 1]. */
export function guidedFilter(plane: Plane, guide: Raster, options: GuidedFilterOptions): Plane {
  const { radiusPx: radius, epsilon, band } = options
  const { width, height } = plane
  const target = { width, height, data: plane.data.slice() }
  const side = tileSide(radius)
  const tiles = bandTiles(band ?? new Uint8Array(width * height).fill(1), width, height, side, 4 * side)
  const workspace = createWorkspace(Math.min(width, 4 * side + 4 * radius), Math.min(height, side + 4 * radius))
  for (const tile of tiles) {
    applyLocalModel(buildLocalModel(guide, tile, radius, epsilon, workspace), plane, target, workspace)
  }
  for (let i = 0; i < target.data.length; i++) {
    const value = band && band[i] === 0 ? plane.data[i]! : target.data[i]!
    target.data[i] = value < 0 ? 0 : Math.min(value, 1)
  }
  return target
}
