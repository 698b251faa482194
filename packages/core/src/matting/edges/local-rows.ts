// The rows of local-linear.ts. WebAssembly has them in vectors: packages/node/assembly/simd, at the same path.

import type { f64, i32 } from '../../pixels/numbers.ts'
import { type LocalModel, WINDOW } from './local-model.ts'

/** The coefficients of the windows around row `y`, from sums down the columns of alpha and of its products with color. */
export function fitRow(
  model: LocalModel,
  columns: Float64Array,
  radius: i32,
  y: i32,
  coefficients: Float32Array,
): void {
  const window = model.window
  const columnShare = model.columnShare
  const width = model.outer.width
  const rowShare = model.rowShare[y]!
  const reach = (2 * radius + 1) * 4
  let s0: f64 = 0
  let s1: f64 = 0
  let s2: f64 = 0
  let s3: f64 = 0
  for (let k = 4; k < reach; k += 4) {
    s0 += columns[k]!
    s1 += columns[k + 1]!
    s2 += columns[k + 2]!
    s3 += columns[k + 3]!
  }
  let i = y * width * 4
  let w = y * width * WINDOW
  for (let x = 0, k = 0; x < width; x++, k += 4, i += 4, w += WINDOW) {
    const next = k + reach
    s0 += columns[next]! - columns[k]!
    s1 += columns[next + 1]! - columns[k + 1]!
    s2 += columns[next + 2]! - columns[k + 2]!
    s3 += columns[next + 3]! - columns[k + 3]!
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
    coefficients[i] = kr
    coefficients[i + 1] = kg
    coefficients[i + 2] = kb
    coefficients[i + 3] = p - kr * r - kg * g - kb * b
  }
}

/** Adds (sign 1) or takes away (sign -1) row `y` of the coefficients. */
export function addCoefficients(
  columns: Float64Array,
  coefficients: Float32Array,
  y: i32,
  width: i32,
  radius: i32,
  sign: f64,
): void {
  const end = (y + 1) * width * 4
  for (let i = y * width * 4, k = (radius + 1) * 4; i < end; i++, k++) columns[k]! += sign * coefficients[i]!
}

/** The filtered plane on row `y` of the core, which begins at column `left` of the halo, to `target` from `to` on. */
export function filterRow(
  model: LocalModel,
  columns: Float64Array,
  radius: i32,
  y: i32,
  left: i32,
  target: Float32Array,
  to: i32,
): void {
  const color = model.color
  const columnShare = model.columnShare
  const rowShare = model.rowShare[y]!
  const count = model.core.width
  const reach = (2 * radius + 1) * 4
  let s0: f64 = 0
  let s1: f64 = 0
  let s2: f64 = 0
  let s3: f64 = 0
  for (let k = left * 4 + 4; k < left * 4 + reach; k += 4) {
    s0 += columns[k]!
    s1 += columns[k + 1]!
    s2 += columns[k + 2]!
    s3 += columns[k + 3]!
  }
  for (let x = 0, k = left * 4, i = (y * model.outer.width + left) * 3; x < count; x++, k += 4, i += 3) {
    const next = k + reach
    // The margin's first column was not summed: it stands for the one that leaves.
    if (x > 0) {
      s0 -= columns[k]!
      s1 -= columns[k + 1]!
      s2 -= columns[k + 2]!
      s3 -= columns[k + 3]!
    }
    s0 += columns[next]!
    s1 += columns[next + 1]!
    s2 += columns[next + 2]!
    s3 += columns[next + 3]!
    const share = rowShare * columnShare[left + x]!
    target[to + x] = (s0 * color[i]! + s1 * color[i + 1]! + s2 * color[i + 2]! + s3) * share
  }
}

/** As `filterRow`, the averaged coefficients: four numbers a pixel. */
export function coefficientRow(
  model: LocalModel,
  columns: Float64Array,
  radius: i32,
  y: i32,
  left: i32,
  target: Float32Array,
  to: i32,
): void {
  const columnShare = model.columnShare
  const rowShare = model.rowShare[y]!
  const count = model.core.width
  const reach = (2 * radius + 1) * 4
  for (let part = 0; part < 4; part++) {
    let sum: f64 = 0
    for (let k = left * 4 + 4; k < left * 4 + reach; k += 4) sum += columns[k + part]!
    for (let x = 0, k = left * 4 + part, at = to + part; x < count; x++, k += 4, at += 4) {
      if (x > 0) sum -= columns[k]!
      sum += columns[k + reach]!
      target[at] = sum * (rowShare * columnShare[left + x]!)
    }
  }
}
