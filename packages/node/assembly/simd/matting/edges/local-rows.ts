// Core's matting/edges/local-rows.ts in vectors: four numbers a pixel fill one, or two of doubles. Compiled in its place.

import { LocalModels, MODEL, WINDOW } from '../../../../../core/src/matting/edges/local-models'
import { at4, at8 } from '../../../memory'

export function addProducts(
  sums: Float64Array,
  to: i32,
  color: Float32Array,
  from: i32,
  plane: Float32Array,
  at: i32,
  count: i32,
  sign: f64,
): void {
  let value = at4(plane, at)
  const end = value + ((<usize>count) << 2)
  let rgb = at4(color, from)
  let sum = at8(sums, to)
  for (; value < end; value += 4, rgb += 12, sum += 32) {
    const p = f64x2.splat(sign * <f64>load<f32>(value))
    // One more number than a color has is read: the next pixel's, or what lies behind the last.
    const four = v128.load(rgb)
    const green = i8x16.shuffle(four, four, 4, 5, 6, 7, 8, 9, 10, 11, 4, 5, 6, 7, 8, 9, 10, 11)
    addPair(sum, f64x2.mul(p, f64x2.replace_lane(f64x2.promote_low_f32x4(i32x4.shuffle(four, four, 0, 0, 2, 3)), 0, 1)))
    addPair(sum + 16, f64x2.mul(p, f64x2.promote_low_f32x4(green)))
  }
}

export function fitSpan(all: LocalModels, y: i32, left: i32, right: i32, place: i32, to: i32): void {
  const columnShare = all.columnShare
  const rowShare = all.rowShare[y]
  const reach = (<usize>((2 * all.radius + 1) * MODEL)) << 3
  let k = at8(all.sums, left * MODEL)
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let at = k; at < k + reach; at += 32) {
    low = f64x2.add(low, v128.load(at))
    high = f64x2.add(high, v128.load(at, 16))
  }
  let out = at4(all.models, to)
  let w = at4(all.window, place * WINDOW)
  for (let x = left; x < right; x++, k += 32, out += 16, w += 36) {
    const next = k + reach
    low = f64x2.add(low, f64x2.sub(v128.load(next), v128.load(k)))
    high = f64x2.add(high, f64x2.sub(v128.load(next, 16), v128.load(k, 16)))
    const share = rowShare * columnShare[x]
    const p = f64x2.extract_lane(low, 0) * share
    const r = <f64>load<f32>(w)
    const g = <f64>load<f32>(w, 4)
    const b = <f64>load<f32>(w, 8)
    const vr = f64x2.extract_lane(low, 1) * share - r * p
    const vg = f64x2.extract_lane(high, 0) * share - g * p
    const vb = f64x2.extract_lane(high, 1) * share - b * p
    const rg = <f64>load<f32>(w, 16)
    const rb = <f64>load<f32>(w, 20)
    const gb = <f64>load<f32>(w, 28)
    const kr = <f64>load<f32>(w, 12) * vr + rg * vg + rb * vb
    const kg = rg * vr + <f64>load<f32>(w, 24) * vg + gb * vb
    const kb = rb * vr + gb * vg + <f64>load<f32>(w, 32) * vb
    store<f32>(out, <f32>kr)
    store<f32>(out, <f32>kg, 4)
    store<f32>(out, <f32>kb, 8)
    store<f32>(out, <f32>(p - kr * r - kg * g - kb * b), 12)
  }
}

export function addModels(sums: Float64Array, to: i32, models: Float32Array, from: i32, count: i32, sign: f64): void {
  let here = at4(models, from)
  const end = here + ((<usize>(count * MODEL)) << 2)
  let sum = at8(sums, to)
  const signs = f64x2.splat(sign)
  for (; here < end; here += 16, sum += 32) {
    const four = v128.load(here)
    addPair(sum, f64x2.mul(signs, f64x2.promote_low_f32x4(four)))
    const upper = i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)
    addPair(sum + 16, f64x2.mul(signs, f64x2.promote_low_f32x4(upper)))
  }
}

function addPair(at: usize, value: v128): void {
  v128.store(at, f64x2.add(v128.load(at), value))
}

export function filterSpan(
  all: LocalModels,
  y: i32,
  left: i32,
  right: i32,
  place: i32,
  target: Float32Array,
  to: i32,
): void {
  const columnShare = all.columnShare
  const rowShare = all.rowShare[y]
  const reach = (<usize>((2 * all.radius + 1) * MODEL)) << 3
  let k = at8(all.modelSums, left * MODEL)
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let at = k; at < k + reach; at += 32) {
    low = f64x2.add(low, v128.load(at))
    high = f64x2.add(high, v128.load(at, 16))
  }
  let out = at4(target, to)
  let color = at4(all.color, place * 3)
  for (let x = left; x < right; x++, k += 32, color += 12, out += 4) {
    const next = k + reach
    low = f64x2.add(low, f64x2.sub(v128.load(next), v128.load(k)))
    high = f64x2.add(high, f64x2.sub(v128.load(next, 16), v128.load(k, 16)))
    const share = rowShare * columnShare[x]
    const value =
      f64x2.extract_lane(low, 0) * <f64>load<f32>(color) +
      f64x2.extract_lane(low, 1) * <f64>load<f32>(color, 4) +
      f64x2.extract_lane(high, 0) * <f64>load<f32>(color, 8) +
      f64x2.extract_lane(high, 1)
    store<f32>(out, <f32>(value * share))
  }
}

export function averageModels(all: LocalModels, y: i32, left: i32, right: i32, target: Float32Array, to: i32): void {
  const columnShare = all.columnShare
  const rowShare = all.rowShare[y]
  const reach = (<usize>((2 * all.radius + 1) * MODEL)) << 3
  let k = at8(all.modelSums, left * MODEL)
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let at = k; at < k + reach; at += 32) {
    low = f64x2.add(low, v128.load(at))
    high = f64x2.add(high, v128.load(at, 16))
  }
  let out = at4(target, to)
  for (let x = left; x < right; x++, k += 32, out += 16) {
    const next = k + reach
    low = f64x2.add(low, f64x2.sub(v128.load(next), v128.load(k)))
    high = f64x2.add(high, f64x2.sub(v128.load(next, 16), v128.load(k, 16)))
    const share = f64x2.splat(rowShare * columnShare[x])
    const first = f32x4.demote_f64x2_zero(f64x2.mul(low, share))
    const last = f32x4.demote_f64x2_zero(f64x2.mul(high, share))
    v128.store(out, i8x16.shuffle(first, last, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
  }
}
