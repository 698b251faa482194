// Products of 16 bytes in one instruction of relaxed SIMD, where the processor adds them exactly.

import { Convolution } from './records'

/** Four output channels x four input channels. */
export const VECTOR_BYTES: usize = 16

export function loadWeights(at: usize): v128 {
  return v128.load(at)
}

/** Adds 16 products: weights are signed, what the input's bytes are is told by `productKind` of the page. */
export function dot(weights: v128, input: v128, sum: v128): v128 {
  return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, input, sum)
}

/** The runs that tiles of these rows read: the input where it lies. */
export function openRuns(conv: Convolution, _from: i32, _to: i32, _thread: i32): usize {
  return conv.runs
}
