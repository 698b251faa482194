// Core's pixels/box-rows.ts in vectors of doubles, two at a time. Compiled in its place.

import { at4, at8 } from '../../memory'

export function addToSums(sums: Float64Array, rows: Float32Array, from: i32, width: i32): void {
  let x = 0
  let sum = at8(sums, 0)
  let value = at4(rows, from)
  for (; x + 2 <= width; x += 2, sum += 16, value += 8) {
    v128.store(sum, f64x2.add(v128.load(sum), f64x2.promote_low_f32x4(v128.load64_zero(value))))
  }
  for (; x < width; x++) sums[x] = sums[x] + rows[from + x]
}

export function takeFromSums(sums: Float64Array, rows: Float32Array, from: i32, width: i32): void {
  let x = 0
  let sum = at8(sums, 0)
  let value = at4(rows, from)
  for (; x + 2 <= width; x += 2, sum += 16, value += 8) {
    v128.store(sum, f64x2.sub(v128.load(sum), f64x2.promote_low_f32x4(v128.load64_zero(value))))
  }
  for (; x < width; x++) sums[x] = sums[x] - rows[from + x]
}

export function scaleSums(sums: Float64Array, scale: f64, target: Float32Array, to: i32, width: i32): void {
  const scales = f64x2.splat(scale)
  let x = 0
  let sum = at8(sums, 0)
  let out = at4(target, to)
  for (; x + 2 <= width; x += 2, sum += 16, out += 8) {
    v128.store64_lane(out, f32x4.demote_f64x2_zero(f64x2.mul(v128.load(sum), scales)), 0)
  }
  for (; x < width; x++) target[to + x] = sums[x] * scale
}
