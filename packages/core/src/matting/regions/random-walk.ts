// Broad areas that colors and the network's lean leave open are decided by what they are joined to: the probability that a random
// walk from each cell, which prefers steps between like colors, meets sure subject before sure background (Grady, "Random Walks
// for Image Segmentation", IEEE Trans. PAMI 2006). Compiled to WebAssembly too.

import { boxFilter } from '../../pixels/box-filter.ts'
import { smoothStep } from '../../pixels/clamp.ts'
import type { f64, i32 } from '../../pixels/numbers.ts'
import { type Pixels, Plane } from '../../pixels/plane.ts'
import { dilate } from '../edges/band.ts'
import { walkRun } from './walk-rows.ts'
import { stepsFrom, type WalkSteps } from './walk-steps.ts'

/** Alpha between this and 1 less this is undecided. */
const UNDECIDED: f64 = 0.1
/** An area is broad where a window of this radius, in cells, holds hardly anything else; with fewer such cells there is none. */
const RADIUS: i32 = 3
const HARDLY_ELSE: f64 = 0.9
const LEAST_CELLS: i32 = 130
/** Alpha up to this, and from 1 less this, is where walks end. */
const ENDS: f64 = 0.05
/**
 * Rounds of Jacobi's iteration, accelerated by Chebyshev's (Golub and Van Loan, "Matrix Computations"): all cells at once, so that a
 * flipped image has the flipped answer. An even number, so that the last is in the place of the first. SPECTRAL: the square of its
 * spectral radius.
 */
const ROUNDS: i32 = 300
const SPECTRAL: f64 = 0.98765
/** |2p - 1| from which a probability p begins to count, and at which it decides: its borders are no edges, so they stay soft. */
const CERTAIN_FROM: f64 = 0.7
const CERTAIN: f64 = 1

/** Decides broad undecided areas of `decided`, in place. `color` has its size; `believed`, 0..1, says how much colors tell at all. */
export function walkBroadAreas(decided: Plane, color: Pixels<Uint16Array>, believed: f64): void {
  const alpha = decided.data
  const zone = broadAreas(decided)
  if (zone.length === 0) return
  const width = decided.width
  // A row of the image's width above and below, so that a step beyond the border reads something, times 0.
  const chance = new Float32Array(alpha.length + 2 * width)
  const isEnd = new Uint8Array(alpha.length)
  let subject = 0
  let background = 0
  for (let i = 0; i < alpha.length; i++) {
    const value = alpha[i]!
    chance[width + i] = value >= 1 - ENDS ? 1 : value <= ENDS ? 0 : value
    if (value >= 1 - ENDS) subject++
    else if (value <= ENDS) background++
    else continue
    isEnd[i] = 1
  }
  // Walks have to end somewhere, on either side.
  if (subject === 0 || background === 0) return
  follow(stepsFrom(zone, isEnd, color), chance, width)
  for (let i = 0; i < alpha.length; i++) {
    if (zone[i] === 0) continue
    const value = alpha[i]!
    const found = chance[width + i]!
    const end: f64 = found > 0.5 ? 1 : 0
    alpha[i] = value + (end - value) * believed * smoothStep(CERTAIN_FROM, CERTAIN, Math.abs(2 * found - 1))
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

/** The chance of each cell that a walk from it ends in the subject, in place. One row above the image and one below. */
function follow(steps: WalkSteps, chance: Float32Array, width: i32): void {
  let now: Float32Array = chance
  let before: Float32Array = chance.slice()
  let omega: f64 = 1
  for (let round = 0; round < ROUNDS; round++) {
    for (let run = 0, k = 0; run < steps.begins.length; run++) {
      const count = steps.ends[run]! - steps.begins[run]!
      walkRun(steps, k, count, now, before, width + steps.begins[run]!, width, omega)
      k += count
    }
    const next = before
    before = now
    now = next
    omega = round === 0 ? 1 / (1 - SPECTRAL / 2) : 1 / (1 - (SPECTRAL * omega) / 4)
  }
}
