// Core's pixels/tap-rows.ts in vectors of doubles, two at a time. Compiled in its place.

import { at4 } from '../../memory'

export function addWeighted(
  out: Float32Array,
  to: i32,
  source: Float32Array,
  from: i32,
  count: i32,
  weight: f64,
): void {
  const weights = f64x2.splat(weight)
  let x = 0
  let sum = at4(out, to)
  let value = at4(source, from)
  for (; x + 4 <= count; x += 4, sum += 16, value += 16) {
    const sums = v128.load(sum)
    const values = v128.load(value)
    const low = mixed(sums, values, weights)
    const high = mixed(upper(sums), upper(values), weights)
    v128.store(sum, i64x2.shuffle(low, high, 0, 2))
  }
  for (; x < count; x++) out[to + x] = out[to + x] + weight * source[from + x]
}

function mixed(sums: v128, values: v128, weights: v128): v128 {
  const products = f64x2.mul(weights, f64x2.promote_low_f32x4(values))
  return f32x4.demote_f64x2_zero(f64x2.add(f64x2.promote_low_f32x4(sums), products))
}

function upper(four: v128): v128 {
  return i64x2.shuffle(four, four, 1, 1)
}
