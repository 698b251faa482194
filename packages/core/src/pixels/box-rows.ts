// The rows of box-filter.ts: means along them, and sums down the columns. WebAssembly has them in vectors: packages/node/assembly/simd, at
// the same path.

import { max, min } from './integers.ts'
import type { f64, i32 } from './numbers.ts'

/** Adds the row of `rows` that begins at `from`. */
export function addToSums(sums: Float64Array, rows: Float32Array, from: i32, width: i32): void {
  for (let x = 0; x < width; x++) sums[x] = sums[x]! + rows[from + x]!
}

/** Takes away the row that begins at `from`. */
export function takeFromSums(sums: Float64Array, rows: Float32Array, from: i32, width: i32): void {
  for (let x = 0; x < width; x++) sums[x] = sums[x]! - rows[from + x]!
}

/** Writes the sums, `scale` times as large, to `target` from `to` on. */
export function scaleSums(sums: Float64Array, scale: f64, target: Float32Array, to: i32, width: i32): void {
  for (let x = 0; x < width; x++) target[to + x] = sums[x]! * scale
}

/** Means along one or two rows of `source`, the first of which begins at `from`, to the same places of `target`. `radius` < `width`. */
export function meanOfRows(
  source: Float32Array,
  target: Float32Array,
  from: i32,
  width: i32,
  radius: i32,
  rows: i32,
): void {
  for (let row = 0; row < rows; row++) meanOfRow(source, target, from + row * width, width, radius)
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
