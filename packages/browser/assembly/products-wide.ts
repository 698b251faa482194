// Products of 8 numbers of 16 bits in one instruction that every processor has and that is exact everywhere: compiled in place of
// products.ts. The input of a task is widened first; weights are widened when they are loaded.

import { Convolution, Run } from './records'

/** Four output channels x two input channels. */
export const VECTOR_BYTES: usize = 8

export function loadWeights(at: usize): v128 {
  return v128.load8x8_s(at)
}

export function dot(weights: v128, input: v128, sum: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(weights, input))
}

/** The runs that tiles of these rows read, in a copy of the input with 16 bits, both in this thread's part of the scratch. */
export function openRuns(conv: Convolution, from: i32, to: i32, thread: i32): usize {
  const opened = conv.scratch + thread * conv.scratchBytes
  let copy = opened + conv.runCount * offsetof<Run>()
  const inPart = conv.runCount / conv.parts
  for (let i = 0; i < conv.runCount; i += inPart) {
    const first = runAt(conv.runs, i)
    const last = runAt(conv.runs, i + inPart - 1)
    const begin = first.base + from * first.rowBytes
    const end = last.base + (to - 1) * last.rowBytes + (conv.output.width - 1) * last.pixelBytes + last.groups * 4
    for (let j = i; j < i + inPart; j++) {
      const run = runAt(conv.runs, j)
      const wide = runAt(opened, j)
      wide.base = copy + 2 * (run.base - begin)
      wide.rowBytes = 2 * run.rowBytes
      wide.pixelBytes = 2 * run.pixelBytes
      wide.groups = 2 * run.groups
    }
    copy = widen(begin, end, copy)
  }
  return opened
}

function runAt(runs: usize, i: i32): Run {
  return changetype<Run>(runs + i * offsetof<Run>())
}

/** Where the copy ends. Up to 15 bytes more than asked for are read and written. */
function widen(begin: usize, end: usize, to: usize): usize {
  for (let at = begin; at < end; at += 16) {
    const bytes = v128.load(at)
    v128.store(to, i16x8.extend_low_i8x16_u(bytes))
    v128.store(to, i16x8.extend_high_i8x16_u(bytes), 16)
    to += 32
  }
  return to
}
