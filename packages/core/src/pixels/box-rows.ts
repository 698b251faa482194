// The sums down the columns of box-filter.ts, row by row. WebAssembly has them in vectors: packages/node/assembly/simd, at the same path.

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
