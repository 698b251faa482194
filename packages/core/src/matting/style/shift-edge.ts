// Moves the edge of a matte outwards or inwards: gray dilation or erosion by a disc (Serra 1982), only around the edge.

import type { Plane } from '../../pixels/raster.ts'
import { uncertainBand } from '../edges/band.ts'

/** Discs add up to larger discs (Minkowski), and several small ones cost less than a large one. */
const LONGEST_STEP = 8

/** `alpha` with its edge `px` pixels further out (positive) or in (negative); fractions are mixed from the two whole steps. */
export function shiftEdge(alpha: Plane, px: number): Plane {
  const outwards = px > 0
  let distance = Math.abs(px)
  let moved = alpha
  for (; distance > LONGEST_STEP; distance -= LONGEST_STEP) moved = moveWhole(moved, LONGEST_STEP, outwards)
  const whole = Math.floor(distance)
  const part = distance - whole
  const near = moveWhole(moved, whole, outwards)
  if (part === 0) return near
  const far = moveWhole(moved, whole + 1, outwards)
  // Both are ours or unchanged where it does not matter; `far` is ours for sure.
  for (let i = 0; i < far.data.length; i++) far.data[i] = near.data[i]! + (far.data[i]! - near.data[i]!) * part
  return far
}

/** By at most LONGEST_STEP pixels; `alpha` itself for 0. */
function moveWhole(alpha: Plane, radius: number, outwards: boolean): Plane {
  if (radius === 0) return alpha
  const { width, height } = alpha
  const data = alpha.data.slice()
  // Half widths of the disc's rows; the half pixel makes radius 1 a plus and larger ones round.
  const reach = Array.from({ length: 2 * radius + 1 }, (_, k) =>
    Math.floor(Math.sqrt((radius + 0.5) ** 2 - (k - radius) ** 2)),
  )
  reach[0] = reach[2 * radius] = Math.min(reach[0]!, radius - 1)
  const band = uncertainBand(alpha, radius)
  for (let y = 0, i = 0; y < height; y++) {
    const top = Math.max(0, y - radius)
    const bottom = Math.min(height - 1, y + radius)
    for (let x = 0; x < width; x++, i++) {
      if (band[i] === 0) continue
      let best = alpha.data[i]!
      for (let v = top; v <= bottom; v++) {
        const half = reach[v - y + radius]!
        const last = v * width + Math.min(width - 1, x + half)
        for (let j = v * width + Math.max(0, x - half); j <= last; j++) {
          const value = alpha.data[j]!
          if (outwards ? value > best : value < best) best = value
        }
      }
      data[i] = best
    }
  }
  return { width, height, data }
}
