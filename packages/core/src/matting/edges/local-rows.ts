// The rows of local-linear.ts. WebAssembly has them in vectors: packages/node/assembly/simd, at the same path.

import type { f64, i32 } from '../../pixels/numbers.ts'
import { type LocalModels, MODEL, WINDOW } from './local-models.ts'

/**
 * Adds (sign 1) or takes away (sign -1) `count` pixels of `plane` from `at` on, and their products with red, green and blue of `color`
 * from `from` on, to sums from `to` on.
 */
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
  for (let j = at, i = from, k = to; j < at + count; j++, i += 3, k += MODEL) {
    const p = sign * plane[j]!
    sums[k]! += p
    sums[k + 1]! += p * color[i]!
    sums[k + 2]! += p * color[i + 1]!
    sums[k + 3]! += p * color[i + 2]!
  }
}

/** Models of the windows around row `y` from `left` to before `right`, to `all.models` from `to` on. `place` in the fitted spans. */
export function fitSpan(all: LocalModels, y: i32, left: i32, right: i32, place: i32, to: i32): void {
  const sums = all.sums
  const window = all.window
  const models = all.models
  const columnShare = all.columnShare
  const rowShare = all.rowShare[y]!
  const reach = (2 * all.radius + 1) * MODEL
  let s0: f64 = 0
  let s1: f64 = 0
  let s2: f64 = 0
  let s3: f64 = 0
  for (let k = left * MODEL; k < left * MODEL + reach; k += MODEL) {
    s0 += sums[k]!
    s1 += sums[k + 1]!
    s2 += sums[k + 2]!
    s3 += sums[k + 3]!
  }
  let i = to
  let w = place * WINDOW
  for (let x = left, k = left * MODEL; x < right; x++, k += MODEL, i += MODEL, w += WINDOW) {
    const next = k + reach
    s0 += sums[next]! - sums[k]!
    s1 += sums[next + 1]! - sums[k + 1]!
    s2 += sums[next + 2]! - sums[k + 2]!
    s3 += sums[next + 3]! - sums[k + 3]!
    const share = rowShare * columnShare[x]!
    const p = s0 * share
    const r = window[w]!
    const g = window[w + 1]!
    const b = window[w + 2]!
    const vr = s1 * share - r * p
    const vg = s2 * share - g * p
    const vb = s3 * share - b * p
    const rg = window[w + 4]!
    const rb = window[w + 5]!
    const gb = window[w + 7]!
    const kr = window[w + 3]! * vr + rg * vg + rb * vb
    const kg = rg * vr + window[w + 6]! * vg + gb * vb
    const kb = rb * vr + gb * vg + window[w + 8]! * vb
    models[i] = kr
    models[i + 1] = kg
    models[i + 2] = kb
    models[i + 3] = p - kr * r - kg * g - kb * b
  }
}

/** Adds (sign 1) or takes away (sign -1) `count` models from `from` on to sums from `to` on. */
export function addModels(sums: Float64Array, to: i32, models: Float32Array, from: i32, count: i32, sign: f64): void {
  for (let k = 0; k < count * MODEL; k++) sums[to + k]! += sign * models[from + k]!
}

/** The filtered plane on row `y`, to `target` from `to` on. `place` of the color of pixel `left`. */
export function filterSpan(
  all: LocalModels,
  y: i32,
  left: i32,
  right: i32,
  place: i32,
  target: Float32Array,
  to: i32,
): void {
  const sums = all.modelSums
  const color = all.color
  const columnShare = all.columnShare
  const rowShare = all.rowShare[y]!
  const reach = (2 * all.radius + 1) * MODEL
  let s0: f64 = 0
  let s1: f64 = 0
  let s2: f64 = 0
  let s3: f64 = 0
  for (let k = left * MODEL; k < left * MODEL + reach; k += MODEL) {
    s0 += sums[k]!
    s1 += sums[k + 1]!
    s2 += sums[k + 2]!
    s3 += sums[k + 3]!
  }
  for (let x = left, k = left * MODEL, i = place * 3, at = to; x < right; x++, k += MODEL, i += 3, at++) {
    const next = k + reach
    s0 += sums[next]! - sums[k]!
    s1 += sums[next + 1]! - sums[k + 1]!
    s2 += sums[next + 2]! - sums[k + 2]!
    s3 += sums[next + 3]! - sums[k + 3]!
    const share = rowShare * columnShare[x]!
    target[at] = (s0 * color[i]! + s1 * color[i + 1]! + s2 * color[i + 2]! + s3) * share
  }
}

/** As `filterSpan`, the averaged models: four numbers a pixel. */
export function averageModels(all: LocalModels, y: i32, left: i32, right: i32, target: Float32Array, to: i32): void {
  const sums = all.modelSums
  const columnShare = all.columnShare
  const rowShare = all.rowShare[y]!
  const reach = (2 * all.radius + 1) * MODEL
  for (let part = 0; part < MODEL; part++) {
    let sum: f64 = 0
    for (let k = left * MODEL + part; k < left * MODEL + reach; k += MODEL) sum += sums[k]!
    for (let x = left, k = left * MODEL + part, at = to + part; x < right; x++, k += MODEL, at += MODEL) {
      sum += sums[k + reach]! - sums[k]!
      target[at] = sum * (rowShare * columnShare[x]!)
    }
  }
}
