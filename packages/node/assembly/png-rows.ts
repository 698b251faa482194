// Rows of a PNG before they are compressed. W3C PNG (third edition), section 9 for the filters, 12.7 for choosing one; RFC 1950
// for the checksum.

import { BASE, REDUCE_AFTER } from '../../core/src/kernels/adler'

const NONE: i32 = 0
const SUB: i32 = 1
const UP: i32 = 2
const AVERAGE: i32 = 3
const PAETH: i32 = 4

/** 16-bit samples to big-endian, in place; up to 14 bytes behind them are turned as well. */
export function swapSamples(at: usize, bytes: i32): void {
  const end = at + <usize>bytes
  for (let here = at; here < end; here += 16) {
    const pairs = v128.load(here)
    v128.store(here, v128.or(i16x8.shl(pairs, 8), i16x8.shr_u(pairs, 8)))
  }
}

/**
 * Each row, with the filter's number before it, to `out`. The row above the first lies right before it; `pixel` is the number of
 * bytes to the sample on the left. Without `choose` rows stay as they are.
 */
export function filterRows(rows: usize, count: i32, rowBytes: i32, pixel: i32, choose: bool, out: usize): void {
  let row = rows
  let target = out
  for (let y = 0; y < count; y++) {
    const kind = choose ? leastSum(row, rowBytes, pixel) : NONE
    store<u8>(target, <u8>kind)
    writeRow(kind, row, rowBytes, pixel, target + 1)
    row += <usize>rowBytes
    target += <usize>(rowBytes + 1)
  }
}

/** The filter whose result, taken as signed bytes, has the least sum of absolute values; of equals the first. */
function leastSum(row: usize, rowBytes: i32, pixel: i32): i32 {
  let none = i32x4.splat(0)
  let sub = i32x4.splat(0)
  let up = i32x4.splat(0)
  let average = i32x4.splat(0)
  let paeth = i32x4.splat(0)
  const first = min(pixel, rowBytes)
  const last = first + ((rowBytes - first) & ~15)
  const above = row - <usize>rowBytes
  for (let i = <usize>first; i < <usize>last; i += 16) {
    const x = v128.load(row + i)
    const a = v128.load(row + i - <usize>pixel)
    const b = v128.load(above + i)
    const c = v128.load(above + i - <usize>pixel)
    // Much of a cutout is clear.
    if (!v128.any_true(v128.or(v128.or(x, a), v128.or(b, c)))) continue
    none = i32x4.add(none, magnitudes(x))
    sub = i32x4.add(sub, magnitudes(i8x16.sub(x, a)))
    up = i32x4.add(up, magnitudes(i8x16.sub(x, b)))
    average = i32x4.add(average, magnitudes(i8x16.sub(x, means(a, b))))
    paeth = i32x4.add(paeth, magnitudes(i8x16.sub(x, paeths(a, b, c))))
  }
  let best = NONE
  let least = u32.MAX_VALUE
  for (let kind = NONE; kind <= PAETH; kind++) {
    const lanes = kind === NONE ? none : kind === SUB ? sub : kind === UP ? up : kind === AVERAGE ? average : paeth
    const sum =
      total(lanes) + sumOf(kind, row, 0, first, rowBytes, pixel) + sumOf(kind, row, last, rowBytes, rowBytes, pixel)
    if (sum >= least) continue
    least = sum
    best = kind
  }
  return best
}

function sumOf(kind: i32, row: usize, from: i32, to: i32, rowBytes: i32, pixel: i32): u32 {
  let sum: u32 = 0
  for (let i = from; i < to; i++) sum += <u32>abs(<i32>(<i8>filtered(kind, row, i, rowBytes, pixel)))
  return sum
}

function writeRow(kind: i32, row: usize, rowBytes: i32, pixel: i32, out: usize): void {
  if (kind === NONE) {
    memory.copy(out, row, <usize>rowBytes)
    return
  }
  const first = min(pixel, rowBytes)
  const last = first + ((rowBytes - first) & ~15)
  writeBytes(kind, row, 0, first, rowBytes, pixel, out)
  const above = row - <usize>rowBytes
  for (let i = <usize>first; i < <usize>last; i += 16) {
    const a = v128.load(row + i - <usize>pixel)
    const b = v128.load(above + i)
    let guess = kind === SUB ? a : b
    if (kind === AVERAGE) guess = means(a, b)
    else if (kind === PAETH) guess = paeths(a, b, v128.load(above + i - <usize>pixel))
    v128.store(out + i, i8x16.sub(v128.load(row + i), guess))
  }
  writeBytes(kind, row, last, rowBytes, rowBytes, pixel, out)
}

function writeBytes(kind: i32, row: usize, from: i32, to: i32, rowBytes: i32, pixel: i32, out: usize): void {
  for (let i = from; i < to; i++) store<u8>(out + <usize>i, <u8>filtered(kind, row, i, rowBytes, pixel))
}

/** Byte `i` of a row, less what the filter expects there. */
function filtered(kind: i32, row: usize, i: i32, rowBytes: i32, pixel: i32): i32 {
  const at = row + <usize>i
  const above = at - <usize>rowBytes
  const a = i < pixel ? 0 : <i32>load<u8>(at - <usize>pixel)
  const b = <i32>load<u8>(above)
  const c = i < pixel ? 0 : <i32>load<u8>(above - <usize>pixel)
  let guess = 0
  if (kind === SUB) guess = a
  else if (kind === UP) guess = b
  else if (kind === AVERAGE) guess = (a + b) >> 1
  else if (kind === PAETH) guess = paeth(a, b, c)
  return <i32>load<u8>(at) - guess
}

function paeth(a: i32, b: i32, c: i32): i32 {
  const toA = abs(b - c)
  const toB = abs(a - c)
  const toC = abs(a + b - 2 * c)
  if (toA <= toB && toA <= toC) return a
  return toB <= toC ? b : c
}

/** The sums of four neighbors each, taken as signed bytes without their sign. */
function magnitudes(bytes: v128): v128 {
  return sums(i8x16.abs(bytes))
}

/** Of four neighbors each. */
function sums(bytes: v128): v128 {
  return i32x4.dot_i16x8_s(i16x8.extadd_pairwise_i8x16_u(bytes), i16x8.splat(1))
}

/** Rounded down, where the instruction rounds up. */
function means(a: v128, b: v128): v128 {
  return i8x16.sub(i8x16.avgr_u(a, b), v128.and(v128.xor(a, b), i8x16.splat(1)))
}

function paeths(a: v128, b: v128, c: v128): v128 {
  const bAbove = i8x16.sub_sat_u(b, c)
  const bBelow = i8x16.sub_sat_u(c, b)
  const aAbove = i8x16.sub_sat_u(a, c)
  const aBelow = i8x16.sub_sat_u(c, a)
  const toA = v128.or(bAbove, bBelow)
  const toB = v128.or(aAbove, aBelow)
  // Beyond 255 it is farther than the others, however far.
  const up = i8x16.add_sat_u(aAbove, bAbove)
  const down = i8x16.add_sat_u(aBelow, bBelow)
  const toC = v128.or(i8x16.sub_sat_u(up, down), i8x16.sub_sat_u(down, up))
  const nearest = i8x16.min_u(i8x16.min_u(toA, toB), toC)
  return v128.bitselect(a, v128.bitselect(b, c, i8x16.eq(toB, nearest)), i8x16.eq(toA, nearest))
}

function total(lanes: v128): u32 {
  return (
    <u32>i32x4.extract_lane(lanes, 0) +
    <u32>i32x4.extract_lane(lanes, 1) +
    <u32>i32x4.extract_lane(lanes, 2) +
    <u32>i32x4.extract_lane(lanes, 3)
  )
}

/** Adler-32 of what `sum` is the checksum of, followed by these bytes; that of nothing is 1. */
export function adler32(at: usize, bytes: i32, sum: u32): u32 {
  let low = sum & 0xffff
  let high = sum >> 16
  for (let done = 0; done < bytes; done += REDUCE_AFTER) {
    const count = min(REDUCE_AFTER, bytes - done)
    const whole = count & ~15
    // How often each byte counts for the high sum: whole blocks of 16 by the sum of what came before, inside by its place.
    let lows = i32x4.splat(0)
    let before = i32x4.splat(0)
    let inside = i32x4.splat(0)
    for (let i = 0; i < whole; i += 16) {
      const block = v128.load(at + <usize>(done + i))
      before = i32x4.add(before, lows)
      lows = i32x4.add(lows, sums(block))
      const left = i16x8.extend_low_i8x16_u(block)
      const right = i16x8.extend_high_i8x16_u(block)
      inside = i32x4.add(inside, i32x4.dot_i16x8_s(left, i16x8(16, 15, 14, 13, 12, 11, 10, 9)))
      inside = i32x4.add(inside, i32x4.dot_i16x8_s(right, i16x8(8, 7, 6, 5, 4, 3, 2, 1)))
    }
    high += low * <u32>whole + total(before) * 16 + total(inside)
    low += total(lows)
    for (let i = whole; i < count; i++) {
      low += <u32>load<u8>(at + <usize>(done + i))
      high += low
    }
    low %= <u32>BASE
    high %= <u32>BASE
  }
  return (high << 16) | low
}
