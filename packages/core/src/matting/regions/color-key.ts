// Alpha of graphics before one flat color: logos, line art, text, drawings. The background is known, so that alpha is unmixed
// from it instead of guessed: color = alpha * foreground + (1 - alpha) * background (Porter, Duff, SIGGRAPH 1984), the
// foreground taken from the solid pixels nearby (known-background matting: Smith, Blinn, "Blue Screen Matting", SIGGRAPH 1996).

import { createPlane, type Plane, type Raster, type Size } from '../../pixels/raster.ts'
import { findParts } from '../style/components.ts'

/** Largest difference of a channel, 0..255, up to which a pixel is background: noise of the border, within these. */
const TOLERANCE = { least: 3, most: 12 } as const
/** Share of the outermost pixels that must have one color within the larger tolerance; within the smaller one, a subject may touch more. */
const FLAT_BORDER = { noisy: 0.97, clean: 0.8 } as const
/** Pixels in which anti-aliasing mixes subject and background: a resampled edge is as wide as this. */
const EDGE_PX = 2
/** Pixels around an edge in which its solid color is looked for. */
const SOLID_PX = 4
/** Unmixed alpha within this of 0 or 1 is what noise leaves of clear background and solid foreground. */
const RESIDUE = 0.04

/** Distance from the background, as a share of the subject's, up to which a pixel is faint. */
const FAINT_LEVEL = 0.35

/** Pixels of a block of lossy compression: ripples of an edge end there. */
const BLOCK_PX = 8
/** Share of the largest difference nearby that ripples do not exceed. */
const RIPPLE = 0.2

export interface FlatBackground {
  /** RGB, 0..255. */
  readonly color: readonly [number, number, number]
  readonly tolerance: number
  /** Of each pixel from that color: the largest difference of a channel. 0 for ripples of lossy compression. */
  readonly distances: Uint8Array
  readonly isLossy: boolean
}

/** The one color of the image's border, or null where it has none. `image`: 8-bit RGB; `isLossy`: it was compressed as JPEG does. */
export function flatBackground(image: Raster, isLossy: boolean): FlatBackground | null {
  const border = borderPixels(image)
  if (border.length === 0) return null
  const counted = (levelOf: (at: number) => number): Uint32Array => {
    const counts = new Uint32Array(256)
    for (const at of border) counts[levelOf(at)]!++
    return counts
  }
  const median = (c: number) =>
    levelAt(
      counted((at) => image.data[at + c]!),
      border.length >> 1,
    )
  const color = [median(0), median(1), median(2)] as const
  const distances = counted((at) => distance(image.data, at, color))
  const within = (share: number) => levelAt(distances, Math.floor(border.length * share) - 1)
  const noise = within(FLAT_BORDER.noisy)
  const isWhole = noise <= TOLERANCE.most
  if (!isWhole && within(FLAT_BORDER.clean) > TOLERANCE.least) return null
  const plain = distancesFrom(image, color)
  return {
    color,
    tolerance: isWhole ? Math.max(TOLERANCE.least, noise) : TOLERANCE.least,
    distances: isLossy ? withoutRipples(plain, image) : plain,
    isLossy,
  }
}

/**
 * Alpha of the image's size, unmixed from the background. Background that the subject encloses, such as the inside of a letter,
 * is transparent unless `found`, a network's alpha of any size, takes it for subject.
 */
export function colorKey(image: Raster, background: FlatBackground, found: Plane): Plane {
  const { width, height } = image
  const { distances } = background
  const clear = clearPixels(distances, background.tolerance, image, found)
  const edge = near(clear, image, EDGE_PX)
  const alpha = createPlane(width, height)
  for (let i = 0; i < alpha.data.length; i++) {
    if (clear[i] === 1) continue
    // Of the background's own color is only what was kept: it is no mixture.
    const isMixture = edge[i] === 1 && distances[i]! > background.tolerance
    alpha.data[i] = isMixture ? unmixed(image, background.color, distances, clear, i) : 1
  }
  return alpha
}

/** Colors of the subject without the background's share. `image`: 8-bit RGB that `alpha` was unmixed from. */
export function unmixColors(image: Raster, alpha: Plane, { color }: FlatBackground): Raster {
  const data = new Uint8Array(image.data)
  for (let i = 0; i < alpha.data.length; i++) {
    const share = alpha.data[i]!
    if (share === 0 || share === 1) continue
    for (let c = 0; c < 3; c++) {
      const own = (image.data[3 * i + c]! - (1 - share) * color[c]!) / share
      data[3 * i + c] = Math.min(255, Math.max(0, Math.round(own)))
    }
  }
  return { ...image, data }
}

function borderPixels({ width, height }: Size): number[] {
  const places: number[] = []
  for (let x = 0; x < width; x++) places.push(3 * x, 3 * ((height - 1) * width + x))
  for (let y = 1; y < height - 1; y++) places.push(3 * y * width, 3 * (y * width + width - 1))
  return places
}

/** Largest difference of a channel. */
function distance(data: Raster['data'], at: number, [red, green, blue]: FlatBackground['color']): number {
  return Math.max(Math.abs(data[at]! - red), Math.abs(data[at + 1]! - green), Math.abs(data[at + 2]! - blue))
}

function distancesFrom({ data }: Raster, color: FlatBackground['color']): Uint8Array {
  const out = new Uint8Array(data.length / 3)
  for (let i = 0; i < out.length; i++) out[i] = distance(data, 3 * i, color)
  return out
}

/** 0 where a far larger difference lies within a block's reach. */
function withoutRipples(distances: Uint8Array, { width, height }: Size): Uint8Array {
  const nearby = largestNearby(distances, width, height)
  return distances.map((own, i) => (own > RIPPLE * nearby(i % width, Math.floor(i / width)) ? own : 0))
}

/** The largest distance in the block of a pixel and in the eight around it. */
function largestNearby(distances: Uint8Array, width: number, height: number): (x: number, y: number) => number {
  const [columns, rows] = [Math.ceil(width / BLOCK_PX), Math.ceil(height / BLOCK_PX)]
  const inBlock = new Uint8Array(columns * rows)
  for (let i = 0; i < distances.length; i++) {
    const block = Math.floor(Math.floor(i / width) / BLOCK_PX) * columns + Math.floor((i % width) / BLOCK_PX)
    if (distances[i]! > inBlock[block]!) inBlock[block] = distances[i]!
  }
  const around = inBlock.map((_, block) => {
    const [u, v] = [block % columns, Math.floor(block / columns)]
    let most = 0
    for (let b = Math.max(0, v - 1); b <= Math.min(rows - 1, v + 1); b++) {
      for (let a = Math.max(0, u - 1); a <= Math.min(columns - 1, u + 1); a++)
        most = Math.max(most, inBlock[b * columns + a]!)
    }
    return most
  })
  return (x, y) => around[Math.floor(y / BLOCK_PX) * columns + Math.floor(x / BLOCK_PX)]!
}

/** 1 where the background shows: connected with the border, or enclosed and not found by the network. */
function clearPixels(distances: Uint8Array, tolerance: number, { width, height }: Size, found: Plane): Uint8Array {
  const parts = findParts(distances, width, height, { threshold: tolerance, above: false, connectivity: 4 })
  const foundIn = new Float64Array(parts.area.length)
  const eachRun = (visit: (part: number, begin: number, end: number) => void) => {
    for (let run = 0; run < parts.count; run++) visit(parts.part[run]!, parts.begin[run]!, parts.end[run]!)
  }
  eachRun((part, begin, end) => {
    const row = Math.floor(((Math.floor(begin / width) + 0.5) * found.height) / height) * found.width
    for (let i = begin; i < end; i++) {
      foundIn[part]! += found.data[row + Math.floor((((i % width) + 0.5) * found.width) / width)]!
    }
  })
  const clear = new Uint8Array(width * height)
  eachRun((part, begin, end) => {
    if (parts.atBorder[part] === 1 || foundIn[part]! < 0.5 * parts.area[part]!) clear.fill(1, begin, end)
  })
  return clear
}

/** 1 within `reachPx` of a pixel that is 1: a square around it. */
function near(marked: Uint8Array, { width, height }: Size, reachPx: number): Uint8Array {
  const rows = new Uint8Array(marked.length)
  const out = new Uint8Array(marked.length)
  for (let y = 0; y < height; y++) {
    for (let x = marked.indexOf(1, y * width); x >= 0 && x < (y + 1) * width; x = marked.indexOf(1, x + 1)) {
      rows.fill(1, Math.max(y * width, x - reachPx), Math.min((y + 1) * width, x + reachPx + 1))
    }
  }
  for (let y = 0; y < height; y++) {
    for (let v = Math.max(0, y - reachPx); v <= Math.min(height - 1, y + reachPx); v++) {
      for (let x = 0; x < width; x++) out[y * width + x]! |= rows[v * width + x]!
    }
  }
  return out
}

/** Cosine between two colors' differences from the background, from which on one may be a mixture of the other. */
const SAME_DIRECTION = 0.95

/** Alpha of pixel `i`: its distance from the background as a share of that of the solid color of its direction. */
function unmixed(
  { data, width, height }: Raster,
  background: FlatBackground['color'],
  distances: Uint8Array,
  clear: Uint8Array,
  i: number,
): number {
  const own = difference(data, i, background)
  const length = Math.hypot(...own)
  let solid = length
  const x = i % width
  const y = (i - x) / width
  for (let v = Math.max(0, y - SOLID_PX); v <= Math.min(height - 1, y + SOLID_PX); v++) {
    for (let u = Math.max(0, x - SOLID_PX); u <= Math.min(width - 1, x + SOLID_PX); u++) {
      const j = v * width + u
      if (clear[j] === 1 || distances[j]! <= distances[i]!) continue
      const other = difference(data, j, background)
      const far = Math.hypot(...other)
      const cosine = (own[0] * other[0] + own[1] * other[1] + own[2] * other[2]) / (length * far)
      if (far > solid && cosine > SAME_DIRECTION) solid = far
    }
  }
  const alpha = length / solid
  return alpha < RESIDUE ? 0 : alpha > 1 - RESIDUE ? 1 : alpha
}

function difference(data: Raster['data'], i: number, [r, g, b]: FlatBackground['color']): [number, number, number] {
  return [data[3 * i]! - r, data[3 * i + 1]! - g, data[3 * i + 2]! - b]
}

/** Of what the network found, how much the key may leave out. */
const LEFT_OUT = 0.03
/** Share of the subject that may be faint over a wide area, as shadows are, before the image is a photo. */
const FAINT = 0.01
/** Pixels within which a faint pixel of a graphic has a solid one. */
const FAINT_REACH_PX = 3
/** Share of the subject, its edges left out, whose right and lower neighbors have its color, in graphics. */
const FLAT_SUBJECT = 0.5
/** Pixels to those neighbors where compression has made all steps small. */
const LOSSY_STEP_PX = 4
/** Share of the subject beyond its edges, in graphics of lossy formats. */
const SOLID_SUBJECT = 0.5
/** Levels within which two pixels have one color. */
const SAME_COLOR = 3

/**
 * Whether the image is a graphic, and not a photo before a plain wall: what the network found lies within `key`, nothing of it
 * fades out, and most of it has flat colors.
 */
export function isGraphic(image: Raster, background: FlatBackground, key: Plane, found: Plane): boolean {
  const { width, height } = image
  const { distances } = background
  const isSubject = (i: number) => key.data[i]! >= 0.5
  const clear = new Uint8Array(key.data.length)
  for (let i = 0; i < clear.length; i++) clear[i] = key.data[i] === 0 ? 1 : 0
  const edge = near(clear, image, EDGE_PX)
  const strong = FAINT_LEVEL * usualDistance(distances, isSubject)
  const count = { subject: 0, inner: 0, flat: 0, faint: 0, found: 0, missing: 0 }
  for (let y = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * found.height) / height) * found.width
    for (let x = 0; x < width; x++) {
      const i = y * width + x
      if (found.data[row + Math.floor(((x + 0.5) * found.width) / width)]! > 0.5) {
        count.found++
        if (key.data[i] === 0) count.missing++
      }
      // Ripples of lossy compression count as well; of the background's own color is only what the network has kept.
      const isFaint = key.data[i]! > 0 && distances[i]! > background.tolerance && distances[i]! < strong
      if (isFaint && isWide(distances, strong, x, y, image) && !isFill(image, background, x, y)) count.faint++
      if (!isSubject(i)) continue
      count.subject++
      if (edge[i] === 1) continue
      count.inner++
      if (isFlat(image, x, y, background.isLossy ? LOSSY_STEP_PX : 1)) count.flat++
    }
  }
  return (
    count.subject > 0 &&
    count.missing <= LEFT_OUT * count.found &&
    count.faint <= FAINT * count.subject &&
    count.flat >= FLAT_SUBJECT * count.inner &&
    // Lossy compression smears the color of thin strokes, which a network finds anyway.
    (!background.isLossy || count.inner >= SOLID_SUBJECT * count.subject)
  )
}

/** What nine of ten of the pixels asked for do not exceed. */
function usualDistance(distances: Uint8Array, isAsked: (i: number) => boolean): number {
  const counts = new Uint32Array(256)
  let total = 0
  for (let i = 0; i < distances.length; i++) {
    if (!isAsked(i)) continue
    counts[distances[i]!]!++
    total++
  }
  return levelAt(counts, Math.ceil(0.9 * total) - 1)
}

/** Of levels sorted upward, counted in `counts`, the one at `index`; the lowest for one below 0. */
function levelAt(counts: Uint32Array, index: number): number {
  let seen = 0
  for (let level = 0; level < 255; level++) {
    seen += counts[level]!
    if (seen > index) return level
  }
  return 255
}

function isFlat({ data, width, height }: Raster, x: number, y: number, stepPx: number): boolean {
  const i = y * width + x
  const same = (j: number) => [0, 1, 2].every((c) => Math.abs(data[3 * i + c]! - data[3 * j + c]!) <= SAME_COLOR)
  return same(x + stepPx < width ? i + stepPx : i) && same(y + stepPx < height ? i + stepPx * width : i)
}

/** A flat color that is no shadow: not the background's, darker. */
function isFill(image: Raster, { color, tolerance }: FlatBackground, x: number, y: number): boolean {
  if (!isFlat(image, x, y, 1)) return false
  const i = 3 * (y * image.width + x)
  const own = [image.data[i]!, image.data[i + 1]!, image.data[i + 2]!]
  const light = Math.max(...color)
  const share = light === 0 ? 1 : own[color.indexOf(light)]! / light
  return share > 1 || own.some((level, c) => Math.abs(level - share * color[c]!) > 2 * tolerance)
}

/** No strong pixel in reach, in eight directions. */
function isWide(distances: Uint8Array, strong: number, x: number, y: number, { width, height }: Size): boolean {
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      const u = x + dx * FAINT_REACH_PX
      const v = y + dy * FAINT_REACH_PX
      if (u >= 0 && v >= 0 && u < width && v < height && distances[v * width + u]! >= strong) return false
    }
  }
  return true
}
