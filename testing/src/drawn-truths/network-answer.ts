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
    const gain = Math.min(MAX_GAIN, 1 / Math.max(1e-6, peaks.data[i]!))
    const doubtful = doubt * Math.max(0, noise(i % SIDE, Math.floor(i / SIDE)))
    return Math.round(value * gain * (1 - doubtful) * 4096) / 4096
  })
  return { width: SIDE, height: SIDE, data }
}

/** The largest value in the square of `radius` around each pixel. */
function localMaximum({ width, height, data }: Plane, radius: number): Plane {
  const rows = new Float32Array(data.length)
  const out = new Float32Array(data.length)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const end = y * width + Math.min(width - 1, x + radius)
      for (let k = y * width + Math.max(0, x - radius); k <= end; k++) rows[i] = Math.max(rows[i]!, data[k]!)
    }
  }
  for (let y = 0; y < height; y++) {
    for (let v = Math.max(0, y - radius); v <= Math.min(height - 1, y + radius); v++) {
      for (let x = 0; x < width; x++) out[y * width + x] = Math.max(out[y * width + x]!, rows[v * width + x]!)
    }
  }
  return { width, height, data: out }
}
