// Connectivity error of Rhemann et al., "A perceptually motivated online benchmark for image matting", CVPR 2009:
// a pixel is well connected up to the last threshold at which it belonged to omega, the largest 4-connected component
// of the pixels where both mattes reach the threshold. Thresholds 0.1, 0.2 ... 1, theta 0.15, p = 1, as in the
// benchmark's public code. Components are found on runs of pixels, so that 12 megapixels stay quick.

import type { Plane } from '../pixels/raster.ts'
import { checkSameSize } from './compare.ts'

const STEPS = 10
const THETA = 0.15

/** Connectivity error, summed over all pixels and divided by 1000. 0 is best. */
export function conn(actual: Plane, truth: Plane): number {
  checkSameSize(actual, truth)
  const a = actual.data
  const t = truth.data
  const connectedTo = connectedLevels(actual, truth)
  let total = 0
  for (let i = 0; i < a.length; i++) {
    const level = connectedTo[i]! / STEPS
    const fromActual = a[i]! - level
    const fromTruth = t[i]! - level
    total += Math.abs((fromActual >= THETA ? fromActual : 0) - (fromTruth >= THETA ? fromTruth : 0))
  }
  return total / 1000
}

/** For each pixel the number of the last threshold, counted from 0, up to which it never left omega. */
function connectedLevels(actual: Plane, truth: Plane): Uint8Array {
  const { width, height } = truth
  const reached = reachedLevels(actual.data, truth.data)
  const connected = new Uint8Array(reached.length)
  const runs = new Runs()
  for (let level = 1; level <= STEPS; level++) {
    const omega = runs.largestComponent(reached, width, height, level)
    let grew = false
    runs.each(omega, (start, end) => {
      for (let i = start; i < end; i++) {
        if (connected[i] === level - 1) {
          connected[i] = level
          grew = true
        }
      }
    })
    // A pixel that leaves omega once never comes back, so a level without gain is the last.
    if (!grew) break
  }
  return connected
}

/** The highest threshold, 0..STEPS, that both mattes reach. */
function reachedLevels(a: Float32Array, t: Float32Array): Uint8Array {
  // Alpha is float32: compared with a float64 0.6, the 8-bit value 153 would miss its own threshold.
  const thresholds = Float32Array.from({ length: STEPS + 1 }, (_, level) => level / STEPS)
  const reached = new Uint8Array(a.length)
  for (let i = 0; i < a.length; i++) {
    const both = Math.min(a[i]!, t[i]!)
    let level = Math.min(STEPS, Math.max(0, Math.floor(both * STEPS)))
    // The product may round across a threshold, by one step at most.
    if (level < STEPS && both >= thresholds[level + 1]!) level++
    else if (level > 0 && both < thresholds[level]!) level--
    reached[i] = level
  }
  return reached
}

/** Horizontal runs of pixels at or above a level, joined to components by union-find. Storage is reused between levels. */
class Runs {
  #count = 0
  #starts = new Int32Array(1024)
  #ends = new Int32Array(1024)
  #parents = new Int32Array(1024)

  /** The root run of the largest component (the first one in reading order among equals), or -1 without any run. */
  largestComponent(reached: Uint8Array, width: number, height: number, level: number): number {
    this.#count = 0
    let above = 0
    for (let y = 0; y < height; y++) {
      const row = this.#count
      this.#scanRow(reached, y * width, width, level)
      this.#joinRows(above, row, width)
      above = row
    }
    return this.#largest()
  }

  each(root: number, visit: (start: number, end: number) => void): void {
    for (let run = 0; run < this.#count; run++) {
      if (this.#find(run) === root) visit(this.#starts[run]!, this.#ends[run]!)
    }
  }

  #scanRow(reached: Uint8Array, from: number, width: number, level: number): void {
    const to = from + width
    for (let i = from; i < to; i++) {
      if (reached[i]! < level) continue
      const start = i
      while (i < to && reached[i]! >= level) i++
      this.#add(start, i)
    }
  }

  #add(start: number, end: number): void {
    if (this.#count === this.#starts.length) {
      this.#starts = doubled(this.#starts)
      this.#ends = doubled(this.#ends)
      this.#parents = doubled(this.#parents)
    }
    this.#starts[this.#count] = start
    this.#ends[this.#count] = end
    this.#parents[this.#count] = this.#count
    this.#count++
  }

  /** Joins the runs from `row` on with the runs `above`..`row` of the row over them, where they share a column. */
  #joinRows(above: number, row: number, width: number): void {
    let upper = above
    let lower = row
    while (upper < row && lower < this.#count) {
      const upperStart = this.#starts[upper]! + width
      const upperEnd = this.#ends[upper]! + width
      const lowerEnd = this.#ends[lower]!
      if (upperStart < lowerEnd && this.#starts[lower]! < upperEnd) this.#join(upper, lower)
      if (upperEnd < lowerEnd) upper++
      else lower++
    }
  }

  #join(a: number, b: number): void {
    const rootA = this.#find(a)
    const rootB = this.#find(b)
    // The earlier run stays root, so that roots stand in reading order.
    if (rootA < rootB) this.#parents[rootB] = rootA
    else this.#parents[rootA] = rootB
  }

  #find(run: number): number {
    const parents = this.#parents
    let at = run
    while (parents[at] !== at) {
      parents[at] = parents[parents[at]!]!
      at = parents[at]!
    }
    return at
  }

  #largest(): number {
    const pixels = new Int32Array(this.#count)
    let best = -1
    for (let run = 0; run < this.#count; run++) pixels[this.#find(run)]! += this.#ends[run]! - this.#starts[run]!
    for (let run = 0; run < this.#count; run++) if (best < 0 || pixels[run]! > pixels[best]!) best = run
    return best
  }
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2)
  larger.set(array)
  return larger
}
