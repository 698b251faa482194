// What kernels of byte tensors share: the flip of their bytes, borders, and rounding.

import { Tensor } from './records'

/** Of this thread; see Control. */
let flip: i32 = 0

export function setFlip(value: i32): void {
  flip = value
}

/** 16 bytes as the unsigned numbers that they stand for, or the other way around. */
export function flipped(bytes: v128): v128 {
  return v128.xor(bytes, i8x16.splat(flip as i8))
}

/** Writes the border beside these rows, and above and below where they are the first or the last ones. */
export function fillBorder(tensor: Tensor, from: i32, to: i32): void {
  const border = tensor.border
  if (border === 0) return
  const side = border * tensor.channels
  const inner = tensor.width * tensor.channels
  const value = (tensor.zero ^ flip) as u8
  for (let y = from; y < to; y++) {
    memory.fill(tensor.row(y) - side, value, side)
    memory.fill(tensor.row(y) + inner, value, side)
  }
  const rows = border * tensor.rowBytes
  if (from === 0) memory.fill(tensor.row(-border) - side, value, rows)
  if (to === tensor.height) memory.fill(tensor.row(to) - side, value, rows)
}

/** Added to a number below 2 ** 22, it leaves the nearest whole number, half to even, in the lowest bits. */
const ROUND: f32 = 12582912
const ROUND_BITS: i32 = 0x4b400000

export function roundToEven(values: v128): v128 {
  return i32x4.sub(f32x4.add(values, f32x4.splat(ROUND)), i32x4.splat(ROUND_BITS))
}

/** To what a byte with this zero point can hold, before the zero point is added. */
export function clamped(values: v128, zero: i32): v128 {
  const low: i32 = -zero
  const high: i32 = 255 - zero
  return f32x4.pmin(f32x4.splat(high as f32), f32x4.pmax(f32x4.splat(low as f32), values))
}
