// How steep a network's alpha is at each place, and where on the step a pixel lies: a network that has resolved a spoke or a
// tooth draws it with a steep edge; hair that it has not resolved is a slow ramp.

import type { Plane, Size } from '../../pixels/raster.ts'
import { resizePlane } from '../../pixels/resize.ts'

/** Reach of the extremes, in pixels of the network's alpha: half the width of its own steps. */
const REACH = 3
export interface Sharpness {
  /** Lowest and highest alpha of the network around each pixel. */
  readonly lowest: Float32Array
  readonly highest: Float32Array
}

/** The extremes of `coarse`, brought to `size`. `full` is the size of the image; the reach is at least one of its pixels. */
export function sharpnessOf(coarse: Plane, full: Size, { width, height }: Size): Sharpness {
  const reachX = Math.max(REACH, Math.ceil(coarse.width / full.width))
  const reachY = Math.max(REACH, Math.ceil(coarse.height / full.height))
  const brought = (sign: 1 | -1) => resizePlane(extreme(coarse, reachX, reachY, sign), width, height).data
  return { lowest: brought(-1), highest: brought(1) }
}

/** The highest (sign 1) or lowest (-1) value within the reach of each pixel, along rows and then along columns. */
function extreme({ width, height, data }: Plane, reachX: number, reachY: number, sign: 1 | -1): Plane {
  const rows = new Float32Array(data.length)
  const out = new Float32Array(data.length)
  for (let y = 0; y < height; y++) extremeOfRow(data, rows, y * width, width, reachX, sign)
  for (let y = 0; y < height; y++) {
    const to = y * width
    out.set(rows.subarray(to, to + width), to)
    for (let v = Math.max(0, y - reachY); v <= Math.min(height - 1, y + reachY); v++)
      extremeOfRows(rows, v * width, out, to, width, sign)
  }
  return { width, height, data: out }
}

function extremeOfRow(
  data: Float32Array,
  out: Float32Array,
  from: number,
  width: number,
  reach: number,
  sign: number,
): void {
  for (let x = 0; x < width; x++) {
    let most = data[from + x]! * sign
    const end = from + Math.min(width - 1, x + reach)
    for (let i = from + Math.max(0, x - reach); i <= end; i++) most = Math.max(most, data[i]! * sign)
    out[from + x] = most * sign
  }
}

function extremeOfRows(
  rows: Float32Array,
  from: number,
  out: Float32Array,
  to: number,
  width: number,
  sign: number,
): void {
  for (let x = 0; x < width; x++) {
    if (rows[from + x]! * sign > out[to + x]! * sign) out[to + x] = rows[from + x]!
  }
}
