// How steep a network's alpha is at each place, and where on the step a pixel lies: a network that has resolved a spoke or a
// tooth draws it with a steep edge; hair that it has not resolved is a slow ramp. Compiled to WebAssembly too.

import { max, quotientUp } from '../../pixels/integers.ts'
import type { i32 } from '../../pixels/numbers.ts'
import { Plane } from '../../pixels/plane.ts'
import { resampleLinear } from '../../pixels/resample.ts'
import { extremeOfColumns, extremeOfRow } from './sharpness-rows.ts'

/** Reach of the extremes, in pixels of the network's alpha: half the width of its own steps. */
const REACH: i32 = 3

export class Sharpness {
  /** Lowest and highest alpha of the network around each pixel. */
  readonly lowest: Float32Array
  readonly highest: Float32Array

  constructor(lowest: Float32Array, highest: Float32Array) {
    this.lowest = lowest
    this.highest = highest
  }
}

/** The extremes of `coarse`, brought to `width` x `height`. The reach is at least one pixel of the full image. */
export function sharpnessOf(coarse: Plane, fullWidth: i32, fullHeight: i32, width: i32, height: i32): Sharpness {
  const reachX = max(REACH, quotientUp(coarse.width, fullWidth))
  const reachY = max(REACH, quotientUp(coarse.height, fullHeight))
  const lowest = resampleLinear(extreme(coarse, reachX, reachY, false), width, height)
  const highest = resampleLinear(extreme(coarse, reachX, reachY, true), width, height)
  return new Sharpness(lowest.data, highest.data)
}

/** The highest or the lowest value within the reach of each pixel, along rows and then along columns. */
function extreme(plane: Plane, reachX: i32, reachY: i32, highest: boolean): Plane {
  const width = plane.width
  const height = plane.height
  const rows = new Float32Array(width * height)
  const out = new Float32Array(width * height)
  for (let y = 0; y < height; y++) extremeOfRow(plane.data, y * width, width, reachX, highest, rows)
  for (let y = 0; y < height; y++) extremeOfColumns(rows, width, height, y, reachY, highest, out)
  return new Plane(width, height, out)
}
