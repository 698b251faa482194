// The rows of resample.ts. WebAssembly has them in vectors: packages/node/assembly/simd, at the same path.

import type { f64, i32 } from './numbers.ts'

/** Adds `weight` times `count` values of `source` from `from` on to those of `out` from `to` on. */
export function addWeighted(
  out: Float32Array,
  to: i32,
  source: Float32Array,
  from: i32,
  count: i32,
  weight: f64,
): void {
  for (let x = 0; x < count; x++) out[to + x] = out[to + x]! + weight * source[from + x]!
}
