// Carries an alpha solved on a small copy of the picture to full size: its local linear models are enlarged, not alpha itself,
// so that edges are as sharp as the full picture. He, Sun, "Fast Guided Filter", 2015.

import { interpolation, startsOfCells } from '../../pixels/interpolation.ts'
import type { Samples } from '../../pixels/numbers.ts'
import { largestSample, type Pixels } from '../../pixels/plane.ts'
import { maxSample, type Plane, type Raster } from '../../pixels/raster.ts'
import { type LocalModels, localCoefficients } from './local-linear.ts'

export interface UpsampleOptions {
  /** 1 where `small` follows the picture's colors. Of its size. */
  readonly band: Uint8Array
  /** For each pixel of `small`: alpha within this of 0 or 1 becomes 0 or 1, and what is between is stretched to the whole range. */
  readonly residue: Float32Array
  /** Whether each pixel's model gives its own alpha exactly; without, windows are averaged once more, which is a filter. */
  readonly exact: boolean
}

/** What a cell - four neighbouring pixels of the small alpha - means for the pixels between them. */
const CLEAR = 0
const OPAQUE = 1
const SMOOTH = 2
const GUIDED = 3

/**
 * `small` at the size of `guide`: inside the band by the colors of `guide`, elsewhere by bilinear interpolation.
 * `workingGuide` is the copy of `guide` that `models` were made of.
 */
export function guidedUpsample(
  small: Plane,
  models: LocalModels,
  workingGuide: Pixels<Samples>,
  guide: Raster,
  options: UpsampleOptions,
): Plane {
  const { band, residue, exact } = options
  const { width, height } = guide
  const { width: columns, height: rows } = small
  const coefficients = new Float32Array(columns * rows * 4)
  // Beside the tiles a pixel's model is its own alpha.
  for (let i = 0; i < small.data.length; i++) coefficients[i * 4 + 3] = small.data[i]!
  localCoefficients(models, small.data, columns, coefficients)
  if (exact) passThrough(coefficients, small, workingGuide)
  const out = { width, height, data: new Float32Array(width * height) }
  const horizontal = interpolation(width, columns, width)
  const vertical = interpolation(height, rows, height)
  const starts = startsOfCells(horizontal, width, columns)
  const cells = new Uint8Array(columns)
  const alphas = new Float32Array(columns)
  const residues = new Float32Array(columns)
  const lines = new Float32Array(columns * 4)
  let classified = -1
  for (let y = 0; y < height; y++) {
    const top = vertical.first[y]!
    const bottom = Math.min(rows - 1, top + 1)
    if (top !== classified) classifyRow(cells, small, band, top, bottom, residue)
    classified = top
    mixRows(lines, alphas, residues, cells, coefficients, small, residue, top, bottom, vertical.part[y]!)
    writeRow(out.data, y, guide, horizontal.part, starts, cells, alphas, residues, lines)
  }
  return out
}

/** Moves the constant of each pixel's model so that the model gives `small` for the pixel's own color. */
function passThrough(coefficients: Float32Array, small: Plane, guide: Pixels<Samples>): void {
  const { channels, data } = guide
  const scale = 1 / largestSample(data)
  const toGreen = channels === 1 ? 0 : 1
  const toBlue = channels === 1 ? 0 : 2
  for (let i = 0, k = 0, from = 0; i < small.data.length; i++, k += 4, from += channels) {
    const color =
      coefficients[k]! * data[from]! +
      coefficients[k + 1]! * data[from + toGreen]! +
      coefficients[k + 2]! * data[from + toBlue]!
    coefficients[k + 3] = small.data[i]! - color * scale
  }
}

function classifyRow(
  cells: Uint8Array,
  { width, data }: Plane,
  band: Uint8Array,
  top: number,
  bottom: number,
  residue: Float32Array,
): void {
  const above = top * width
  const below = bottom * width
  for (let x = 0; x < width; x++) {
    const right = Math.min(width - 1, x + 1)
    if ((band[above + x]! | band[above + right]! | band[below + x]! | band[below + right]!) !== 0) {
      cells[x] = GUIDED
      continue
    }
    const a = data[above + x]!
    const b = data[above + right]!
    const c = data[below + x]!
    const d = data[below + right]!
    const least = Math.min(residue[above + x]!, residue[above + right]!, residue[below + x]!, residue[below + right]!)
    if (Math.max(a, b, c, d) <= least) cells[x] = CLEAR
    else cells[x] = Math.min(a, b, c, d) >= 1 - least ? OPAQUE : SMOOTH
  }
}

/** Alpha, residue and coefficients on the line between two rows, where a cell needs them. */
function mixRows(
  lines: Float32Array,
  alphas: Float32Array,
  residues: Float32Array,
  cells: Uint8Array,
  coefficients: Float32Array,
  { width, data }: Plane,
  residue: Float32Array,
  top: number,
  bottom: number,
  part: number,
): void {
  const above = top * width
  const below = bottom * width
  for (let x = 0; x < width; x++) {
    const kind = Math.max(cells[x]!, x > 0 ? cells[x - 1]! : 0)
    if (kind < SMOOTH) continue
    alphas[x] = data[above + x]! + (data[below + x]! - data[above + x]!) * part
    residues[x] = residue[above + x]! + (residue[below + x]! - residue[above + x]!) * part
    if (kind < GUIDED) continue
    for (let k = x * 4, a = (above + x) * 4, b = (below + x) * 4, end = k + 4; k < end; k++, a++, b++) {
      lines[k] = coefficients[a]! + (coefficients[b]! - coefficients[a]!) * part
    }
  }
}

function writeRow(
  out: Float32Array,
  y: number,
  guide: Raster,
  part: Float32Array,
  starts: Int32Array,
  cells: Uint8Array,
  alphas: Float32Array,
  residues: Float32Array,
  lines: Float32Array,
): void {
  const { width, channels, data } = guide
  const toGreen = channels === 1 ? 0 : 1
  const toBlue = channels === 1 ? 0 : 2
  const scale = 1 / maxSample(guide)
  const line = y * width
  for (let cell = 0; cell < cells.length; cell++) {
    const kind = cells[cell]!
    // Clear is what a new plane holds.
    if (kind === CLEAR) continue
    const begin = starts[cell]!
    const end = starts[cell + 1]!
    if (kind === OPAQUE) {
      for (let i = line + begin; i < line + end; i++) out[i] = 1
      continue
    }
    const right = Math.min(cells.length - 1, cell + 1)
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
    const left = alphas[cell]!
    const rise = alphas[right]! - left
    const residue = residues[cell]!
    const change = residues[right]! - residue
    for (let x = begin; x < end; x++) {
      const t = part[x]!
      const from = (line + x) * channels
      const value =
        kind === GUIDED
          ? ((r + dr * t) * data[from]! + (g + dg * t) * data[from + toGreen]! + (bl + db * t) * data[from + toBlue]!) *
              scale +
            constant +
            dc * t
          : left + rise * t
      const cut = residue + change * t
      const wide = (value - cut) / (1 - 2 * cut)
      out[line + x] = wide < 0 ? 0 : wide > 1 ? 1 : wide
    }
  }
}
