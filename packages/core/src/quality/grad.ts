// Gradient error of Rhemann et al., "A perceptually motivated online benchmark for image matting", CVPR 2009:
// the squared difference of the gradient magnitudes under first-order Gaussian derivative filters, sigma 1.4, q = 2.
// Filter size and scale as in the benchmark's public code: taps until the Gaussian falls below 0.01, the
// two-dimensional kernel scaled to Euclidean length 1, edge pixels repeated. Tiles where the two do not differ add nothing.

import type { Plane } from '../pixels/raster.ts'
import { checkSameSize } from './compare.ts'

const SIGMA = 1.4
const CUTOFF = 1e-2

/** Side of a tile. */
const SIDE = 32

/** Gradient error, summed over all pixels and divided by 1000. 0 is best. */
export function grad(actual: Plane, truth: Plane): number {
  checkSameSize(actual, truth)
  const ofActual = tileGradients(actual)
  const ofTruth = tileGradients(truth)
  let total = 0
  for (let top = 0; top < truth.height; top += SIDE) {
    for (let left = 0; left < truth.width; left += SIDE) {
      if (isSameAround(actual, truth, left, top)) continue
      const a = ofActual(left, top)
      const t = ofTruth(left, top)
      const width = Math.min(SIDE, truth.width - left)
      const height = Math.min(SIDE, truth.height - top)
      for (let y = 0; y < height; y++) {
        for (let i = y * SIDE, end = i + width; i < end; i++) {
          const d = a[i]! - t[i]!
          total += d * d
        }
      }
    }
  }
  return total / 1000
}

/** Whether all that the filter sees from a tile is the same in both. */
function isSameAround(actual: Plane, truth: Plane, left: number, top: number): boolean {
  const { width, height } = truth
  const from = Math.max(0, left - TAPS.radius)
  const to = Math.min(width, left + SIDE + TAPS.radius)
  const bottom = Math.min(height, top + SIDE + TAPS.radius)
  for (let y = Math.max(0, top - TAPS.radius); y < bottom; y++) {
    for (let i = y * width + from, end = y * width + to; i < end; i++) {
      if (actual.data[i] !== truth.data[i]) return false
    }
  }
  return true
}

interface Taps {
  /** Taps reach from -radius to +radius. */
  readonly radius: number
  /** Even half: value at distance 0..radius. */
  readonly smooth: Float64Array
  /** Odd half: value at distance 0..radius; the other side has the opposite sign. */
  readonly derive: Float64Array
}

function makeTaps(sigma: number): Taps {
  const radius = Math.ceil(sigma * Math.sqrt(-2 * Math.log(Math.sqrt(2 * Math.PI) * sigma * CUTOFF)))
  const smooth = new Float64Array(radius + 1)
  const derive = new Float64Array(radius + 1)
  let smoothSquares = 0
  let deriveSquares = 0
  for (let i = 0; i <= radius; i++) {
    smooth[i] = Math.exp((-i * i) / (2 * sigma * sigma))
    derive[i] = i * smooth[i]!
    const sides = i === 0 ? 1 : 2
    smoothSquares += sides * smooth[i]! ** 2
    deriveSquares += sides * derive[i]! ** 2
  }
  // The kernel is the outer product of the two, so its length is the product of theirs.
  for (let i = 0; i <= radius; i++) {
    smooth[i]! /= Math.sqrt(smoothSquares)
    derive[i]! /= Math.sqrt(deriveSquares)
  }
  return { radius, smooth, derive }
}

const TAPS = makeTaps(SIGMA)

/** Gives the gradient magnitudes of the tile at a place. The answer is valid until the next call. */
function tileGradients({ width, height, data }: Plane): (left: number, top: number) => Float64Array {
  const { radius, smooth, derive } = TAPS
  const seen = SIDE + 2 * radius
  const padded = new Float64Array(seen)
  const smoothed = new Float64Array(seen * SIDE)
  const derived = new Float64Array(seen * SIDE)
  const magnitudes = new Float64Array(SIDE * SIDE)

  return (left, top) => {
    for (let row = 0; row < seen; row++) {
      const line = Math.min(height - 1, Math.max(0, top + row - radius)) * width
      for (let i = 0; i < seen; i++) padded[i] = data[line + Math.min(width - 1, Math.max(0, left + i - radius))]!
      for (let x = 0; x < SIDE; x++) {
        const center = x + radius
        let even = smooth[0]! * padded[center]!
        let odd = 0
        for (let i = 1; i <= radius; i++) {
          const right = padded[center + i]!
          const left = padded[center - i]!
          even += smooth[i]! * (right + left)
          odd += derive[i]! * (right - left)
        }
        smoothed[row * SIDE + x] = even
        derived[row * SIDE + x] = odd
      }
    }
    for (let i = 0, center = radius * SIDE; i < magnitudes.length; i++, center++) {
      let across = smooth[0]! * derived[center]!
      let down = 0
      for (let k = 1; k <= radius; k++) {
        const above = center - k * SIDE
        const below = center + k * SIDE
        across += smooth[k]! * (derived[above]! + derived[below]!)
        down += derive[k]! * (smoothed[below]! - smoothed[above]!)
      }
      magnitudes[i] = Math.sqrt(across ** 2 + down ** 2)
    }
    return magnitudes
  }
}
