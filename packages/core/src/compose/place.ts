// Places an image on the canvas of its result: cut, shifted or resampled as the layout says. Downscaling averages areas,
// upscaling is cubic (Keys 1981, a = -0.5). Colors are weighted by alpha, so that hidden ones do not bleed into edges.

import { clamp01 } from '../pixels/clamp.ts'
import { createPlane, maxSample, type Plane, type Raster } from '../pixels/raster.ts'
import { isInPlace, type Layout } from './layout.ts'

/**
 * RGB and alpha on the canvas. Beyond the image alpha is 0 and the color that of its border; where a whole neighborhood is
 * transparent its colors count alike. The inputs themselves where nothing moves.
 */
export function place(color: Raster, alpha: Plane, layout: Layout): { color: Raster; alpha: Plane } {
  if (isInPlace(layout, color)) return { color, alpha }
  if (isShift(layout)) return { color: shiftRaster(color, layout), alpha: shiftPlane(alpha, layout) }
  return resample(color, alpha, layout)
}

/** As `place`, of the alpha alone. */
export function placeAlpha(alpha: Plane, layout: Layout): Plane {
  if (isInPlace(layout, alpha)) return alpha
  return isShift(layout) ? shiftPlane(alpha, layout) : resamplePlane(alpha, layout)
}

/** As `place`, of opaque colors alone, which go on beyond their border. */
export function placeColor(color: Raster, layout: Layout): Raster {
  if (isInPlace(layout, color)) return color
  return isShift(layout) ? shiftRaster(color, layout) : resample(color, null, layout).color
}

function isShift({ scaleX, scaleY, left, top }: Layout): boolean {
  return scaleX === 1 && scaleY === 1 && Number.isInteger(left) && Number.isInteger(top)
}

function shiftRaster(raster: Raster, { width, height, left, top }: Layout): Raster {
  const { channels } = raster
  const length = width * height * channels
  const data = raster.data instanceof Uint16Array ? new Uint16Array(length) : new Uint8Array(length)
  const from = Math.min(width, Math.max(0, left))
  const to = Math.max(from, Math.min(width, left + raster.width))
  for (let y = 0; y < height; y++) {
    const line = Math.min(raster.height - 1, Math.max(0, y - top)) * raster.width
    const row = data.subarray(y * width * channels, (y + 1) * width * channels)
    row.set(raster.data.subarray((line + from - left) * channels, (line + to - left) * channels), from * channels)
    for (let x = 0; x < from; x++) copyPixel(raster, line, row, x)
    for (let x = to; x < width; x++) copyPixel(raster, line + raster.width - 1, row, x)
  }
  return { ...raster, width, height, data }
}

function copyPixel({ data, channels }: Raster, from: number, row: Uint8Array | Uint16Array, x: number): void {
  for (let c = 0; c < channels; c++) row[x * channels + c] = data[from * channels + c]!
}

function shiftPlane(plane: Plane, { width, height, left, top }: Layout): Plane {
  const out = createPlane(width, height)
  const from = Math.min(width, Math.max(0, left))
  const to = Math.max(from, Math.min(width, left + plane.width))
  for (let y = Math.max(0, top); y < Math.min(height, top + plane.height); y++) {
    const line = (y - top) * plane.width - left
    out.data.set(plane.data.subarray(line + from, line + to), y * width + from)
  }
  return out
}

interface Taps {
  /** First source index and number of taps of each target pixel; weights add up to 1. */
  readonly first: Int32Array
  readonly count: Int32Array
  readonly weights: Float32Array
  readonly stride: number
  /** Share of each target pixel that lies on the source. */
  readonly cover: Float32Array
}

/** Keys' cubic kernel with a = -0.5. */
function cubic(x: number): number {
  const t = Math.abs(x)
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0
}

/** `to` target pixels of an axis on which the source of `from` pixels begins at `start`, each `scale` wide. */
function makeTaps(from: number, to: number, start: number, scale: number): Taps {
  const shrinks = scale < 1
  const stride = shrinks ? Math.ceil(1 / scale) + 2 : 5
  const first = new Int32Array(to)
  const count = new Int32Array(to)
  const weights = new Float32Array(to * stride)
  const cover = new Float32Array(to)
  for (let i = 0; i < to; i++) {
    const begin = (i - start) / scale
    const end = (i + 1 - start) / scale
    const center = (begin + end) / 2
    // Floating point must make no soft border out of a sharp one.
    cover[i] = snap((Math.min(from, end) - Math.max(0, begin)) * scale)
    const reach = shrinks ? (end - begin) / 2 : 2
    const low = Math.min(from - 1, Math.max(0, shrinks ? Math.floor(begin + TINY) : Math.ceil(center - reach - 0.5)))
    const high = Math.max(
      low,
      Math.min(from - 1, shrinks ? Math.ceil(end - TINY) - 1 : Math.floor(center + reach - 0.5)),
    )
    let sum = 0
    for (let j = low; j <= high; j++) {
      const weight = shrinks ? Math.max(0, Math.min(j + 1, end) - Math.max(j, begin)) : cubic(j + 0.5 - center)
      weights[i * stride + j - low] = weight
      sum += weight
    }
    first[i] = low
    count[i] = high - low + 1
    // Beyond the source its nearest pixel stands for it.
    if (sum <= TINY) {
      weights.fill(0, i * stride, (i + 1) * stride)
      first[i] = begin < 0 ? 0 : from - 1
      count[i] = 1
      weights[i * stride] = 1
    } else for (let j = 0; j <= high - low; j++) weights[i * stride + j]! /= sum
  }
  return { first, count, weights, stride, cover }
}

const TINY = 1e-6

function snap(share: number): number {
  if (share < TINY) return 0
  return share > 1 - TINY ? 1 : share
}

/** What a transparent pixel's color weighs beside an opaque one's: nothing, unless all are transparent. */
const HIDDEN = 1e-5
/** Weight below which the cubic's negative lobes may leave no color to speak of. */
const FAINT = 0.01

function resample(color: Raster, alpha: Plane | null, layout: Layout): { color: Raster; alpha: Plane } {
  const { width, height } = layout
  const max = maxSample(color)
  const data = max === 255 ? new Uint8Array(width * height * 3) : new Uint16Array(width * height * 3)
  const out = createPlane(width, height)
  const source = color.data
  const across = makeTaps(color.width, width, layout.left, layout.scaleX)
  const down = makeTaps(color.height, height, layout.top, layout.scaleY)
  // Per pixel: red, green and blue times weight, and the weight itself.
  const line = new Float32Array(color.width * 4)
  const rows = scanned(down, width * 4, (y, row) => {
    for (let x = 0, i = y * color.width; x < color.width; x++, i++) {
      const weight = alpha ? alpha.data[i]! + HIDDEN : 1 + HIDDEN
      line[x * 4] = source[i * 3]! * weight
      line[x * 4 + 1] = source[i * 3 + 1]! * weight
      line[x * 4 + 2] = source[i * 3 + 2]! * weight
      line[x * 4 + 3] = weight
    }
    mixColors(line, row, across)
  })
  const mixed = new Float32Array(width * 4)
  const faint = layout.scaleX < 1 && layout.scaleY < 1 ? 0 : FAINT
  for (let y = 0, i = 0; y < height; y++) {
    mixRows(rows, y, down, mixed)
    for (let x = 0; x < width; x++, i++) {
      const weight = mixed[x * 4 + 3]!
      if (weight < faint) {
        const nearest = (middle(down, y) * color.width + middle(across, x)) * 3
        data[i * 3] = source[nearest]!
        data[i * 3 + 1] = source[nearest + 1]!
        data[i * 3 + 2] = source[nearest + 2]!
      } else {
        const scale = 1 / weight
        data[i * 3] = rounded(mixed[x * 4]! * scale, max)
        data[i * 3 + 1] = rounded(mixed[x * 4 + 1]! * scale, max)
        data[i * 3 + 2] = rounded(mixed[x * 4 + 2]! * scale, max)
      }
      out.data[i] = clamp01(weight - HIDDEN) * across.cover[x]! * down.cover[y]!
    }
  }
  return { color: { ...color, width, height, data }, alpha: out }
}

function rounded(value: number, max: number): number {
  return value < 0 ? 0 : value < max ? value + 0.5 : max
}

function middle({ first, count }: Taps, i: number): number {
  return first[i]! + (count[i]! >> 1)
}

function resamplePlane(alpha: Plane, layout: Layout): Plane {
  const { width, height } = layout
  const out = createPlane(width, height)
  const across = makeTaps(alpha.width, width, layout.left, layout.scaleX)
  const down = makeTaps(alpha.height, height, layout.top, layout.scaleY)
  const rows = scanned(down, width, (y, row) =>
    mixAlphas(alpha.data.subarray(y * alpha.width, (y + 1) * alpha.width), row, across),
  )
  const mixed = new Float32Array(width)
  for (let y = 0, i = 0; y < height; y++) {
    mixRows(rows, y, down, mixed)
    for (let x = 0; x < width; x++, i++) out.data[i] = clamp01(mixed[x]!) * across.cover[x]! * down.cover[y]!
  }
  return out
}

type Rows = (y: number) => Float32Array

/** Rows of the source at the target's width, made when first asked for and kept only as long as rows near it are. */
function scanned({ stride }: Taps, length: number, make: (y: number, row: Float32Array) => void): Rows {
  const kept = Array.from({ length: stride }, () => ({ y: -1, row: new Float32Array(length) }))
  return (y) => {
    const slot = kept[y % stride]!
    if (slot.y !== y) {
      make(y, slot.row)
      slot.y = y
    }
    return slot.row
  }
}

/** Red, green, blue and weight of each target pixel of a row. */
function mixColors(line: Float32Array, row: Float32Array, { first, count, weights, stride }: Taps): void {
  for (let x = 0, to = 0; to < row.length; x++, to += 4) {
    const end = x * stride + count[x]!
    let [red, green, blue, total] = [0, 0, 0, 0]
    for (let k = x * stride, from = first[x]! * 4; k < end; k++, from += 4) {
      const weight = weights[k]!
      red += weight * line[from]!
      green += weight * line[from + 1]!
      blue += weight * line[from + 2]!
      total += weight * line[from + 3]!
    }
    row[to] = red
    row[to + 1] = green
    row[to + 2] = blue
    row[to + 3] = total
  }
}

function mixAlphas(line: Float32Array, row: Float32Array, { first, count, weights, stride }: Taps): void {
  for (let x = 0; x < row.length; x++) {
    const end = x * stride + count[x]!
    let sum = 0
    for (let k = x * stride, from = first[x]!; k < end; k++, from++) sum += weights[k]! * line[from]!
    row[x] = sum
  }
}

function mixRows(rows: Rows, y: number, { first, count, weights, stride }: Taps, mixed: Float32Array): void {
  mixed.fill(0)
  for (let k = 0; k < count[y]!; k++) {
    const weight = weights[y * stride + k]!
    const row = rows(first[y]! + k)
    for (let i = 0; i < mixed.length; i++) mixed[i]! += weight * row[i]!
  }
}
