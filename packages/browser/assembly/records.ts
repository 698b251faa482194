// What the page writes into memory before a run: a table of steps, and the tensors that they read and write. The fields are those of
// src/engine/integers/records.ts, in the same order, four bytes each. Knows nothing of networks.

/** One for all threads. */
@unmanaged
export class Control {
  /** Goes up by one with each run, to -1 when the threads shall leave. */
  run: i32
  threads: i32
  steps: usize
  stepCount: i32
  /** What the bytes of tensors are XORed with: 0x80 where products take signed bytes on both sides, else 0. */
  flip: i32
}

/** Bytes in rows of pixels of all channels, with a border of the zero point around them. */
@unmanaged
export class Tensor {
  /** Of the first pixel inside the border. */
  origin: usize
  rowBytes: i32
  channels: i32
  height: i32
  width: i32
  border: i32
  zero: i32

  @inline
  row(y: i32): usize {
    return this.origin + y * this.rowBytes
  }
}

export enum Kind {
  Convolve,
  Pool,
  Add,
  Double,
  LookUp,
  SumChannels,
  DoubleLogistic,
}

/** The fields that all kinds of steps begin with. */
@unmanaged
export class Step {
  kind: Kind
  tasks: i32
  /** Rows of the output in one task, and in all. */
  rows: i32
  height: i32
  /** Counted by the threads: tasks that were taken in this run, and threads that were done with the step in all runs. */
  taken: i32
  done: i32
  input: Tensor
  /** What is added to the input. */
  second: Tensor
  output: Tensor
}

@unmanaged
export class Convolution extends Step {
  /** Eight channels of the output are a block. */
  blocks: i32
  blocksInTask: i32
  runs: usize
  runCount: i32
  weights: usize
  blockBytes: i32
  /** 32-bit sums to start from, and factors, of each channel of the output. */
  sums: usize
  factors: usize
  /** Tiles of four pixels in a row; all others have six. */
  fours: i32
  /** Inputs, each with as many runs. */
  parts: i32
  /** Of each thread, one after the other; products of bytes need none. */
  scratch: usize
  scratchBytes: i32
}

/** Bytes of the input that lie side by side in one window: a row of it, or one pixel where the window has gaps. */
@unmanaged
export class Run {
  /** Of the window of the first pixel of the output. */
  base: usize
  rowBytes: i32
  pixelBytes: i32
  /** Of four bytes. */
  groups: i32
}

/** Scales and zero points of a sum of two quantized values. */
@unmanaged
export class Terms {
  scaleA: f32
  zeroA: i32
  scaleB: f32
  zeroB: i32
  scale: f32
  zero: i32
}

@unmanaged
export class Addition extends Step {
  terms: Terms
}

@unmanaged
export class Doubling extends Step {
  downward: Terms
  across: Terms
  /** A row of each thread, one after the other. */
  scratch: usize
  scratchBytes: i32
}

@unmanaged
export class LookUp extends Step {
  table: usize
}

/** The last steps make floats. */
@unmanaged
export class Floats extends Step {
  from: usize
  to: usize
  scale: f32
  offset: f32
}
