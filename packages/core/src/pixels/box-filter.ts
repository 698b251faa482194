// Mean over a square window at a cost that does not depend on its radius (running sums).
// Windows are cut at the border and divide by the pixels that are left, so constants stay constant up to the edge.

import { addToSums, meanOfRows, scaleSums, takeFromSums } from './box-rows.ts'
import { max, min } from './integers.ts'
import type { f64, i32 } from './numbers.ts'
import { Plane } from './plane.ts'
import { unclearedFloats } from './uncleared.ts'

/** Mean of the (2 radius + 1)^2 window around every pixel of `plane`. */
export function boxFilter(plane: Plane, radius: i32): Plane {
  const width = plane.width
  const height = plane.height
  const target = unclearedFloats(width * height)
  const rows = unclearedFloats(width * height)
  const sums = new Float64Array(width)
  // Windows wider than the plane see all of it from everywhere.
  const rx = min(radius, width - 1)
  const ry = min(radius, height - 1)
  for (let y = 0; y < height; y += 2) meanOfRows(plane.data, rows, y * width, width, rx, min(2, height - y))
  for (let y = 0; y < ry; y++) addToSums(sums, rows, y * width, width)
  for (let y = 0; y < height; y++) {
    const entering = y + ry
    const leaving = y - ry - 1
    const scale: f64 = 1 / ((min(height - 1, entering) - max(0, leaving + 1) + 1) as f64)
    if (entering < height) addToSums(sums, rows, entering * width, width)
    if (leaving >= 0) takeFromSums(sums, rows, leaving * width, width)
    scaleSums(sums, scale, target, y * width, width)
  }
  return new Plane(width, height, target)
}
