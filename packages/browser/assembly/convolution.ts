// Convolutions of bytes: unsigned input, signed weights, sums of 32 bits, bytes again. Direct: windows are not written out first.
// A vector of weights holds some input channels of four output channels; the same channels of a pixel of the input, repeated, are multiplied
// with it, and the lanes hold the sums of four output channels without any shuffle. Tiles of 6 x 8 sums fill the registers of x64.

import { dot, loadWeights, openRuns, VECTOR_BYTES } from './products'
import { Convolution, Run } from './records'
import { clamped, fillBorder, flipped, roundToEven } from './tensor'

/** Rows of the output, some blocks of their channels. */
export function convolve(conv: Convolution, task: i32, thread: i32): void {
  const output = conv.output
  const bands = (output.height + conv.rows - 1) / conv.rows
  const from = (task % bands) * conv.rows
  const to = min(from + conv.rows, output.height)
  const first = (task / bands) * conv.blocksInTask
  const last = min(first + conv.blocksInTask, conv.blocks)
  const fours = conv.fours * 4
  const runs = openRuns(conv, from, to, thread)
  for (let block = first; block < last; block++) {
    for (let y = from; y < to; y++) {
      for (let x = 0; x < fours; x += 4) tile4(conv, runs, block, y, x)
      for (let x = fours; x < output.width; x += 6) tile6(conv, runs, block, y, x)
    }
  }
  if (first === 0) fillBorder(output, from, to)
}

/** Eight sums as bytes, in the low half. */
function quantize(a: v128, b: v128, factorsA: v128, factorsB: v128, zero: i32): v128 {
  return i16x8.narrow_i32x4_s(scaled(a, factorsA, zero), scaled(b, factorsB, zero))
}

function scaled(sums: v128, factors: v128, zero: i32): v128 {
  const values = clamped(f32x4.mul(f32x4.convert_i32x4_s(sums), factors), zero)
  return i32x4.add(roundToEven(values), i32x4.splat(zero))
}

function storePair(to: usize, pixel: i32, one: v128, two: v128): void {
  const bytes = flipped(i8x16.narrow_i16x8_u(one, two))
  v128.store64_lane(to, bytes, 0)
  v128.store64_lane(to + pixel, bytes, 1)
}

/** 6 pixels of a row, 8 channels. */
function tile6(conv: Convolution, runs: usize, block: i32, y: i32, x: i32): void {
  const sums = conv.sums + block * 32
  let a0 = v128.load(sums)
  let b0 = v128.load(sums, 16)
  let a1 = a0,
    a2 = a0,
    a3 = a0,
    a4 = a0,
    a5 = a0
  let b1 = b0,
    b2 = b0,
    b3 = b0,
    b4 = b0,
    b5 = b0
  let w = conv.weights + block * conv.blockBytes
  let at = runs
  const end = at + conv.runCount * offsetof<Run>()
  for (; at < end; at += offsetof<Run>()) {
    const run = changetype<Run>(at)
    const step = run.pixelBytes
    let p0 = run.base + y * run.rowBytes + x * step
    let p1 = p0 + step
    let p2 = p1 + step
    let p3 = p2 + step
    let p4 = p3 + step
    let p5 = p4 + step
    const last = p0 + run.groups * 4
    while (p0 < last) {
      const u = loadWeights(w)
      const v = loadWeights(w + VECTOR_BYTES)
      w += 2 * VECTOR_BYTES
      let s = v128.load32_splat(p0)
      a0 = dot(u, s, a0)
      b0 = dot(v, s, b0)
      s = v128.load32_splat(p1)
      a1 = dot(u, s, a1)
      b1 = dot(v, s, b1)
      s = v128.load32_splat(p2)
      a2 = dot(u, s, a2)
      b2 = dot(v, s, b2)
      s = v128.load32_splat(p3)
      a3 = dot(u, s, a3)
      b3 = dot(v, s, b3)
      s = v128.load32_splat(p4)
      a4 = dot(u, s, a4)
      b4 = dot(v, s, b4)
      s = v128.load32_splat(p5)
      a5 = dot(u, s, a5)
      b5 = dot(v, s, b5)
      p0 += 4
      p1 += 4
      p2 += 4
      p3 += 4
      p4 += 4
      p5 += 4
    }
  }
  const factors = conv.factors + block * 32
  const f = v128.load(factors)
  const g = v128.load(factors, 16)
  const output = conv.output
  const pixel = output.channels
  const to = output.row(y) + x * pixel + block * 8
  const zero = output.zero
  storePair(to, pixel, quantize(a0, b0, f, g, zero), quantize(a1, b1, f, g, zero))
  storePair(to + 2 * pixel, pixel, quantize(a2, b2, f, g, zero), quantize(a3, b3, f, g, zero))
  storePair(to + 4 * pixel, pixel, quantize(a4, b4, f, g, zero), quantize(a5, b5, f, g, zero))
}

/** 4 pixels of a row, 8 channels. */
function tile4(conv: Convolution, runs: usize, block: i32, y: i32, x: i32): void {
  const sums = conv.sums + block * 32
  let a0 = v128.load(sums)
  let b0 = v128.load(sums, 16)
  let a1 = a0,
    a2 = a0,
    a3 = a0
  let b1 = b0,
    b2 = b0,
    b3 = b0
  let w = conv.weights + block * conv.blockBytes
  let at = runs
  const end = at + conv.runCount * offsetof<Run>()
  for (; at < end; at += offsetof<Run>()) {
    const run = changetype<Run>(at)
    const step = run.pixelBytes
    let p0 = run.base + y * run.rowBytes + x * step
    let p1 = p0 + step
    let p2 = p1 + step
    let p3 = p2 + step
    const last = p0 + run.groups * 4
    while (p0 < last) {
      const u = loadWeights(w)
      const v = loadWeights(w + VECTOR_BYTES)
      w += 2 * VECTOR_BYTES
      let s = v128.load32_splat(p0)
      a0 = dot(u, s, a0)
      b0 = dot(v, s, b0)
      s = v128.load32_splat(p1)
      a1 = dot(u, s, a1)
      b1 = dot(v, s, b1)
      s = v128.load32_splat(p2)
      a2 = dot(u, s, a2)
      b2 = dot(v, s, b2)
      s = v128.load32_splat(p3)
      a3 = dot(u, s, a3)
      b3 = dot(v, s, b3)
      p0 += 4
      p1 += 4
      p2 += 4
      p3 += 4
    }
  }
  const factors = conv.factors + block * 32
  const f = v128.load(factors)
  const g = v128.load(factors, 16)
  const output = conv.output
  const pixel = output.channels
  const to = output.row(y) + x * pixel + block * 8
  const zero = output.zero
  storePair(to, pixel, quantize(a0, b0, f, g, zero), quantize(a1, b1, f, g, zero))
  storePair(to + 2 * pixel, pixel, quantize(a2, b2, f, g, zero), quantize(a3, b3, f, g, zero))
}
