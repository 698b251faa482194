// What the loops work on. Row-major, origin top left, pixel centers at +0.5.

import type { f64, i32, Samples } from './numbers.ts'

/** One channel of floats. Alpha planes hold [0, 1], 1 = foreground. `data.length === width * height`. */
export class Plane {
  readonly width: i32
  readonly height: i32
  readonly data: Float32Array

  constructor(width: i32, height: i32, data: Float32Array) {
    this.width = width
    this.height = height
    this.data = data
  }
}

/** Rectangle in whole pixels, `left` and `top` inclusive, `width` and `height` at least 1. */
export class Box {
  readonly left: i32
  readonly top: i32
  readonly width: i32
  readonly height: i32

  constructor(left: i32, top: i32, width: i32, height: i32) {
    this.left = left
    this.top = top
    this.width = width
    this.height = height
  }
}

/** Interleaved samples: gray (1 channel) or red, green, blue and perhaps alpha. Every `Raster` is one. */
export class Pixels<T extends Samples> {
  readonly width: i32
  readonly height: i32
  readonly channels: i32
  readonly data: T

  constructor(width: i32, height: i32, channels: i32, data: T) {
    this.width = width
    this.height = height
    this.channels = channels
    this.data = data
  }
}

/** The largest value that a sample can have: 255 or 65535. */
export function largestSample<T extends Samples>(data: T): f64 {
  return data instanceof Uint16Array ? 65535 : 255
}
