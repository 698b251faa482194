// The subject's own colors where alpha is soft, free of the background that shone through: multi-level estimation of
// foreground and background (Germer, Uelwer, Conrad, Harmeling, "Fast Multi-Level Foreground Estimation", ICPR 2020).
// Levels of up to a quarter megapixel are solved as a whole, finer ones tile by tile around soft alpha, so that memory stays small.

import { clamp01 } from '../pixels/clamp.ts'
import type { Box, Plane, Raster } from '../pixels/raster.ts'
import { maxSample } from '../pixels/raster.ts'
import { bandTiles } from './band.ts'

/** Below half an 8-bit step alpha is 0 or 1, and the color is what the photo shows. */
const STEP = 1 / 510
/** Pixels of the finest level that is solved as a whole. */
const WHOLE = 2 ** 18
/** Weight of a neighbour: the first everywhere, the second times the difference of alpha, as in the reference. */
const SMOOTH = 1e-5
const SMOOTH_ACROSS = 1
/** Levels up to this side are solved by more sweeps, because colors travel far there. */
const SMALL_SIDE = 32
const SWEEPS_SMALL = 10
const SWEEPS = 2
/** Side of a tile and its halo at each level, in pixels of that level. */
const TILE = 128
const HALO = 4

/** Foreground and background colors over a box of one level, interleaved RGB in 0..1. */
interface Level {
  readonly box: Box
  readonly color: Float32Array
  readonly alpha: Float32Array
  readonly front: Float32Array
  readonly back: Float32Array
}

/** `color` (8 or 16 bit, RGB) with the background taken out under soft `alpha`; a copy, the same where alpha is 0 or 1. */
export function estimateForeground(color: Raster, alpha: Plane): Raster {
  const result: Raster = { ...color, data: color.data.slice() }
  const soft = softPixels(alpha)
  if (!soft.includes(1)) return result
  let depth = 0
  while ((alpha.width >> depth) * (alpha.height >> depth) > WHOLE) depth++
  const whole = solveWhole(color, alpha, depth)
  if (depth === 0) {
    writeColors(result, alpha, whole, { left: 0, top: 0, width: alpha.width, height: alpha.height })
    return result
  }
  for (const tile of bandTiles(soft, alpha.width, alpha.height, TILE, TILE)) {
    let level = whole
    for (let step = depth - 1; step >= 0; step--) {
      level = solveLevel(averageBlocks(color, alpha, boxAtLevel(tile, step, alpha), step), level)
    }
    writeColors(result, alpha, level, tile)
  }
  return result
}

function softPixels(alpha: Plane): Uint8Array {
  const soft = new Uint8Array(alpha.data.length)
  for (let i = 0; i < soft.length; i++) soft[i] = isSoft(alpha.data[i]!) ? 1 : 0
  return soft
}

function isSoft(alpha: number): boolean {
  return alpha > STEP && alpha < 1 - STEP
}

/** The part of level `step` (blocks of 2^step pixels) that `tile` and its halo cover. */
function boxAtLevel(tile: Box, step: number, { width, height }: Plane): Box {
  const left = Math.max(0, (tile.left >> step) - HALO)
  const top = Math.max(0, (tile.top >> step) - HALO)
  const right = Math.min(blocks(width, step), blocks(tile.left + tile.width, step) + HALO)
  const bottom = Math.min(blocks(height, step), blocks(tile.top + tile.height, step) + HALO)
  return { left, top, width: right - left, height: bottom - top }
}

/** Blocks of 2^step pixels that `size` pixels need; the last may be smaller. */
function blocks(size: number, step: number): number {
  return Math.ceil(size / 2 ** step)
}

/** Means of color and alpha over the blocks of `box`; front and back still empty. */
function averageBlocks(color: Raster, alpha: Plane, box: Box, step: number): Level {
  const level = emptyLevel(box)
  const { channels, data, width } = color
  const side = 1 << step
  const scale = 1 / maxSample(color)
  for (let y = 0, i = 0; y < box.height; y++) {
    const top = (box.top + y) * side
    const bottom = Math.min(color.height, top + side)
    for (let x = 0; x < box.width; x++, i++) {
      const left = (box.left + x) * side
      const right = Math.min(width, left + side)
      let red = 0
      let green = 0
      let blue = 0
      let cover = 0
      for (let v = top; v < bottom; v++) {
        for (let u = left, at = v * width + left, from = at * channels; u < right; u++, at++, from += channels) {
          red += data[from]!
          green += data[from + 1]!
          blue += data[from + 2]!
          cover += alpha.data[at]!
        }
      }
      const count = (bottom - top) * (right - left)
      level.color[i * 3] = (red * scale) / count
      level.color[i * 3 + 1] = (green * scale) / count
      level.color[i * 3 + 2] = (blue * scale) / count
      level.alpha[i] = cover / count
    }
  }
  return level
}

function emptyLevel(box: Box): Level {
  const area = box.width * box.height
  return {
    box,
    color: new Float32Array(area * 3),
    alpha: new Float32Array(area),
    front: new Float32Array(area * 3),
    back: new Float32Array(area * 3),
  }
}

/** Level `step` over the whole picture, from a single pixel upwards. */
function solveWhole(color: Raster, alpha: Plane, step: number): Level {
  const box = { left: 0, top: 0, width: blocks(alpha.width, step), height: blocks(alpha.height, step) }
  const pyramid = [averageBlocks(color, alpha, box, step)]
  while (pyramid[0]!.box.width > 1 || pyramid[0]!.box.height > 1) pyramid.unshift(halve(pyramid[0]!))
  let solved = startLevel(pyramid[0]!)
  for (const level of pyramid.slice(1)) solved = solveLevel(level, solved)
  return solved
}

function halve(level: Level): Level {
  const { width, height } = level.box
  const half = emptyLevel({ left: 0, top: 0, width: blocks(width, 1), height: blocks(height, 1) })
  for (let y = 0, to = 0; y < half.box.height; y++) {
    for (let x = 0; x < half.box.width; x++, to++) {
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

/** Solves `level` in place, starting from the next coarser one, which covers it. */
function solveLevel(level: Level, coarser: Level): Level {
  enlarge(level, coarser)
  const sweeps = Math.max(level.box.width, level.box.height) <= SMALL_SIDE ? SWEEPS_SMALL : SWEEPS
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
function enlarge({ box, color, alpha, front, back }: Level, coarser: Level): void {
  for (let y = 0, i = 0; y < box.height; y++) {
    const line = (((box.top + y) >> 1) - coarser.box.top) * coarser.box.width - coarser.box.left
    for (let x = 0; x < box.width; x++, i++) {
      const from = (line + ((box.left + x) >> 1)) * 3
      const opaque = alpha[i]! >= 1 - STEP
      const clear = alpha[i]! <= STEP
      for (let c = 0; c < 3; c++) {
        front[i * 3 + c] = opaque ? color[i * 3 + c]! : coarser.front[from + c]!
        back[i * 3 + c] = clear ? color[i * 3 + c]! : coarser.back[from + c]!
      }
    }
  }
}

/** The two colors of one pixel that explain its own color and lie close to its four neighbours' (equations 3-5). */
function relax({ box, color, alpha, front, back }: Level, i: number): void {
  const { width, height } = box
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
  // With both colors at the neighbours' mean, what is missing to the pixel's color is shared by the two in proportion.
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

function writeColors(result: Raster, alpha: Plane, level: Level, tile: Box): void {
  const { channels, data } = result
  const scale = maxSample(result)
  for (let y = tile.top; y < tile.top + tile.height; y++) {
    let from = (y - level.box.top) * level.box.width + tile.left - level.box.left
    for (let x = tile.left, i = y * alpha.width + x; x < tile.left + tile.width; x++, i++, from++) {
      if (!isSoft(alpha.data[i]!)) continue
      for (let c = 0; c < 3; c++) data[i * channels + c] = Math.round(level.front[from * 3 + c]! * scale)
    }
  }
}
