// The subject's own colors where alpha is soft, free of the background that shone through. Both colors are estimated on a
// small grid level by level (Germer, Uelwer, Conrad, Harmeling, "Fast Multi-Level Foreground Estimation", ICPR 2020); each soft
// pixel starts from the grid's and shares out what its own color differs (Forte, "Approximate Fast Foreground Color
// Estimation", ICIP 2021). At full size only soft pixels are touched.

import { clamp01 } from '../../pixels/clamp.ts'
import { interpolation } from '../../pixels/interpolation.ts'
import type { Box, Plane, Raster, Size } from '../../pixels/raster.ts'
import { maxSample } from '../../pixels/raster.ts'
import { CELLS, READS, SMALL_SIDE, SMOOTH, SMOOTH_ACROSS, STEP, SWEEPS, SWEEPS_SMALL } from './strengths.ts'

/** Foreground and background colors of one level, interleaved RGB in 0..1. */
interface Level extends Size {
  readonly color: Float32Array
  readonly alpha: Float32Array
  readonly front: Float32Array
  readonly back: Float32Array
}

export interface ForegroundOptions {
  /** Whether `color` itself may be changed, which saves a copy of it. Default false. */
  readonly canOverwrite?: boolean
}

/** `color` (8 or 16 bit, RGB) with the background taken out under soft `alpha`; the same where alpha is 0 or 1. */
export function estimateForeground(
  color: Raster,
  alpha: Plane,
  { canOverwrite = false }: ForegroundOptions = {},
): Raster {
  const result: Raster = { ...color, data: canOverwrite ? color.data : color.data.slice() }
  const box = softBox(alpha)
  if (box) writeColors(result, alpha, solvePyramid(averageBlocks(color, alpha)), box)
  return result
}

/** Around all soft pixels; null without one. */
function softBox({ width, height, data }: Plane): Box | null {
  let left = width
  let right = 0
  let top = height
  let bottom = 0
  for (let y = 0; y < height; y++) {
    const from = y * width
    let x = from
    const end = from + width
    while (x < end && !isSoft(data[x]!)) x++
    if (x === end) continue
    let last = end - 1
    while (!isSoft(data[last]!)) last--
    left = Math.min(left, x - from)
    right = Math.max(right, last - from + 1)
    top = Math.min(top, y)
    bottom = y + 1
  }
  return right === 0 ? null : { left, top, width: right - left, height: bottom - top }
}

function isSoft(alpha: number): boolean {
  return alpha > STEP && alpha < 1 - STEP
}

/** Means of color and alpha over blocks of 2^n pixels a side; front and back still empty. */
function averageBlocks(color: Raster, alpha: Plane): Level {
  const { channels, data, width, height } = color
  let side = 1
  while (Math.ceil(width / side) * Math.ceil(height / side) > CELLS) side *= 2
  const level = emptyLevel(Math.ceil(width / side), Math.ceil(height / side))
  const stride = Math.max(1, side / READS)
  const scale = 1 / maxSample(color)
  for (let y = 0, i = 0; y < level.height; y++) {
    const bottom = Math.min(height, (y + 1) * side)
    for (let x = 0; x < level.width; x++, i++) {
      const right = Math.min(width, (x + 1) * side)
      let red = 0
      let green = 0
      let blue = 0
      let cover = 0
      let count = 0
      for (let v = y * side; v < bottom; v += stride) {
        for (let u = x * side; u < right; u += stride) {
          const at = v * width + u
          const from = at * channels
          red += data[from]!
          green += data[from + 1]!
          blue += data[from + 2]!
          cover += alpha.data[at]!
          count++
        }
      }
      level.color[i * 3] = (red * scale) / count
      level.color[i * 3 + 1] = (green * scale) / count
      level.color[i * 3 + 2] = (blue * scale) / count
      level.alpha[i] = cover / count
    }
  }
  return level
}

function emptyLevel(width: number, height: number): Level {
  const area = width * height
  return {
    width,
    height,
    color: new Float32Array(area * 3),
    alpha: new Float32Array(area),
    front: new Float32Array(area * 3),
    back: new Float32Array(area * 3),
  }
}

/** Solves the levels from a single pixel upwards; the finest is `level` itself. */
function solvePyramid(level: Level): Level {
  const pyramid = [level]
  while (pyramid[0]!.width > 1 || pyramid[0]!.height > 1) pyramid.unshift(halve(pyramid[0]!))
  let solved = startLevel(pyramid[0]!)
  for (const finer of pyramid.slice(1)) solved = solveLevel(finer, solved)
  return solved
}

function halve(level: Level): Level {
  const { width, height } = level
  const half = emptyLevel(Math.ceil(width / 2), Math.ceil(height / 2))
  for (let y = 0, to = 0; y < half.height; y++) {
    for (let x = 0; x < half.width; x++, to++) {
      let count = 0
      for (let v = 2 * y; v < Math.min(height, 2 * y + 2); v++) {
        for (let u = 2 * x; u < Math.min(width, 2 * x + 2); u++, count++) {
          const from = v * width + u
          half.alpha[to]! += level.alpha[from]!
          for (let c = 0; c < 3; c++) half.color[to * 3 + c]! += level.color[from * 3 + c]!
        }
      }
      half.alpha[to]! /= count
      for (let c = 0; c < 3; c++) half.color[to * 3 + c]! /= count
    }
  }
  return half
}

/** The coarsest level: one color for both, the picture's mean. */
function startLevel(level: Level): Level {
  level.front.set(level.color)
  level.back.set(level.color)
  return level
}

/** Solves `level` in place, starting from the next coarser one. */
function solveLevel(level: Level, coarser: Level): Level {
  enlarge(level, coarser)
  const sweeps = Math.max(level.width, level.height) <= SMALL_SIDE ? SWEEPS_SMALL : SWEEPS
  for (let sweep = 0; sweep < sweeps; sweep++) {
    // There and back, so that no direction is favoured.
    const forth = sweep % 2 === 0
    const area = level.alpha.length
    for (let k = 0; k < area; k++) {
      const i = forth ? k : area - 1 - k
      if (isSoft(level.alpha[i]!)) relax(level, i)
    }
  }
  return level
}

/** Nearest pixel of the coarser level; where alpha is 0 or 1 the picture itself shows one of the two colors. */
function enlarge({ width, height, color, alpha, front, back }: Level, coarser: Level): void {
  for (let y = 0, i = 0; y < height; y++) {
    const line = (y >> 1) * coarser.width
    for (let x = 0; x < width; x++, i++) {
      const from = (line + (x >> 1)) * 3
      const opaque = alpha[i]! >= 1 - STEP
      const clear = alpha[i]! <= STEP
      for (let c = 0; c < 3; c++) {
        front[i * 3 + c] = opaque ? color[i * 3 + c]! : coarser.front[from + c]!
        back[i * 3 + c] = clear ? color[i * 3 + c]! : coarser.back[from + c]!
      }
    }
  }
}

/** The two colors of one pixel that explain its own color and lie close to its four neighbors' (equations 3-5). */
function relax({ width, height, color, alpha, front, back }: Level, i: number): void {
  const x = i % width
  const own = alpha[i]!
  let weights = 0
  let f0 = 0
  let f1 = 0
  let f2 = 0
  let b0 = 0
  let b1 = 0
  let b2 = 0
  for (let side = 0; side < 4; side++) {
    let j: number
    if (side === 0) j = x > 0 ? i - 1 : -1
    else if (side === 1) j = x < width - 1 ? i + 1 : -1
    else if (side === 2) j = i - width
    else j = i + width < width * height ? i + width : -1
    if (j < 0) continue
    const weight = SMOOTH + SMOOTH_ACROSS * Math.abs(own - alpha[j]!)
    weights += weight
    const at = j * 3
    f0 += weight * front[at]!
    f1 += weight * front[at + 1]!
    f2 += weight * front[at + 2]!
    b0 += weight * back[at]!
    b1 += weight * back[at + 1]!
    b2 += weight * back[at + 2]!
  }
  if (weights === 0) return
  const rest = 1 - own
  // With both colors at the neighbors' mean, what is missing to the pixel's color is shared by the two in proportion.
  const share = 1 / (weights + own * own + rest * rest)
  const at = i * 3
  f0 /= weights
  f1 /= weights
  f2 /= weights
  b0 /= weights
  b1 /= weights
  b2 /= weights
  const m0 = (color[at]! - own * f0 - rest * b0) * share
  const m1 = (color[at + 1]! - own * f1 - rest * b1) * share
  const m2 = (color[at + 2]! - own * f2 - rest * b2) * share
  front[at] = clamp01(f0 + own * m0)
  front[at + 1] = clamp01(f1 + own * m1)
  front[at + 2] = clamp01(f2 + own * m2)
  back[at] = clamp01(b0 + rest * m0)
  back[at + 1] = clamp01(b1 + rest * m1)
  back[at + 2] = clamp01(b2 + rest * m2)
}

/** Bilinear interpolation of the grid, and what is missing to the pixel's own color shared by the two in proportion. */
function writeColors(result: Raster, alpha: Plane, { width, height, front, back }: Level, box: Box): void {
  const { channels, data } = result
  const scale = maxSample(result)
  const columns = interpolation(alpha.width, width, lengthOfCells(alpha.width, width))
  const rows = interpolation(alpha.height, height, lengthOfCells(alpha.height, height))
  for (let y = box.top; y < box.top + box.height; y++) {
    const top = rows.first[y]! * width
    const bottom = rows.second[y]! * width
    const down = rows.part[y]!
    for (let x = box.left, i = y * alpha.width + x; x < box.left + box.width; x++, i++) {
      const own = alpha.data[i]!
      if (!isSoft(own)) continue
      const a = (top + columns.first[x]!) * 3
      const b = (top + columns.second[x]!) * 3
      const c = (bottom + columns.first[x]!) * 3
      const d = (bottom + columns.second[x]!) * 3
      const across = columns.part[x]!
      const wd = across * down
      const wb = across - wd
      const wc = down - wd
      const wa = 1 - across - wc
      const rest = 1 - own
      const share = own / (own * own + rest * rest)
      const at = i * channels
      for (let k = 0; k < 3; k++) {
        const f = wa * front[a + k]! + wb * front[b + k]! + wc * front[c + k]! + wd * front[d + k]!
        const g = wa * back[a + k]! + wb * back[b + k]! + wc * back[c + k]! + wd * back[d + k]!
        const value = f + share * (data[at + k]! / scale - own * f - rest * g)
        data[at + k] = clamp01(value) * scale + 0.5
      }
    }
  }
}

/** Cells have a side of 2^n pixels; the last of a row may reach beyond the image. */
function lengthOfCells(pixels: number, cells: number): number {
  return cells * 2 ** Math.ceil(Math.log2(pixels / cells))
}
