// As core's matting/sharpness.ts.

import { float, floats, setFloat } from './memory'
import { resizeLinear } from './planes'

const REACH: i32 = 3

export class Sharpness {
  lowest: usize
  highest: usize
}

export function sharpnessOf(
  coarse: usize,
  coarseWidth: i32,
  coarseHeight: i32,
  fullWidth: i32,
  fullHeight: i32,
  width: i32,
  height: i32,
): Sharpness {
  const reachX = max(REACH, (coarseWidth + fullWidth - 1) / fullWidth)
  const reachY = max(REACH, (coarseHeight + fullHeight - 1) / fullHeight)
  const sharpness = new Sharpness()
  const lowest = extreme(coarse, coarseWidth, coarseHeight, reachX, reachY, false)
  const highest = extreme(coarse, coarseWidth, coarseHeight, reachX, reachY, true)
  sharpness.lowest = resizeLinear(lowest, coarseWidth, coarseHeight, width, height)
  sharpness.highest = resizeLinear(highest, coarseWidth, coarseHeight, width, height)
  return sharpness
}

function extreme(plane: usize, width: i32, height: i32, reachX: i32, reachY: i32, highest: bool): usize {
  const rows = floats(width * height)
  const out = floats(width * height)
  const bytes = (<usize>width) << 2
  for (let y = 0; y < height; y++) extremeOfRow(plane, rows, y * width, width, reachX, highest)
  for (let y = 0; y < height; y++) {
    const to = out + <usize>y * bytes
    memory.copy(to, rows + <usize>y * bytes, bytes)
    const last = min(height - 1, y + reachY)
    for (let v = max(0, y - reachY); v <= last; v++) extremeOfRows(rows + <usize>v * bytes, to, width, highest)
  }
  return out
}

function extremeOfRow(plane: usize, out: usize, from: i32, width: i32, reach: i32, highest: bool): void {
  let x = 0
  for (; x < min(reach, width); x++) extremeOfPixel(plane, out, from, x, width, reach, highest)
  for (; x + reach + 4 <= width; x += 4) {
    let at = plane + ((<usize>(from + x - reach)) << 2)
    let most = v128.load(at)
    for (let k = 0; k < 2 * reach; k++) {
      at += 4
      const next = v128.load(at)
      most = highest ? f32x4.max(most, next) : f32x4.min(most, next)
    }
    v128.store(out + ((<usize>(from + x)) << 2), most)
  }
  for (; x < width; x++) extremeOfPixel(plane, out, from, x, width, reach, highest)
}

function extremeOfPixel(plane: usize, out: usize, from: i32, x: i32, width: i32, reach: i32, highest: bool): void {
  let most = float(plane, from + x)
  const last = from + min(width - 1, x + reach)
  for (let i = from + max(0, x - reach); i <= last; i++) {
    const value = float(plane, i)
    most = highest ? max(most, value) : min(most, value)
  }
  setFloat(out, from + x, most)
}

function extremeOfRows(row: usize, to: usize, width: i32, highest: bool): void {
  let x = 0
  for (; x + 4 <= width; x += 4, row += 16, to += 16) {
    const a = v128.load(to)
    const b = v128.load(row)
    v128.store(to, highest ? f32x4.max(a, b) : f32x4.min(a, b))
  }
  for (; x < width; x++, row += 4, to += 4) {
    const a = load<f32>(to)
    const b = load<f32>(row)
    store<f32>(to, highest ? max(a, b) : min(a, b))
  }
}
