// Mean over a square window at a cost that does not depend on its radius (running sums).
// Windows are cut at the border and divide by the pixels that are left, so constants stay constant up to the edge.

import { addToSums, scaleSums, takeFromSums } from './box-rows.ts'
import { max, min } from './integers.ts'
import type { f64, i32 } from './numbers.ts'
import { Plane } from './plane.ts'

/** Mean of the (2 radius + 1)^2 window around every pixel of `plane`. */
export function boxFilter(plane: Plane, radius: i32): Plane {
  const width = plane.width
  const height = plane.height
  const target = new Float32Array(width * height)
  const rows = new Float32Array(width * height)
  const sums = new Float64Array(width)
  // Windows wider than the plane see all of it from everywhere.
  const rx = min(radius, width - 1)
  const ry = min(radius, height - 1)
  for (let y = 0; y < height; y++) meanOfRow(plane.data, rows, y * width, width, rx)
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

function meanOfRow(source: Float32Array, target: Float32Array, from: i32, width: i32, radius: i32): void {
  let sum: f64 = 0
  for (let x = 0; x < radius; x++) sum += source[from + x]!
  // Both ends of the window inside the row: the long middle has no branches.
  const inner = width - radius
  let x = 0
  for (; x < min(radius + 1, inner); x++) {
    sum += source[from + x + radius]!
    target[from + x] = sum / ((x + radius + 1) as f64)
  }
  const scale: f64 = 1 / ((2 * radius + 1) as f64)
  for (; x < inner; x++) {
    sum += source[from + x + radius]! - source[from + x - radius - 1]!
    target[from + x] = sum * scale
  }
  for (; x < width; x++) {
    const leaving = x - radius - 1
    if (leaving >= 0) sum -= source[from + leaving]!
    target[from + x] = sum / ((width - max(0, leaving + 1)) as f64)
  }
}
