// Core's matting/edges/local-rows.ts in vectors: four numbers a pixel fill one, or two of doubles. Compiled in its place.

import { LocalModel, WINDOW } from '../../../../../core/src/matting/edges/local-model'

function at8(array: Float64Array, index: i32): usize {
  return changetype<usize>(array) + ((<usize>index) << 3)
}

function at4(array: Float32Array, index: i32): usize {
  return changetype<usize>(array) + ((<usize>index) << 2)
}

export function fitRow(
  model: LocalModel,
  columns: Float64Array,
  radius: i32,
  y: i32,
  coefficients: Float32Array,
): void {
  const width = model.outer.width
  const rowShare = model.rowShare[y]
  const reach = (<usize>((2 * radius + 1) * 4)) << 3
  let k = at8(columns, 0)
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let at = k + 32; at < k + reach; at += 32) {
    low = f64x2.add(low, v128.load(at))
    high = f64x2.add(high, v128.load(at, 16))
  }
  let out = at4(coefficients, y * width * 4)
  let w = at4(model.window, y * width * WINDOW)
  for (let x = 0; x < width; x++, k += 32, out += 16, w += 36) {
    const next = k + reach
    low = f64x2.add(low, f64x2.sub(v128.load(next), v128.load(k)))
    high = f64x2.add(high, f64x2.sub(v128.load(next, 16), v128.load(k, 16)))
    const share = rowShare * model.columnShare[x]
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

export function addCoefficients(
  columns: Float64Array,
  coefficients: Float32Array,
  y: i32,
  width: i32,
  radius: i32,
  sign: f64,
): void {
  let from = at4(coefficients, y * width * 4)
  const end = from + ((<usize>(width * 4)) << 2)
  let to = at8(columns, (radius + 1) * 4)
  const signs = f64x2.splat(sign)
  for (; from < end; from += 16, to += 32) {
    const four = v128.load(from)
    addPair(to, f64x2.mul(signs, f64x2.promote_low_f32x4(four)))
    const upper = i8x16.shuffle(four, four, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)
    addPair(to + 16, f64x2.mul(signs, f64x2.promote_low_f32x4(upper)))
  }
}

function addPair(at: usize, value: v128): void {
  v128.store(at, f64x2.add(v128.load(at), value))
}

export function filterRow(
  model: LocalModel,
  columns: Float64Array,
  radius: i32,
  y: i32,
  left: i32,
  target: Float32Array,
  to: i32,
): void {
  const rowShare = model.rowShare[y]
  const reach = (<usize>((2 * radius + 1) * 4)) << 3
  let k = at8(columns, left * 4)
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let at = k + 32; at < k + reach; at += 32) {
    low = f64x2.add(low, v128.load(at))
    high = f64x2.add(high, v128.load(at, 16))
  }
  let out = at4(target, to)
  let color = at4(model.color, (y * model.outer.width + left) * 3)
  for (let x = left; x < left + model.core.width; x++, k += 32, color += 12, out += 4) {
    const next = k + reach
    // The margin's first column was not summed: it stands for the one that leaves.
    if (x > left) {
      low = f64x2.sub(low, v128.load(k))
      high = f64x2.sub(high, v128.load(k, 16))
    }
    low = f64x2.add(low, v128.load(next))
    high = f64x2.add(high, v128.load(next, 16))
    const share = rowShare * model.columnShare[x]
    const value =
      f64x2.extract_lane(low, 0) * <f64>load<f32>(color) +
      f64x2.extract_lane(low, 1) * <f64>load<f32>(color, 4) +
      f64x2.extract_lane(high, 0) * <f64>load<f32>(color, 8) +
      f64x2.extract_lane(high, 1)
    store<f32>(out, <f32>(value * share))
  }
}

export function coefficientRow(
  model: LocalModel,
  columns: Float64Array,
  radius: i32,
  y: i32,
  left: i32,
  target: Float32Array,
  to: i32,
): void {
  const rowShare = model.rowShare[y]
  const reach = (<usize>((2 * radius + 1) * 4)) << 3
  let k = at8(columns, left * 4)
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (let at = k + 32; at < k + reach; at += 32) {
    low = f64x2.add(low, v128.load(at))
    high = f64x2.add(high, v128.load(at, 16))
  }
  let out = at4(target, to)
  for (let x = left; x < left + model.core.width; x++, k += 32, out += 16) {
    const next = k + reach
    if (x > left) {
      low = f64x2.sub(low, v128.load(k))
      high = f64x2.sub(high, v128.load(k, 16))
    }
    low = f64x2.add(low, v128.load(next))
    high = f64x2.add(high, v128.load(next, 16))
    const share = f64x2.splat(rowShare * model.columnShare[x])
    const first = f32x4.demote_f64x2_zero(f64x2.mul(low, share))
    const last = f32x4.demote_f64x2_zero(f64x2.mul(high, share))
    v128.store(out, i8x16.shuffle(first, last, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
  }
}
