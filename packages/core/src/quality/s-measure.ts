// Structure measure of Fan et al., "Structure-measure: a new way to evaluate foreground maps", ICCV 2017, alpha 0.5:
// the mean of an object part (even foreground, even background) and a region part (likeness in the four quarters
// around the centroid of the truth). The truth is a mask, the answer stays soft. Details as in the authors' code.

import type { Plane } from '../pixels/raster.ts'
import { checkSameSize, MASK_THRESHOLD } from './compare.ts'

const OBJECT_SHARE = 0.5
/** Keeps the divisions apart from 0 / 0; the value of the authors' code. */
const EPSILON = 2 ** -52

/** S-measure of an alpha plane against the mask truth >= 0.5. Range 0..1; 1 is best. Not symmetric. */
export function sMeasure(actual: Plane, truth: Plane): number {
  checkSameSize(actual, truth)
  const { width, height } = truth
  const whole = momentsOf(actual, truth, 0, 0, width, height)
  if (whole.inside.count === 0) return 1 - whole.mean
  if (whole.outside.count === 0) return whole.mean

  const score = OBJECT_SHARE * objectScore(whole) + (1 - OBJECT_SHARE) * regionScore(actual, truth, centroid(truth))
  return Math.max(0, score)
}

/** Alpha and mask over a rectangle. `squares` are sums of squared distances from the mean beside them. */
interface Moments {
  readonly count: number
  readonly mean: number
  readonly squares: number
  readonly inside: Sample
  readonly outside: Sample
}

interface Sample {
  readonly count: number
  readonly mean: number
  readonly squares: number
}

function momentsOf(actual: Plane, truth: Plane, left: number, top: number, right: number, bottom: number): Moments {
  const a = actual.data
  const t = truth.data
  const count = (right - left) * (bottom - top)
  // Sums run on the distance from one of the values: constant alpha then has a spread of exactly 0.
  const origin = count > 0 ? a[top * truth.width + left]! : 0
  let inside = 0
  let sum = 0
  let squares = 0
  let insideSum = 0
  let insideSquares = 0
  for (let y = top; y < bottom; y++) {
    for (let i = y * truth.width + left, end = y * truth.width + right; i < end; i++) {
      const value = a[i]! - origin
      sum += value
      squares += value * value
      if (t[i]! >= MASK_THRESHOLD) {
        inside++
        insideSum += value
        insideSquares += value * value
      }
    }
  }
  return {
    ...sample(count, origin, sum, squares),
    inside: sample(inside, origin, insideSum, insideSquares),
    outside: sample(count - inside, origin, sum - insideSum, squares - insideSquares),
  }
}

function sample(count: number, origin: number, sum: number, squares: number): Sample {
  if (count === 0) return { count, mean: 0, squares: 0 }
  // Rounding may push the difference below 0, hence the maximum.
  return { count, mean: origin + sum / count, squares: Math.max(0, squares - (sum * sum) / count) }
}

function objectScore({ count, inside, outside }: Moments): number {
  const share = inside.count / count
  // The background is judged on 1 - alpha: same spread, mirrored mean.
  return share * evenness(inside.mean, deviation(inside)) + (1 - share) * evenness(1 - outside.mean, deviation(outside))
}

function evenness(mean: number, spread: number): number {
  return (2 * mean) / (mean * mean + 1 + spread + EPSILON)
}

/** Unbiased standard deviation; 0 for a single pixel. */
function deviation({ count, squares }: Sample): number {
  return count < 2 ? 0 : Math.sqrt(squares / (count - 1))
}

interface Point {
  readonly x: number
  readonly y: number
}

/** How many columns and rows belong to the left and the upper quarters: the rounded centroid, counted from 1. */
function centroid(truth: Plane): Point {
  let inside = 0
  let sumX = 0
  let sumY = 0
  for (let y = 0, i = 0; y < truth.height; y++) {
    for (let x = 0; x < truth.width; x++, i++) {
      if (truth.data[i]! >= MASK_THRESHOLD) {
        inside++
        sumX += x + 1
        sumY += y + 1
      }
    }
  }
  return { x: Math.round(sumX / inside), y: Math.round(sumY / inside) }
}

function regionScore(actual: Plane, truth: Plane, { x, y }: Point): number {
  const { width, height } = truth
  const quarters = [
    momentsOf(actual, truth, 0, 0, x, y),
    momentsOf(actual, truth, x, 0, width, y),
    momentsOf(actual, truth, 0, y, x, height),
    momentsOf(actual, truth, x, y, width, height),
  ]
  let score = 0
  // A quarter without pixels (the centroid on the border) weighs nothing.
  for (const m of quarters) if (m.count > 0) score += (m.count / (width * height)) * likeness(m)
  return score
}

/** Structural similarity of alpha and mask over one quarter, without the stabilising constants of SSIM. */
function likeness({ count, mean, squares, inside, outside }: Moments): number {
  const maskMean = inside.count / count
  const degrees = count - 1 + EPSILON
  // For a mask, both sums follow from the sizes of its two sides and the mean of alpha on each.
  const maskSquares = (inside.count * outside.count) / count
  const covariance = (maskSquares * (inside.mean - outside.mean)) / degrees
  const numerator = 4 * mean * maskMean * covariance
  const denominator = (mean * mean + maskMean * maskMean) * ((squares + maskSquares) / degrees)
  if (numerator !== 0) return numerator / (denominator + EPSILON)
  return denominator === 0 ? 1 : 0
}
