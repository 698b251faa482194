// Softens the edge of a matte: three box filters in a row are close to a Gaussian (Wells, PAMI 1986). Runs in tiles around the
// edge: elsewhere a matte is constant and blurring it changes nothing.

import { boxFilter } from '../../pixels/box-filter.ts'
import type { Box, Plane } from '../../pixels/raster.ts'
import { bandTiles, uncertainBand } from '../edges/band.ts'

/** Side of a tile; its halo comes on top. */
const TILE = 256

/** `alpha` blurred with a standard deviation of `sigmaPx` pixels, mixed from the two whole radii around the exact one. */
export function feather(alpha: Plane, sigmaPx: number): Plane {
  const { width, height } = alpha
  const out = { width, height, data: alpha.data.slice() }
  if (sigmaPx <= 0) return out
  // Variance of three boxes of radius r: 3 ((2r + 1)^2 - 1) / 12 = r (r + 1).
  const whole = Math.floor((Math.sqrt(4 * sigmaPx * sigmaPx + 1) - 1) / 2)
  const below = whole * (whole + 1)
  const above = (whole + 1) * (whole + 2)
  const part = (sigmaPx * sigmaPx - below) / (above - below)
  const reach = 3 * (whole + 1)
  for (const tile of bandTiles(uncertainBand(alpha, reach), width, height, TILE, 4 * TILE)) {
    const outer = grown(tile, reach, alpha)
    const source = cut(alpha, outer)
    const near = blurThrice(source, outer, whole)
    const far = blurThrice(source, outer, whole + 1)
    for (let y = tile.top; y < tile.top + tile.height; y++) {
      let from = (y - outer.top) * outer.width + tile.left - outer.left
      for (let i = y * width + tile.left, end = i + tile.width; i < end; i++, from++) {
        const value = near[from]! + (far[from]! - near[from]!) * part
        out.data[i] = value < 0 ? 0 : Math.min(1, value)
      }
    }
  }
  return out
}

function grown(tile: Box, reach: number, { width, height }: Plane): Box {
  const left = Math.max(0, tile.left - reach)
  const top = Math.max(0, tile.top - reach)
  return {
    left,
    top,
    width: Math.min(width, tile.left + tile.width + reach) - left,
    height: Math.min(height, tile.top + tile.height + reach) - top,
  }
}

function cut({ width, data }: Plane, box: Box): Float32Array {
  const out = new Float32Array(box.width * box.height)
  for (let y = 0; y < box.height; y++) {
    const from = (box.top + y) * width + box.left
    out.set(data.subarray(from, from + box.width), y * box.width)
  }
  return out
}

function blurThrice(data: Float32Array, { width, height }: Box, radius: number): Float32Array {
  if (radius === 0) return data
  let plane: Plane = { width, height, data }
  for (let round = 0; round < 3; round++) plane = boxFilter(plane, radius)
  return plane.data
}
