// Which cells a random walk passes through, and how likely it takes each of its steps. Compiled to WebAssembly too.

import type { f64, i32 } from '../../pixels/numbers.ts'
import type { Pixels } from '../../pixels/plane.ts'

/** A step is taken with exp(-LIKENESS d²), d² summed over three channels of 0..1, and this little more. */
const LIKENESS: f64 = 200
const LEAST_STEP: f64 = 1e-4

export class WalkSteps {
  /** Runs of neighboring cells in a row: the first cell of each, and the one behind its last. */
  readonly begins: Int32Array
  readonly ends: Int32Array
  /** For each cell of the runs, how likely its steps are. 0 beyond the border of the image. */
  readonly left: Float32Array
  readonly right: Float32Array
  readonly above: Float32Array
  readonly below: Float32Array
  readonly all: Float64Array

  constructor(runs: i32, cells: i32) {
    this.begins = new Int32Array(runs)
    this.ends = new Int32Array(runs)
    this.left = new Float32Array(cells)
    this.right = new Float32Array(cells)
    this.above = new Float32Array(cells)
    this.below = new Float32Array(cells)
    this.all = new Float64Array(cells)
  }
}

/** The steps of walks from `zone`, 1 where one may begin, that end where `isEnd` is 1. All, and `color`, are of one size. */
export function stepsFrom(zone: Uint8Array, isEnd: Uint8Array, color: Pixels<Uint16Array>): WalkSteps {
  const width = color.width
  const height = color.height
  const reached = reach(zone, isEnd, width, height)
  let cells = 0
  let runs = 0
  for (let i = 0; i < reached.length; i++) {
    if (reached[i] === 0) continue
    cells++
    if (i % width === 0 || reached[i - 1] === 0) runs++
  }
  const steps = new WalkSteps(runs, cells)
  for (let y = 0, i = 0, k = 0, run = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (reached[i] === 0) continue
      if (x === 0 || reached[i - 1] === 0) steps.begins[run] = i
      if (x > 0) steps.left[k] = likeness(color.data, i, i - 1)
      if (x < width - 1) steps.right[k] = likeness(color.data, i, i + 1)
      if (y > 0) steps.above[k] = likeness(color.data, i, i - width)
      if (y < height - 1) steps.below[k] = likeness(color.data, i, i + width)
      // Opposite neighbors first: the sum is the same in a flipped image.
      steps.all[k] = steps.left[k]! + steps.right[k]! + (steps.above[k]! + steps.below[k]!)
      k++
      if (x === width - 1 || reached[i + 1] === 0) steps.ends[run++] = i + 1
    }
  }
  return steps
}

/** 1 where walks from `zone` come by before they end. */
function reach(zone: Uint8Array, isEnd: Uint8Array, width: i32, height: i32): Uint8Array {
  const reached = new Uint8Array(zone.length)
  const waiting = new Int32Array(zone.length)
  let count = 0
  for (let i = 0; i < zone.length; i++) {
    if (zone[i] === 0 || isEnd[i] !== 0) continue
    reached[i] = 1
    waiting[count++] = i
  }
  while (count > 0) {
    const i = waiting[--count]!
    const x = i % width
    for (let side = 0; side < 4; side++) {
      if (side === 0 ? x === 0 : side === 1 ? x === width - 1 : side === 2 ? i < width : i >= width * (height - 1))
        continue
      const next = side === 0 ? i - 1 : side === 1 ? i + 1 : side === 2 ? i - width : i + width
      if (reached[next] !== 0 || isEnd[next] !== 0) continue
      reached[next] = 1
      waiting[count++] = next
    }
  }
  return reached
}

function likeness(color: Uint16Array, i: i32, j: i32): f64 {
  let squares: f64 = 0
  for (let channel = 0; channel < 3; channel++) {
    const difference: f64 = ((color[3 * i + channel]! as f64) - (color[3 * j + channel]! as f64)) / 65535
    squares += difference * difference
  }
  return Math.exp(-LIKENESS * squares) + LEAST_STEP
}
