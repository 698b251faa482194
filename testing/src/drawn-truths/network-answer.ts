// What a segmentation network would answer, made from a known alpha: seen at the network's own size, smeared, thin things as
// strong as solid ones, and doubtful in places. Real networks differ; this one is the same on every machine.

import { type Plane, resizePlane } from '@koutu/core'
import { blurPlane } from './blur.ts'
import { createNoise } from './random.ts'

const SIDE = 1024
/** How much a faint response grows towards full contrast: thin things are drawn thick, not faint. */
const MAX_GAIN = 2.5
/** Size of doubtful places, in pixels of the answer. */
const DOUBT_PX = 160

export interface NetworkAnswerOptions {
  /**
   * Standard deviation, in pixels of the answer. The default network's edges are as steep as those of 1.6 in its crispest
   * tenth (a slope of 0.25 a pixel) and as those of 4 in the middle (0.1).
   */
  readonly blurPx: number
  /** How far values fall in doubtful places, 0..1. */
  readonly doubt: number
  readonly seed: number
}

/** 1024 x 1024, in 4096 steps, as the default network answers. */
export function networkAnswer(alpha: Plane, { blurPx, doubt, seed }: NetworkAnswerOptions): Plane {
  const seen = blurPlane(resizePlane(alpha, SIDE, SIDE), blurPx)
  const peaks = localMaximum(seen, Math.ceil(2 * blurPx))
  const noise = createNoise(seed, DOUBT_PX)
  const data = seen.data.map((value, i) => {
    if (value === 0) return 0
    const gain = Math.min(MAX_GAIN, 1 / Math.max(1e-6, peaks.data[i]!))
    const doubtful = doubt * Math.max(0, noise(i % SIDE, Math.floor(i / SIDE)))
    return Math.round(value * gain * (1 - doubtful) * 4096) / 4096
  })
  return { width: SIDE, height: SIDE, data }
}

/** The largest value in the square of `radius` around each pixel, of values from 0 on. */
function localMaximum({ width, height, data }: Plane, radius: number): Plane {
  const stride = width + 2 * radius
  const side = 2 * radius + 1
  const largest = new Float32Array(stride * (height + 2 * radius))
  for (let y = 0; y < height; y++)
    largest.set(data.subarray(y * width, (y + 1) * width), (y + radius) * stride + radius)
  // Each becomes the largest of `seen` values from it on, to the right and then down: twice as many at each turn.
  for (const step of [1, stride]) {
    for (let seen = 1; seen < side; seen = Math.min(side, 2 * seen)) {
      const ahead = Math.min(seen, side - seen) * step
      for (let i = 0, k = ahead; k < largest.length; i++, k++) if (largest[k]! > largest[i]!) largest[i] = largest[k]!
    }
  }
  const out = new Float32Array(data.length)
  for (let y = 0; y < height; y++) out.set(largest.subarray(y * stride, y * stride + width), y * width)
  return { width, height, data: out }
}
