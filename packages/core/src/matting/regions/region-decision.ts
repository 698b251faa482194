// What a network leaves half transparent over broad, flat areas is doubt, not glass: it is decided here by three witnesses -
// the network's own lean, the colors of sure subject and sure background, and flatness (fine structure is left alone).
// Works on a coarse grid; the answer is a correction that is smooth at full size. Sharp borders are the matting's job.

import { boxFilter } from '../../pixels/box-filter.ts'
import { smoothStep } from '../../pixels/clamp.ts'
import type { Samples } from '../../pixels/numbers.ts'
import type { Pixels, Plane } from '../../pixels/plane.ts'
import { resizePlane } from '../../pixels/resize.ts'
import { sampleRaster } from '../../pixels/sample-raster.ts'
import { carryOver, flatnessOf, GRID } from './carry-over.ts'
import { colorBins, colorEvidence } from './color-evidence.ts'

/** Colors of single cells are noisy; areas are decided, not cells. */
const COLOR_RADIUS = 2
/** From how much alpha a cell teaches the colors of the subject, and up to how much those of the background. */
const TEACHES_SUBJECT = 0.75
const TEACHES_BACKGROUND = 0.03
/** Log odds = SHARPEN * (logit(alpha) + lean * freedom) + COLOR * evidence. */
const SHARPEN = 1.6
/**
 * Networks of this family doubt the subject more often than the background, and the more so the more they doubt: where a
 * doubtful area is as large as the sure subject (lean 1.7), it is a part of it down to an alpha of 0.15; where it is a
 * fiftieth (lean 0), it is as often something behind. The lean is LEAN + LEAN_OF_SHARE * ln(doubtful / sure).
 */
const LEAN = 1.7
const LEAN_OF_SHARE = 0.45
/**
 * Freedom to lean rises from 0 to 1 between evidence of -1 and 1: gaps between hairs are as doubtful to the network as a
 * missed part of the subject, but have the background's colors.
 */
const FREE_TO_LEAN = 1
/** From how much alpha a cell counts as sure subject there. */
const SURE_SUBJECT = 0.9
/** Cells added to both areas: keeps the share of a few cells from saying much. */
const FEW_CELLS = 10
const COLOR = 1
/**
 * Separation of the two color models from which they are believed wholly: odds of 55 to 1 for the mean pixel. At 0, subject
 * and background look the same, and an area of their color stays as the network left it.
 */
const TELLING = 2
/** Cells of less alpha, and half of that from 1, are not doubted. */
const DOUBTED = 0.01
/** Deciding once widens what is sure, which improves the color models for the next time. */
const ROUNDS = 3

/**
 * `alpha` with the doubts of `coarse` decided. All three are stretched over the same picture; their sizes may differ.
 * `alpha` itself is returned where there is nothing to decide.
 */
export function decideRegions(alpha: Plane, coarse: Plane, guide: Pixels<Samples>): Plane {
  const grid = resizePlane(coarse, GRID, GRID)
  const flatness = flatnessOf(grid)
  const decided = decideCells(grid, flatness, sampleRaster(guide, GRID, GRID))
  return decided === grid ? alpha : carryOver(alpha, grid, decided, flatness)
}

function decideCells(grid: Plane, flatness: Plane, color: Pixels<Uint16Array>): Plane {
  const room = new Float32Array(grid.data.length)
  if (!markDoubts(room, grid.data, flatness.data)) return grid
  const bins = colorBins(color)
  const kind = new Int8Array(room.length)
  const decided = { ...grid, data: grid.data.slice() }
  const lean = leanOf(grid.data, flatness.data)
  for (let round = 0; round < ROUNDS; round++) {
    chooseTeachers(kind, decided.data)
    const { ratio, separation } = colorEvidence(bins, kind)
    const evidence = boxFilter({ ...grid, data: ratio }, COLOR_RADIUS)
    weighCells(decided.data, grid.data, room, evidence.data, lean, smoothStep(0, TELLING, separation))
  }
  return decided
}

// The loops are functions of bare arrays: the runtime compiles such at once, also for the first picture of a process.

/** How far each cell may be moved: 0 where the network is sure or alpha has structure. Whether there is any. */
function markDoubts(room: Float32Array, grid: Float32Array, flatness: Float32Array): boolean {
  let any = false
  for (let i = 0; i < room.length; i++) {
    const value = grid[i]!
    if (value <= DOUBTED || value >= 1 - DOUBTED / 2) continue
    room[i] = doubt(value) * flatness[i]!
    any ||= room[i]! > 0
  }
  return any
}

/** What is added to the network's own log odds: see LEAN. */
function leanOf(grid: Float32Array, flatness: Float32Array): number {
  let sure = FEW_CELLS
  let doubtful = FEW_CELLS
  for (let i = 0; i < grid.length; i++) {
    const value = grid[i]!
    if (value > SURE_SUBJECT) sure++
    else if (value > TEACHES_BACKGROUND) doubtful += flatness[i]!
  }
  return LEAN + LEAN_OF_SHARE * Math.log(doubtful / sure)
}

function chooseTeachers(kind: Int8Array, decided: Float32Array): void {
  for (let i = 0; i < kind.length; i++) {
    const value = decided[i]!
    kind[i] = value > TEACHES_SUBJECT ? 1 : value < TEACHES_BACKGROUND ? -1 : 0
  }
}

function weighCells(
  decided: Float32Array,
  grid: Float32Array,
  room: Float32Array,
  evidence: Float32Array,
  lean: number,
  say: number,
): void {
  for (let i = 0; i < room.length; i++) {
    if (room[i] === 0) continue
    const value = grid[i]!
    const own = Math.log((value + 1e-3) / (1 - value + 1e-3))
    const freedom = smoothStep(-FREE_TO_LEAN, FREE_TO_LEAN, evidence[i]!)
    const odds = SHARPEN * (own + lean * freedom) + COLOR * evidence[i]!
    decided[i] = value + (1 / (1 + Math.exp(-odds)) - value) * room[i]! * say
  }
}

/** 0 where the network is as good as sure, so that no color can overrule it; 1 where it is not. */
function doubt(value: number): number {
  return smoothStep(DOUBTED, 5 * DOUBTED, value) * (1 - smoothStep(0.95, 1 - DOUBTED / 2, value))
}
