// What a network leaves half transparent over broad, flat areas is nearly always doubt, not glass: it is decided here by three
// witnesses - the network's own lean, the colors of sure subject and sure background, and flatness (fine structure is left alone).
// Works on a coarse grid; the answer is a correction that is smooth at full size. Sharp borders are the matting's job.
// Compiled to WebAssembly too.

import { boxFilter } from '../../pixels/box-filter.ts'
import { smoothStep } from '../../pixels/clamp.ts'
import type { f64, i32, Samples } from '../../pixels/numbers.ts'
import { type Pixels, Plane } from '../../pixels/plane.ts'
import { resampleLinear } from '../../pixels/resample.ts'
import { sampleRaster } from '../../pixels/sample-raster.ts'
import { flatnessOf, GRID, RegionDecision } from './carry-over.ts'
import { colorBins, colorEvidence } from './color-evidence.ts'
import { settleMixtures } from './mixtures.ts'
import { walkBroadAreas } from './random-walk.ts'

/** Colors of single cells are noisy; areas are decided, not cells. */
const COLOR_RADIUS: i32 = 2
/** From how much alpha a cell teaches the colors of the subject, and up to how much those of the background. */
const TEACHES_SUBJECT: f64 = 0.75
const TEACHES_BACKGROUND: f64 = 0.03
/** Log odds = SHARPEN * (logit(alpha) + lean * leaning) + COLOR * evidence. */
const SHARPEN: f64 = 1.6
/**
 * Networks of this family doubt the subject more often than the background, and the more so the more they doubt: where a
 * doubtful area is as large as the sure subject (lean 1.7), it is a part of it down to an alpha of 0.15; where it is a
 * fiftieth (lean 0), it is as often something behind. The lean is LEAN + LEAN_OF_SHARE * ln(doubtful / sure).
 */
const LEAN: f64 = 1.7
const LEAN_OF_SHARE: f64 = 0.45
/**
 * Freedom to lean rises from 0 to 1 between evidence of -1 and 1: gaps between hairs are as doubtful to the network as a
 * missed part of the subject, but have the background's colors.
 */
const FREE_TO_LEAN: f64 = 1
/** From how much alpha a cell counts as sure subject there. */
const SURE_SUBJECT: f64 = 0.9
/** Cells added to both areas: keeps the share of a few cells from saying much. */
const FEW_CELLS: f64 = 10
const COLOR: f64 = 1
/**
 * Separation of the two color models from which they are believed wholly: odds of 55 to 1 for the mean pixel. At 0, subject
 * and background look the same, and an area of their color stays as the network left it.
 */
const BELIEVED: f64 = 2
/** Cells of less alpha, and half of that from 1, are not doubted. */
const DOUBTED: f64 = 0.01
/** Deciding once widens what is sure, which improves the color models for the next time. */
const ROUNDS: i32 = 3

/** The decision about the doubts of `coarse`, which is stretched over the same image as `guide`. */
export function decideRegions<T extends Samples>(coarse: Plane, guide: Pixels<T>): RegionDecision {
  const grid = resampleLinear(coarse, GRID, GRID)
  const flatness = flatnessOf(grid)
  const freedom = new Float32Array(GRID * GRID)
  if (!markDoubts(freedom, grid.data, flatness.data)) return new RegionDecision(grid, flatness, grid)
  const color = sampleRaster(guide, GRID, GRID)
  const decided = new Plane(GRID, GRID, grid.data.slice())
  const believed = decideByColors(decided.data, grid.data, flatness.data, freedom, color)
  walkBroadAreas(decided, color, believed)
  settleMixtures(decided, grid.data, freedom, color)
  return new RegionDecision(grid, flatness, decided)
}

/** Decides what colors and the network's lean can, in `decided`. Returns how much colors tell at all, 0..1. */
function decideByColors(
  decided: Float32Array,
  grid: Float32Array,
  flatness: Float32Array,
  freedom: Float32Array,
  color: Pixels<Uint16Array>,
): f64 {
  const bins = colorBins(color)
  const kind = new Int8Array(GRID * GRID)
  const ratio = new Float32Array(GRID * GRID)
  const lean = leanOf(grid, flatness)
  let believed: f64 = 0
  for (let round = 0; round < ROUNDS; round++) {
    chooseTeachers(kind, decided)
    believed = smoothStep(0, BELIEVED, colorEvidence(bins, kind, ratio))
    const evidence = boxFilter(new Plane(GRID, GRID, ratio), COLOR_RADIUS)
    weighCells(decided, grid, freedom, evidence.data, lean, believed)
  }
  return believed
}

// The loops are functions of bare arrays: the runtime compiles such at once, also for the first picture of a process.

/** How far each cell may be moved: 0 where the network is sure or alpha has structure. Whether there is any. */
function markDoubts(freedom: Float32Array, grid: Float32Array, flatness: Float32Array): boolean {
  let any = false
  for (let i = 0; i < freedom.length; i++) {
    const value = grid[i]!
    if (value <= DOUBTED || value >= 1 - DOUBTED / 2) continue
    freedom[i] = doubt(value) * flatness[i]!
    if (freedom[i]! > 0) any = true
  }
  return any
}

/** What is added to the network's own log odds: see LEAN. */
function leanOf(grid: Float32Array, flatness: Float32Array): f64 {
  let sure: f64 = FEW_CELLS
  let doubtful: f64 = FEW_CELLS
  for (let i = 0; i < grid.length; i++) {
    const value = grid[i]!
    if (value > SURE_SUBJECT) sure += 1
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
  freedom: Float32Array,
  evidence: Float32Array,
  lean: f64,
  belief: f64,
): void {
  for (let i = 0; i < freedom.length; i++) {
    if (freedom[i] === 0) continue
    const value = grid[i]!
    const own = Math.log((value + 1e-3) / (1 - value + 1e-3))
    const leaning = smoothStep(-FREE_TO_LEAN, FREE_TO_LEAN, evidence[i]!)
    const odds = SHARPEN * (own + lean * leaning) + COLOR * evidence[i]!
    decided[i] = value + (1 / (1 + Math.exp(-odds)) - value) * freedom[i]! * belief
  }
}

/** 0 where the network is as good as sure, so that no color can overrule it; 1 where it is not. */
function doubt(value: f64): f64 {
  return smoothStep(DOUBTED, 5 * DOUBTED, value) * (1 - smoothStep(0.95, 1 - DOUBTED / 2, value))
}
