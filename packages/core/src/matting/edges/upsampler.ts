// Carries an alpha solved on a small copy of the image to full size, row by row: its local linear models are enlarged, not alpha
// itself, so that edges are as sharp as the full image. He, Sun, "Fast Guided Filter", 2015. Compiled to WebAssembly too.

import { mix } from '../../pixels/clamp.ts'
import { max, min } from '../../pixels/integers.ts'
import { type Interpolation, interpolation, startsOfCells } from '../../pixels/interpolation.ts'
import type { f64, i32, Samples } from '../../pixels/numbers.ts'
import { largestSample, type Pixels, type Plane } from '../../pixels/plane.ts'
import { localCoefficients } from './local-linear.ts'
import type { LocalModels } from './local-models.ts'
import type { Spans } from './spans.ts'

/** What a cell - four neighboring pixels of the small alpha - means for the pixels between them. */
export const CLEAR: i32 = 0
const OPAQUE: i32 = 1
const SMOOTH: i32 = 2
export const GUIDED: i32 = 3

export class Upsampler {
  readonly small: Plane
  readonly width: i32
  readonly residue: Float32Array
  /** Red, green, blue and constant coefficient of each pixel of `small`. */
  readonly coefficients: Float32Array
  readonly horizontal: Interpolation
  readonly vertical: Interpolation
  /** First pixel of each column of cells. */
  readonly starts: Int32Array
  /** Kind of each cell, and the highest of each row of cells. */
  readonly cells: Uint8Array
  readonly kinds: Uint8Array
  /** Alpha, residue and coefficients on the line between two rows. */
  readonly alphas: Float32Array
  readonly residues: Float32Array
  readonly lines: Float32Array

  constructor(small: Plane, width: i32, height: i32, residue: Float32Array) {
    this.small = small
    this.width = width
    this.residue = residue
    this.coefficients = new Float32Array(small.width * small.height * 4)
    const horizontal = interpolation(width, small.width, width)
    this.horizontal = horizontal
    this.vertical = interpolation(height, small.height, height)
    this.starts = startsOfCells(horizontal, width, small.width)
    this.cells = new Uint8Array(small.width * small.height)
    this.kinds = new Uint8Array(small.height)
    this.alphas = new Float32Array(small.width)
    this.residues = new Float32Array(small.width)
    this.lines = new Float32Array(small.width * 4)
  }
}

/**
 * For an image of `width` x `height`, of which `workingGuide` is the copy that `models` were made of. `band` is 1 where `small`
 * follows colors. Alpha within `residue` of 0 or 1, a number for each pixel of `small`, becomes 0 or 1, and what is between is
 * stretched to the whole range. `exact`: each pixel's model gives its own alpha; else windows are averaged once more, a filter.
 */
export function openUpsampler<T extends Samples>(
  small: Plane,
  models: LocalModels,
  band: Uint8Array,
  workingGuide: Pixels<T>,
  width: i32,
  height: i32,
  residue: Float32Array,
  exact: boolean,
): Upsampler {
  const up = new Upsampler(small, width, height, residue)
  // Away from the band a pixel's model is its own alpha.
  for (let i = 0; i < small.width * small.height; i++) up.coefficients[i * 4 + 3] = small.data[i]!
  localCoefficients(models, small.data, up.coefficients)
  if (exact) passThrough(up.coefficients, small, workingGuide, models.wanted)
  for (let top = 0; top < small.height; top++) up.kinds[top] = classifyRow(up, band, top)
  return up
}

/** `CLEAR` where all of these rows are, `GUIDED` where the image's colors are needed. */
export function kindOfRows(up: Upsampler, from: i32, to: i32): i32 {
  let kind = CLEAR
  for (let y = from; y < to; y++) kind = max(kind, up.kinds[up.vertical.first[y]!]!)
  return kind
}

/** Adds row `y` to `out`, which holds zeros from `to` on. That row of the image begins at `from` in `guide`. */
export function upsampleRow<T extends Samples>(
  up: Upsampler,
  y: i32,
  guide: T,
  from: i32,
  channels: i32,
  out: Float32Array,
  to: i32,
): void {
  const top = up.vertical.first[y]!
  if (up.kinds[top] === CLEAR) return
  const columns = up.small.width
  const cells = up.cells
  const starts = up.starts
  mixRows(up, top, up.vertical.part[y]!)
  for (let cell = 0; cell < columns; cell++) {
    const kind = cells[top * columns + cell]!
    if (kind === CLEAR) continue
    const begin = starts[cell]!
    const end = starts[cell + 1]!
    const right = min(columns - 1, cell + 1)
    if (kind === OPAQUE) out.fill(1, to + begin, to + end)
    else if (kind === SMOOTH) smoothCell(up, out, to, begin, end, cell, right)
    else guidedCell(up, out, to, begin, end, guide, from, channels, cell, right)
  }
}

/** Moves the constant of each pixel's model so that the model gives `small` for the pixel's own color. */
function passThrough<T extends Samples>(
  coefficients: Float32Array,
  small: Plane,
  guide: Pixels<T>,
  wanted: Spans,
): void {
  const channels = guide.channels
  const data = guide.data
  const scale: f64 = 1 / largestSample(data)
  const toGreen = channels === 1 ? 0 : 1
  const toBlue = channels === 1 ? 0 : 2
  for (let y = 0; y < small.height; y++) {
    for (let span = wanted.rows[y]!; span < wanted.rows[y + 1]!; span++) {
      const begin = y * small.width + wanted.left[span]!
      const end = y * small.width + wanted.right[span]!
      for (let i = begin, k = begin * 4, from = begin * channels; i < end; i++, k += 4, from += channels) {
        const color =
          coefficients[k]! * (data[from]! as f64) +
          coefficients[k + 1]! * (data[from + toGreen]! as f64) +
          coefficients[k + 2]! * (data[from + toBlue]! as f64)
        coefficients[k + 3] = small.data[i]! - color * scale
      }
    }
  }
}

/** Writes the kinds of the cells below row `top`; gives the highest. */
function classifyRow(up: Upsampler, band: Uint8Array, top: i32): i32 {
  const width = up.small.width
  const data = up.small.data
  const residue = up.residue
  const cells = up.cells
  const above = top * width
  const below = min(up.small.height - 1, top + 1) * width
  let highest = CLEAR
  for (let x = 0; x < width; x++) {
    const right = min(width - 1, x + 1)
    let kind = SMOOTH
    if ((band[above + x]! | band[above + right]! | band[below + x]! | band[below + right]!) !== 0) kind = GUIDED
    else {
      const a = data[above + x]!
      const b = data[above + right]!
      const c = data[below + x]!
      const d = data[below + right]!
      const least = Math.min(
        Math.min(residue[above + x]!, residue[above + right]!),
        Math.min(residue[below + x]!, residue[below + right]!),
      )
      if (Math.max(Math.max(a, b), Math.max(c, d)) <= least) kind = CLEAR
      else if (Math.min(Math.min(a, b), Math.min(c, d)) >= 1 - least) kind = OPAQUE
    }
    cells[above + x] = kind
    highest = max(highest, kind)
  }
  return highest
}

/** Alpha, residue and coefficients on the line between two rows, where a cell needs them. */
function mixRows(up: Upsampler, top: i32, part: f64): void {
  const width = up.small.width
  const data = up.small.data
  const residue = up.residue
  const cells = up.cells
  const alphas = up.alphas
  const residues = up.residues
  const coefficients = up.coefficients
  const lines = up.lines
  const above = top * width
  const below = min(up.small.height - 1, top + 1) * width
  for (let x = 0, before = CLEAR; x < width; x++) {
    const own: i32 = cells[above + x]!
    const kind = max(own, before)
    before = own
    if (kind < SMOOTH) continue
    alphas[x] = mix(data[above + x]!, data[below + x]!, part)
    residues[x] = mix(residue[above + x]!, residue[below + x]!, part)
    if (kind < GUIDED) continue
    const a = (above + x) * 4
    const b = (below + x) * 4
    const to = x * 4
    lines[to] = mix(coefficients[a]!, coefficients[b]!, part)
    lines[to + 1] = mix(coefficients[a + 1]!, coefficients[b + 1]!, part)
    lines[to + 2] = mix(coefficients[a + 2]!, coefficients[b + 2]!, part)
    lines[to + 3] = mix(coefficients[a + 3]!, coefficients[b + 3]!, part)
  }
}

function smoothCell(up: Upsampler, out: Float32Array, to: i32, begin: i32, end: i32, cell: i32, right: i32): void {
  const part = up.horizontal.part
  const left = up.alphas[cell]!
  const rise = up.alphas[right]! - left
  const residue = up.residues[cell]!
  const change = up.residues[right]! - residue
  for (let x = begin; x < end; x++) {
    const t = part[x]!
    out[to + x] = stretch(left + rise * t, residue + change * t)
  }
}

function guidedCell<T extends Samples>(
  up: Upsampler,
  out: Float32Array,
  to: i32,
  begin: i32,
  end: i32,
  guide: T,
  from: i32,
  channels: i32,
  cell: i32,
  right: i32,
): void {
  const part = up.horizontal.part
  const lines = up.lines
  const residue = up.residues[cell]!
  const change = up.residues[right]! - residue
  const a = cell * 4
  const b = right * 4
  const r = lines[a]!
  const g = lines[a + 1]!
  const bl = lines[a + 2]!
  const constant = lines[a + 3]!
  const dr = lines[b]! - r
  const dg = lines[b + 1]! - g
  const db = lines[b + 2]! - bl
  const dc = lines[b + 3]! - constant
  const scale: f64 = 1 / largestSample(guide)
  const toGreen = channels === 1 ? 0 : 1
  const toBlue = channels === 1 ? 0 : 2
  for (let x = begin, at = from + begin * channels; x < end; x++, at += channels) {
    const t = part[x]!
    const color =
      (r + dr * t) * (guide[at]! as f64) +
      (g + dg * t) * (guide[at + toGreen]! as f64) +
      (bl + db * t) * (guide[at + toBlue]! as f64)
    out[to + x] = stretch(color * scale + constant + dc * t, residue + change * t)
  }
}

function stretch(value: f64, residue: f64): f64 {
  const wide = (value - residue) / (1 - 2 * residue)
  return wide < 0 ? 0 : wide > 1 ? 1 : wide
}
