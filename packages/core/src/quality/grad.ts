// Gradient error of Rhemann et al., "A perceptually motivated online benchmark for image matting", CVPR 2009:
// the squared difference of the gradient magnitudes under first-order Gaussian derivative filters, sigma 1.4, q = 2.
// Filter size and scale as in the benchmark's public code: taps until the Gaussian falls below 0.01, the
// two-dimensional kernel scaled to Euclidean length 1, edge pixels repeated. Rows stream, so memory stays small.

import type { Plane } from '../pixels/raster.ts'
import { checkSameSize } from './compare.ts'

const SIGMA = 1.4
const CUTOFF = 1e-2

/** Gradient error, summed over all pixels and divided by 1000. 0 is best. */
export function grad(actual: Plane, truth: Plane): number {
  checkSameSize(actual, truth)
  const actualRow = gradientRows(actual)
  const truthRow = gradientRows(truth)
  let total = 0
  for (let y = 0; y < truth.height; y++) {
    const a = actualRow(y)
    const t = truthRow(y)
    for (let x = 0; x < truth.width; x++) {
      const d = a[x]! - t[x]!
      total += d * d
    }
  }
  return total / 1000
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

/** Gives the gradient magnitude row by row; rows must be asked for in order. The answer is valid until the next call. */
function gradientRows({ width, height, data }: Plane): (y: number) => Float64Array {
  const { radius, smooth, derive } = TAPS
  const slots = 2 * radius + 1
  const smoothed = Array.from({ length: slots }, () => new Float64Array(width))
  const derived = Array.from({ length: slots }, () => new Float64Array(width))
  const padded = new Float64Array(width + 2 * radius)
  const vertical = new Float64Array(width)
  const magnitude = new Float64Array(width)
  let filtered = 0

  const filterRow = (y: number) => {
    const from = y * width
    padded.fill(data[from]!, 0, radius)
    padded.set(data.subarray(from, from + width), radius)
    padded.fill(data[from + width - 1]!, radius + width)
    const s = smoothed[y % slots]!
    const d = derived[y % slots]!
    for (let x = 0; x < width; x++) {
      const center = x + radius
      let even = smooth[0]! * padded[center]!
      let odd = 0
      for (let i = 1; i <= radius; i++) {
        const right = padded[center + i]!
        const left = padded[center - i]!
        even += smooth[i]! * (right + left)
        odd += derive[i]! * (right - left)
      }
      s[x] = even
      d[x] = odd
    }
  }
  const clampRow = (y: number) => Math.min(height - 1, Math.max(0, y))

  return (y) => {
    while (filtered <= clampRow(y + radius)) filterRow(filtered++)
    const center = derived[y % slots]!
    for (let x = 0; x < width; x++) {
      magnitude[x] = smooth[0]! * center[x]!
      vertical[x] = 0
    }
    for (let i = 1; i <= radius; i++) {
      const above = clampRow(y - i) % slots
      const below = clampRow(y + i) % slots
      const derivedAbove = derived[above]!
      const derivedBelow = derived[below]!
      const smoothedAbove = smoothed[above]!
      const smoothedBelow = smoothed[below]!
      const even = smooth[i]!
      const odd = derive[i]!
      for (let x = 0; x < width; x++) {
        magnitude[x]! += even * (derivedAbove[x]! + derivedBelow[x]!)
        vertical[x]! += odd * (smoothedBelow[x]! - smoothedAbove[x]!)
      }
    }
    for (let x = 0; x < width; x++) magnitude[x] = Math.sqrt(magnitude[x]! ** 2 + vertical[x]! ** 2)
    return magnitude
  }
}
