// Enlarges rows of 8-bit RGB by cubic splines, to the samples that libvips gives (see core/src/kernels/enlarge-rgb.ts). Integers with
// 12 fractional bits: along the rows first, rounded, then down the columns.

import { allocate } from './memory'

const SHIFT: i32 = 12
const HALF: i32 = 1 << (SHIFT - 1)
/** Pixels beside a row, copies of its ends. */
const MARGIN: i32 = 2
/** Bytes of a pixel's weights along a row: those of the first two source pixels for each channel, and those of the others. */
const WEIGHTS: usize = 32

let sourceWidth: i32
let width: i32
/** For each pixel of a row the place of the first source pixel, as bytes, and its weights. */
let places: usize
let weights: usize
/** A source row between its margins. */
let padded: usize
/** Rows that have the width of the result, 16-bit samples. */
let enlarged: usize

/** `firsts`: the first of four source pixels of each pixel of a row, from -2 on; `taps`: their weights, 16 bits. */
export function openEnlarge(fromWidth: i32, toWidth: i32, firsts: usize, taps: usize, mostRows: i32): void {
  sourceWidth = fromWidth
  width = toWidth
  padded = allocate((fromWidth + 2 * MARGIN) * 3 + 16)
  enlarged = allocate(toWidth * 3 * 2 * mostRows + 16)
  places = allocate(toWidth * 4)
  weights = allocate(toWidth * <i32>WEIGHTS)
  for (let x = 0; x < toWidth; x++) {
    const at = (<usize>x) << 2
    store<i32>(places + at, (load<i32>(firsts + at) + MARGIN) * 3)
    const four = taps + ((<usize>x) << 3)
    v128.store(weights + <usize>x * WEIGHTS, v128.load32_splat(four))
    v128.store(weights + <usize>x * WEIGHTS, v128.load32_splat(four, 4), 16)
  }
}

/** Row number `to` of those that `enlargeDown` reads, from a row of the image. */
export function enlargeAcross(rgb: usize, to: i32): void {
  pad(rgb)
  let out = enlarged + <usize>(to * width * 6)
  let weight = weights
  for (let x = 0; x < width; x++, out += 6, weight += WEIGHTS) {
    const four = v128.load(padded + <usize>load<i32>(places + ((<usize>x) << 2)))
    // Byte 12 and those behind it belong to a fifth pixel: their sums are overwritten by the next pixel.
    const first = i8x16.shuffle(four, i8x16.splat(0), 0, 16, 3, 16, 1, 16, 4, 16, 2, 16, 5, 16, 16, 16, 16, 16)
    const last = i8x16.shuffle(four, i8x16.splat(0), 6, 16, 9, 16, 7, 16, 10, 16, 8, 16, 11, 16, 16, 16, 16, 16)
    const sum = i32x4.add(i32x4.dot_i16x8_s(first, v128.load(weight)), i32x4.dot_i16x8_s(last, v128.load(weight, 16)))
    const rounded = i32x4.shr_s(i32x4.add(sum, i32x4.splat(HALF)), SHIFT)
    v128.store64_lane(out, i16x8.narrow_i32x4_s(rounded, rounded), 0)
  }
}

function pad(rgb: usize): void {
  const bytes = sourceWidth * 3
  memory.copy(padded + MARGIN * 3, rgb, <usize>bytes)
  for (let i = 0; i < MARGIN; i++) {
    memory.copy(padded + <usize>(i * 3), rgb, 3)
    memory.copy(padded + <usize>((MARGIN + i) * 3 + bytes), rgb + <usize>(bytes - 3), 3)
  }
}

/** A row of the result from four rows that `enlargeAcross` has made. Up to 15 bytes behind it are written. */
export function enlargeDown(a: i32, b: i32, c: i32, d: i32, taps: usize, out: usize): void {
  const rowBytes = width * 6
  const upper = v128.load32_splat(taps)
  const lower = v128.load32_splat(taps, 4)
  const rowA = enlarged + <usize>(a * rowBytes)
  const rowB = enlarged + <usize>(b * rowBytes)
  const rowC = enlarged + <usize>(c * rowBytes)
  const rowD = enlarged + <usize>(d * rowBytes)
  for (let i: usize = 0; i < <usize>rowBytes; i += 32, out += 16) {
    const first = mixRows(
      v128.load(rowA + i),
      v128.load(rowB + i),
      v128.load(rowC + i),
      v128.load(rowD + i),
      upper,
      lower,
    )
    const j = i + 16
    const second = mixRows(
      v128.load(rowA + j),
      v128.load(rowB + j),
      v128.load(rowC + j),
      v128.load(rowD + j),
      upper,
      lower,
    )
    v128.store(out, i8x16.narrow_i16x8_u(first, second))
  }
}

function mixRows(a: v128, b: v128, c: v128, d: v128, upper: v128, lower: v128): v128 {
  const low = i32x4.add(
    i32x4.dot_i16x8_s(i16x8.shuffle(a, b, 0, 8, 1, 9, 2, 10, 3, 11), upper),
    i32x4.dot_i16x8_s(i16x8.shuffle(c, d, 0, 8, 1, 9, 2, 10, 3, 11), lower),
  )
  const high = i32x4.add(
    i32x4.dot_i16x8_s(i16x8.shuffle(a, b, 4, 12, 5, 13, 6, 14, 7, 15), upper),
    i32x4.dot_i16x8_s(i16x8.shuffle(c, d, 4, 12, 5, 13, 6, 14, 7, 15), lower),
  )
  const half = i32x4.splat(HALF)
  return i16x8.narrow_i32x4_s(i32x4.shr_s(i32x4.add(low, half), SHIFT), i32x4.shr_s(i32x4.add(high, half), SHIFT))
}
