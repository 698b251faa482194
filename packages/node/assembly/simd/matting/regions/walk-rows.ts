// Core's matting/regions/walk-rows.ts in vectors of doubles, two cells at a time. Compiled in its place.

import { WalkSteps } from '../../../../../core/src/matting/regions/walk-steps'
import { at4, at8 } from '../../../memory'

export function walkRun(
  steps: WalkSteps,
  k: i32,
  count: i32,
  chance: Float32Array,
  before: Float32Array,
  at: i32,
  width: i32,
  omega: f64,
): void {
  const pairs = count & ~1
  const row = (<usize>width) << 2
  const omegas = f64x2.splat(omega)
  const end = at4(before, at + pairs)
  let left = at4(steps.left, k)
  let right = at4(steps.right, k)
  let above = at4(steps.above, k)
  let below = at4(steps.below, k)
  let all = at8(steps.all, k)
  let here = at4(chance, at)
  for (let out = at4(before, at); out < end; out += 8) {
    const across = f64x2.add(f64x2.mul(pair(left), pair(here - 4)), f64x2.mul(pair(right), pair(here + 4)))
    const along = f64x2.add(f64x2.mul(pair(above), pair(here - row)), f64x2.mul(pair(below), pair(here + row)))
    const mean = f32x4.demote_f64x2_zero(f64x2.div(f64x2.add(across, along), v128.load(all)))
    const last = pair(out)
    const value = f64x2.add(last, f64x2.mul(omegas, f64x2.sub(f64x2.promote_low_f32x4(mean), last)))
    const clamped = f64x2.pmax(f64x2.splat(0), f64x2.pmin(f64x2.splat(1), value))
    v128.store64_lane(out, f32x4.demote_f64x2_zero(clamped), 0)
    left += 8
    right += 8
    above += 8
    below += 8
    all += 16
    here += 8
  }
  if (count !== pairs) walkCell(steps, k + pairs, chance, before, at + pairs, width, omega)
}

function pair(at: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(at))
}

function walkCell(
  steps: WalkSteps,
  k: i32,
  chance: Float32Array,
  before: Float32Array,
  i: i32,
  width: i32,
  omega: f64,
): void {
  const across = steps.left[k] * chance[i - 1] + steps.right[k] * chance[i + 1]
  const along = steps.above[k] * chance[i - width] + steps.below[k] * chance[i + width]
  const last = before[i]
  const mean = <f64>(<f32>((across + along) / steps.all[k]))
  before[i] = max<f64>(0, min<f64>(1, last + omega * (mean - last)))
}
