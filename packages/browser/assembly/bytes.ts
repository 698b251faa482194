// Steps on bytes other than convolutions. All take 16 channels at a time.

import { Addition, Doubling, LookUp, Step, Terms } from './records'
import { clamped, fillBorder, flipped, roundToEven } from './tensor'

function read16(at: usize): v128 {
  return flipped(v128.load(at))
}

function write16(at: usize, bytes: v128): void {
  v128.store(at, flipped(bytes))
}

/** The largest of 2 x 2. */
export function pool(step: Step, from: i32, to: i32): void {
  const input = step.input
  const output = step.output
  const pixel = input.channels
  for (let y = from; y < to; y++) {
    const above = input.row(2 * y)
    const below = input.row(2 * y + 1)
    const row = output.row(y)
    for (let x = 0; x < output.width; x++) {
      for (let c = 0; c < pixel; c += 16) {
        const at = 2 * x * pixel + c
        const left = i8x16.max_u(read16(above + at), read16(below + at))
        const right = i8x16.max_u(read16(above + at + pixel), read16(below + at + pixel))
        write16(row + x * pixel + c, i8x16.max_u(left, right))
      }
    }
  }
  fillBorder(output, from, to)
}

export function add(step: Addition, from: i32, to: i32): void {
  const output = step.output
  const bytes = output.width * output.channels
  for (let y = from; y < to; y++) addRows(step.input.row(y), step.second.row(y), output.row(y), bytes, step.terms)
  fillBorder(output, from, to)
}

/** Twice as high and wide: a quarter of the neighbor and three quarters of the pixel, downward and then across. */
export function double(step: Doubling, from: i32, to: i32, thread: i32): void {
  const input = step.input
  const output = step.output
  const pixel = input.channels
  const width = input.width
  const bytes = width * pixel
  const row = step.scratch + thread * step.scratchBytes
  for (let y = from; y < to; y++) {
    const at = y >> 1
    const neighbor = max(0, min(input.height - 1, y & 1 ? at + 1 : at - 1))
    addRows(input.row(neighbor), input.row(at), row, bytes, step.downward)
    const across = step.across
    for (let x = 0; x < width; x++) {
      const own = row + x * pixel
      const left = row + max(0, x - 1) * pixel
      const right = row + min(width - 1, x + 1) * pixel
      const made = output.row(y) + 2 * x * pixel
      addRows(left, own, made, pixel, across)
      addRows(right, own, made + pixel, pixel, across)
    }
  }
  fillBorder(output, from, to)
}

/** Sums of quantized values, in floats, as onnxruntime adds them in WebAssembly. */
function addRows(a: usize, b: usize, to: usize, bytes: i32, terms: Terms): void {
  for (let i = 0; i < bytes; i += 16) {
    const x = read16(a + i)
    const y = read16(b + i)
    const low = sum8(i16x8.extend_low_i8x16_u(x), i16x8.extend_low_i8x16_u(y), terms)
    const high = sum8(i16x8.extend_high_i8x16_u(x), i16x8.extend_high_i8x16_u(y), terms)
    write16(to + i, i8x16.narrow_i16x8_u(low, high))
  }
}

/** Of values in 16 bits. */
function sum8(x: v128, y: v128, terms: Terms): v128 {
  return i16x8.narrow_i32x4_s(
    sum4(i32x4.extend_low_i16x8_u(x), i32x4.extend_low_i16x8_u(y), terms),
    sum4(i32x4.extend_high_i16x8_u(x), i32x4.extend_high_i16x8_u(y), terms),
  )
}

function sum4(a: v128, b: v128, terms: Terms): v128 {
  const sum = f32x4.add(term(a, terms.zeroA, terms.scaleA), term(b, terms.zeroB, terms.scaleB))
  const values = clamped(f32x4.div(sum, f32x4.splat(terms.scale)), terms.zero)
  return roundToEven(f32x4.add(values, f32x4.splat(terms.zero as f32)))
}

function term(bytes: v128, zero: i32, scale: f32): v128 {
  return f32x4.mul(f32x4.splat(scale), f32x4.convert_i32x4_s(i32x4.sub(bytes, i32x4.splat(zero))))
}

/** Each byte by a table. */
export function lookUp(step: LookUp, from: i32, to: i32): void {
  const output = step.output
  const bytes = output.width * output.channels
  const flip = i8x16.extract_lane_u(flipped(i8x16.splat(0)), 0)
  for (let y = from; y < to; y++) {
    const source = step.input.row(y)
    const row = output.row(y)
    for (let i = 0; i < bytes; i++) store<u8>(row + i, load<u8>(step.table + (load<u8>(source + i) ^ flip)) ^ flip)
  }
  fillBorder(output, from, to)
}
