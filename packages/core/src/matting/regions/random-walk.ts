// Broad areas that colors and the network's lean leave open are decided by what they are joined to: the probability that a random
// walk from each cell, which prefers steps between like colors, meets sure subject before sure background (Grady, "Random Walks
// for Image Segmentation", IEEE Trans. PAMI 2006). Compiled to WebAssembly too.

import { boxFilter } from '../../pixels/box-filter.ts'
import { smoothStep } from '../../pixels/clamp.ts'
import type { f64, i32 } from '../../pixels/numbers.ts'
import { type Pixels, Plane } from '../../pixels/plane.ts'
import { dilate } from '../edges/band.ts'

/** Alpha between this and 1 less this is undecided. */
const UNDECIDED: f64 = 0.1
/** An area is broad where a window of this radius, in cells, holds hardly anything else; with fewer such cells there is none. */
const RADIUS: i32 = 3
const HARDLY_ELSE: f64 = 0.9
const LEAST_CELLS: i32 = 130
/** Alpha up to this, and from 1 less this, is where walks end. */
const ENDS: f64 = 0.05
/** A step is taken with exp(-LIKENESS d²), d² summed over three channels of 0..1, and this little more. */
const LIKENESS: f64 = 200
const LEAST_STEP: f64 = 1e-4
/**
 * Rounds of Jacobi's iteration, accelerated by Chebyshev's (Golub and Van Loan, "Matrix Computations"): all cells at once, so that a
 * flipped image has the flipped answer. SPECTRAL: the square of its spectral radius.
 */
const ROUNDS: i32 = 300
const SPECTRAL: f64 = 0.98765
/** |2p - 1| from which a probability p begins to count, and at which it decides: its borders are no edges, so they stay soft. */
const CERTAIN_FROM: f64 = 0.7
const CERTAIN: f64 = 1

/** Cells that walks pass through. */
class Walk {
  readonly cells: Int32Array
  /** Of each of them, to the left, right, upper and lower neighbor. 0 beyond the border. */
  readonly steps: Float32Array

  constructor(count: i32) {
    this.cells = new Int32Array(count)
    this.steps = new Float32Array(4 * count)
  }
}

/** Decides broad undecided areas of `decided`, in place. `color` has its size; `believed`, 0..1, says how much colors tell at all. */
export function walkBroadAreas(decided: Plane, color: Pixels<Uint16Array>, believed: f64): void {
  const alpha = decided.data
  const zone = broadAreas(decided)
  if (zone.length === 0) return
  const chance = new Float32Array(alpha.length)
  let subject = 0
  let background = 0
  for (let i = 0; i < alpha.length; i++) {
    const value = alpha[i]!
    chance[i] = value >= 1 - ENDS ? 1 : value <= ENDS ? 0 : value
    if (value >= 1 - ENDS) subject++
    else if (value <= ENDS) background++
  }
  // Walks have to end somewhere, on either side.
  if (subject === 0 || background === 0) return
  const walk = prepareWalk(chance, alpha.length - subject - background, color)
  follow(walk, chance, decided.width)
  for (let i = 0; i < alpha.length; i++) {
    if (zone[i] === 0) continue
    const value = alpha[i]!
    const end: f64 = chance[i]! > 0.5 ? 1 : 0
    alpha[i] = value + (end - value) * believed * smoothStep(CERTAIN_FROM, CERTAIN, Math.abs(2 * chance[i]! - 1))
  }
}

/** 1 in broad undecided areas; empty where there is none. */
export function broadAreas(decided: Plane): Uint8Array {
  const area = decided.data.length
  const undecided = new Float32Array(area)
  for (let i = 0; i < area; i++) {
    if (decided.data[i]! > UNDECIDED && decided.data[i]! < 1 - UNDECIDED) undecided[i] = 1
  }
  const share = boxFilter(new Plane(decided.width, decided.height, undecided), RADIUS).data
  const zone = new Uint8Array(area)
  let count = 0
  for (let i = 0; i < area; i++) {
    if (share[i]! <= HARDLY_ELSE) continue
    zone[i] = 1
    count++
  }
  if (count < LEAST_CELLS) return new Uint8Array(0)
  dilate(zone, decided.width, decided.height, RADIUS)
  return zone
}

function prepareWalk(chance: Float32Array, count: i32, color: Pixels<Uint16Array>): Walk {
  const walk = new Walk(count)
  const width = color.width
  const height = color.height
  for (let y = 0, i = 0, next = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (chance[i] === 0 || chance[i] === 1) continue
      const at = 4 * next
      if (x > 0) walk.steps[at] = likeness(color.data, i, i - 1)
      if (x < width - 1) walk.steps[at + 1] = likeness(color.data, i, i + 1)
      if (y > 0) walk.steps[at + 2] = likeness(color.data, i, i - width)
      if (y < height - 1) walk.steps[at + 3] = likeness(color.data, i, i + width)
      walk.cells[next] = i
      next++
    }
  }
  return walk
}

function likeness(color: Uint16Array, i: i32, j: i32): f64 {
  let squares: f64 = 0
  for (let channel = 0; channel < 3; channel++) {
    const difference: f64 = ((color[3 * i + channel]! as f64) - (color[3 * j + channel]! as f64)) / 65535
    squares += difference * difference
  }
  return Math.exp(-LIKENESS * squares) + LEAST_STEP
}

/** The chance of each cell that a walk from it ends in the subject, in place. */
function follow(walk: Walk, chance: Float32Array, width: i32): void {
  const before = chance.slice()
  const mean = new Float32Array(walk.cells.length)
  let omega: f64 = 1
  for (let round = 0; round < ROUNDS; round++) {
    meanOfSteps(walk, chance, width, mean)
    for (let k = 0; k < mean.length; k++) {
      const i = walk.cells[k]!
      const value = Math.max(0, Math.min(1, before[i]! + omega * (mean[k]! - before[i]!)))
      before[i] = chance[i]!
      chance[i] = value
    }
    omega = round === 0 ? 1 / (1 - SPECTRAL / 2) : 1 / (1 - (SPECTRAL * omega) / 4)
  }
}

function meanOfSteps(walk: Walk, chance: Float32Array, width: i32, mean: Float32Array): void {
  const steps = walk.steps
  for (let k = 0; k < mean.length; k++) {
    const i = walk.cells[k]!
    const left: f64 = steps[4 * k]!
    const right: f64 = steps[4 * k + 1]!
    const above: f64 = steps[4 * k + 2]!
    const below: f64 = steps[4 * k + 3]!
    // Opposite neighbors first: the sum is the same in a flipped image.
    let across: f64 = 0
    let along: f64 = 0
    if (left > 0) across += left * chance[i - 1]!
    if (right > 0) across += right * chance[i + 1]!
    if (above > 0) along += above * chance[i - width]!
    if (below > 0) along += below * chance[i + width]!
    mean[k] = (across + along) / (left + right + (above + below))
  }
}
