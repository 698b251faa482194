// Core's matting/edges/sharpness-rows.ts in vectors of four pixels. Compiled in its place.

import { at4 } from '../../../memory'

export function extremeOfRow(
  plane: Float32Array,
  from: i32,
  width: i32,
  left: i32,
  count: i32,
  reach: i32,
  highest: bool,
  out: Float32Array,
  to: i32,
): void {
  let k = 0
  for (; k < min(count, reach - left); k++) out[to + k] = extremeOfPixel(plane, from, width, left + k, reach, highest)
  for (; k + 4 <= count && left + k + reach + 4 <= width; k += 4) {
    let here = at4(plane, from + left + k - reach)
    let most = v128.load(here)
    for (let i = 0; i < 2 * reach; i++) {
      here += 4
      most = extremeOfFour(most, v128.load(here), highest)
    }
    v128.store(at4(out, to + k), most)
  }
  for (; k < count; k++) out[to + k] = extremeOfPixel(plane, from, width, left + k, reach, highest)
}

// One instruction each, where `max` and `min` take eight to tell NaN and the two zeros apart: alpha has neither.
function extremeOfFour(a: v128, b: v128, highest: bool): v128 {
  return highest ? f32x4.pmax(a, b) : f32x4.pmin(a, b)
}

function extremeOfPixel(plane: Float32Array, from: i32, width: i32, x: i32, reach: i32, highest: bool): f64 {
  let most = plane[from + x]
  const last = from + min(width - 1, x + reach)
  for (let i = from + max(0, x - reach); i <= last; i++) most = highest ? max(most, plane[i]) : min(most, plane[i])
  return most
}

export function extremeOfColumns(
  rows: Float32Array,
  from: i32,
  width: i32,
  count: i32,
  highest: bool,
  out: Float32Array,
  to: i32,
): void {
  let x = 0
  const stride = (<usize>width) << 2
  for (; x + 4 <= width; x += 4) {
    let here = at4(rows, from + x)
    let most = v128.load(here)
    for (let row = 1; row < count; row++) {
      here += stride
      most = extremeOfFour(most, v128.load(here), highest)
    }
    v128.store(at4(out, to + x), most)
  }
  for (; x < width; x++) {
    let most = rows[from + x]
    for (let row = 1; row < count; row++) {
      const value = rows[from + row * width + x]
      most = highest ? max(most, value) : min(most, value)
    }
    out[to + x] = most
  }
}
