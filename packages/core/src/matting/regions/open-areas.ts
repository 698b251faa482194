// Large areas that a network leaves half transparent and colors cannot decide: where they are, and how they take what the network says
// of another view. Nothing else of an answer changes, its edges least of all.

import { boxFilter } from '../../pixels/box-filter.ts'
import { clamp01, mix, smoothStep } from '../../pixels/clamp.ts'
import { createPlane, type Plane } from '../../pixels/raster.ts'
import { resampleLinear } from '../../pixels/resample.ts'
import { resizePlane } from '../../pixels/resize.ts'
import { GRID, type RegionDecision } from './carry-over.ts'
import { broadAreas } from './random-walk.ts'

/**
 * Cells that are worth another pass of the network: an eightieth of the image, and flat. Where alpha has structure it shows hair, of
 * which the network knows more than another view of it.
 */
const MIN_CELLS = (GRID * GRID) / 80
/** Radius in cells over which an area passes into its surroundings. */
const SOFT_RADIUS = 2
/** |2a - 1| of the alpha a on which both answers settle, in windows of this radius: from where it begins to count, and counts fully. */
const CERTAIN_FROM = 0.4
const CERTAIN = 0.8
const CERTAIN_RADIUS = 3
/** Alpha is kept this far from 0 and 1 where answers are averaged, so that no answer outweighs any other. */
const MIN_ODDS = 2e-3

/** Whether areas of `coarse`, before it is decided, may be half transparent enough: deciding hardly ever widens one, and costs more. */
export function mayHaveOpenAreas(coarse: Plane): boolean {
  return broadAreas(samplesOf(coarse)).reduce((sum, isOpen) => sum + isOpen, 0) >= MIN_CELLS
}

/**
 * How much of each cell of `decided` belongs to an area that stays half transparent, 0 to 1. Null where such areas are too small together,
 * each cell counted as far as it is flat.
 */
export function openAreas({ decided, flatness }: RegionDecision): Plane | null {
  const areas = broadAreas(decided)
  if (areas.reduce((sum, isOpen, i) => sum + isOpen * flatness.data[i]!, 0) < MIN_CELLS) return null
  return boxFilter({ ...decided, data: Float32Array.from(areas) }, SOFT_RADIUS)
}

/** The pixels in the middle of the cells of a grid. */
function samplesOf({ width, height, data }: Plane): Plane {
  const grid = createPlane(GRID, GRID)
  for (let y = 0, i = 0; y < GRID; y++) {
    const row = Math.floor(((y + 0.5) * height) / GRID) * width
    for (let x = 0; x < GRID; x++) grid.data[i++] = data[row + Math.floor(((x + 0.5) * width) / GRID)]!
  }
  return grid
}

/** `alpha` with its `areas`, as `openAreas` gives them, in the mean of its log odds and those of `other`, where that is nearly certain. */
export function settleAreas(alpha: Plane, other: Plane, areas: Plane): Plane {
  const { width, height } = alpha
  const mean = resizePlane(other, width, height).data.slice()
  for (let i = 0; i < mean.length; i++) {
    // Half the sum of their logarithms is that of the root of their product.
    const odds = Math.sqrt(oddsOf(mean[i]!) * oddsOf(alpha.data[i]!))
    mean[i] = clamp01((odds * (1 + MIN_ODDS) - MIN_ODDS) / (1 + odds))
  }
  const share = resampleLinear(whereCertain(areas, { width, height, data: mean }), width, height).data
  return { width, height, data: alpha.data.map((value, i) => mix(value, mean[i]!, share[i]!)) }
}

function whereCertain(areas: Plane, mean: Plane): Plane {
  const grid = resampleLinear(mean, GRID, GRID)
  const certain = { ...grid, data: grid.data.map((value) => Math.abs(2 * value - 1)) }
  const nearby = boxFilter(certain, CERTAIN_RADIUS).data
  return { ...areas, data: areas.data.map((area, i) => area * smoothStep(CERTAIN_FROM, CERTAIN, nearby[i]!)) }
}

function oddsOf(value: number): number {
  const alpha = clamp01(value)
  return (alpha + MIN_ODDS) / (1 - alpha + MIN_ODDS)
}
