// Mean over a square window at a cost that does not depend on its radius (running sums).
// Windows are cut at the border and divide by the pixels that are left, so constants stay constant up to the edge.

import type { Plane } from './raster.ts'

/** Mean of the (2 radius + 1)^2 window around every pixel of `plane`. */
export function boxFilter(plane: Plane, radius: number): Plane {
  const { width, height } = plane
  const target = new Float32Array(width * height)
  const rows = new Float32Array(width * height)
  const columnSums = new Float64Array(width)
  // Windows wider than the picture see all of it from everywhere.
  const rx = Math.min(radius, width - 1)
  const ry = Math.min(radius, height - 1)
  for (let y = 0; y < height; y++) meanOfRow(plane.data, rows, y * width, width, rx)
  for (let y = 0; y < ry; y++) {
    const from = y * width
    for (let x = 0; x < width; x++) columnSums[x]! += rows[from + x]!
  }
  for (let y = 0; y < height; y++) {
    const entering = y + ry
    const leaving = y - ry - 1
    if (entering < height) {
      const from = entering * width
      for (let x = 0; x < width; x++) columnSums[x]! += rows[from + x]!
    }
    if (leaving >= 0) {
      const from = leaving * width
      for (let x = 0; x < width; x++) columnSums[x]! -= rows[from + x]!
    }
    const scale = 1 / (Math.min(height - 1, entering) - Math.max(0, leaving + 1) + 1)
    const to = y * width
    for (let x = 0; x < width; x++) target[to + x] = columnSums[x]! * scale
  }
  return { width, height, data: target }
}

function meanOfRow(source: Float32Array, target: Float32Array, from: number, width: number, radius: number): void {
  let sum = 0
  for (let x = 0; x < radius; x++) sum += source[from + x]!
  // Both ends of the window inside the row: the long middle has no branches.
  const inner = width - radius
  let x = 0
  for (; x < Math.min(radius + 1, inner); x++) {
    sum += source[from + x + radius]!
    target[from + x] = sum / (x + radius + 1)
  }
  const scale = 1 / (2 * radius + 1)
  for (; x < inner; x++) {
    sum += source[from + x + radius]! - source[from + x - radius - 1]!
    target[from + x] = sum * scale
  }
  for (; x < width; x++) {
    const leaving = x - radius - 1
    if (leaving >= 0) sum -= source[from + leaving]!
    target[from + x] = sum / (width - Math.max(0, leaving + 1))
  }
}
