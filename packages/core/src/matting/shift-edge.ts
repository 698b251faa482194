// Moves the edge of a matte outwards or inwards: gray dilation or erosion by a disc (Serra 1982), only around the edge.

import type { Plane } from '../pixels/raster.ts'
import { uncertainBand } from './band.ts'

/** `alpha` with its edge `px` pixels further out (positive) or in (negative); fractions are mixed from the two whole steps. */
export function shiftEdge(alpha: Plane, px: number): Plane {
  const distance = Math.abs(px)
  const whole = Math.floor(distance)
  const part = distance - whole
  const near = moveWhole(alpha, whole, px > 0)
  if (part === 0) return near
  const far = moveWhole(alpha, whole + 1, px > 0)
  return { ...near, data: near.data.map((value, i) => value + (far.data[i]! - value) * part) }
}

function moveWhole(alpha: Plane, radius: number, outwards: boolean): Plane {
  const { width, height } = alpha
  const data = alpha.data.slice()
  if (radius === 0) return { width, height, data }
  // Half widths of the disc's rows; the half pixel makes radius 1 a plus and larger ones round.
  const reach = Array.from({ length: 2 * radius + 1 }, (_, k) =>
    Math.floor(Math.sqrt((radius + 0.5) ** 2 - (k - radius) ** 2)),
  )
  reach[0] = reach[2 * radius] = Math.min(reach[0]!, radius - 1)
  const band = uncertainBand(alpha, radius)
  for (let i = 0; i < band.length; i++) {
    if (band[i] === 0) continue
    const x = i % width
    const y = (i - x) / width
    let best = alpha.data[i]!
    for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++) {
      const half = reach[v - y + radius]!
      const last = v * width + Math.min(width - 1, x + half)
      for (let j = v * width + Math.max(0, x - half); j <= last; j++) {
        const value = alpha.data[j]!
        if (outwards ? value > best : value < best) best = value
      }
    }
    data[i] = best
  }
  return { width, height, data }
}
