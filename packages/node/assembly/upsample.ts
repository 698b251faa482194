// As core's matting/guided-upsample.ts.

import { Interpolation, interpolation, startsOfCells } from '../../core/src/pixels/interpolation'
import { allocate, byte, float, floats, setByte, setFloat } from './memory'
import { Models, modelCoefficients } from './models'

const CLEAR: i32 = 0
const OPAQUE: i32 = 1
const SMOOTH: i32 = 2
const GUIDED: i32 = 3

/** What carries a small alpha to full size, row by row. */
export class Upsampler {
  constructor(
    public small: usize,
    public columns: i32,
    public rows: i32,
    public width: i32,
    public height: i32,
    public residue: f64,
  ) {}
  coefficients: usize
  horizontal!: Interpolation
  vertical!: Interpolation
  /** First pixel of each column of cells. */
  starts!: Int32Array
  /** Kind of each cell, and the highest of each row of cells. */
  cells: usize
  kinds: usize
  /** On the line between two rows. */
  alphas: usize
  lines: usize
}

export function openUpsampler(
  small: usize,
  columns: i32,
  rows: i32,
  all: Models,
  band: usize,
  width: i32,
  height: i32,
  residue: f64,
): Upsampler {
  const up = new Upsampler(small, columns, rows, width, height, residue)
  up.coefficients = floats(columns * rows * 4)
  for (let i = 0; i < columns * rows; i++) setFloat(up.coefficients, i * 4 + 3, float(small, i))
  for (let m = 0; m < all.models.length; m++) {
    modelCoefficients(all, all.models[m], small, columns, up.coefficients)
  }
  up.horizontal = interpolation(width, columns, width)
  up.vertical = interpolation(height, rows, height)
  up.starts = startsOfCells(up.horizontal, width, columns)
  up.cells = allocate(columns * rows)
  up.kinds = allocate(rows)
  up.alphas = floats(columns)
  up.lines = floats(columns * 4)
  for (let top = 0; top < rows; top++) {
    const bottom = min(rows - 1, top + 1)
    const kind = classifyRow(up.cells + <usize>(top * columns), small, columns, band, top, bottom, residue)
    setByte(up.kinds, top, kind)
  }
  return up
}

/** 0 where all of these rows are clear, 3 where the picture's colors are needed. */
export function kindOfRows(up: Upsampler, from: i32, to: i32): i32 {
  let kind = CLEAR
  for (let y = from; y < to; y++) kind = max(kind, byte(up.kinds, up.vertical.first[y]))
  return kind
}

/** Adds to `out`, which holds zeros; `guide` is that row of the picture. */
export function upsampleRow(up: Upsampler, y: i32, guide: usize, out: usize): void {
  const top = up.vertical.first[y]
  if (byte(up.kinds, top) === CLEAR) return
  const bottom = min(up.rows - 1, top + 1)
  const cells = up.cells + <usize>(top * up.columns)
  const part = up.vertical.part[y]
  mixRows(up.lines, up.alphas, cells, up.coefficients, up.small, up.columns, top, bottom, part)
  writeRow(out, guide, up.horizontal.part, up.starts, cells, up.columns, up.alphas, up.lines, up.residue)
}

/** The highest kind of the row. */
function classifyRow(cells: usize, small: usize, width: i32, band: usize, top: i32, bottom: i32, residue: f64): i32 {
  let highest = CLEAR
  const above = top * width
  const below = bottom * width
  for (let x = 0; x < width; x++) {
    const right = min(width - 1, x + 1)
    if (byte(band, above + x) | byte(band, above + right) | byte(band, below + x) | byte(band, below + right)) {
      setByte(cells, x, GUIDED)
      highest = GUIDED
      continue
    }
    const a = float(small, above + x)
    const b = float(small, above + right)
    const c = float(small, below + x)
    const d = float(small, below + right)
    let kind = SMOOTH
    if (<f64>max(max(a, b), max(c, d)) <= residue) kind = CLEAR
    else if (<f64>min(min(a, b), min(c, d)) >= 1 - residue) kind = OPAQUE
    setByte(cells, x, kind)
    highest = max(highest, kind)
  }
  return highest
}

function mixRows(
  lines: usize,
  alphas: usize,
  cells: usize,
  coefficients: usize,
  small: usize,
  width: i32,
  top: i32,
  bottom: i32,
  part: f64,
): void {
  const above = top * width
  const below = bottom * width
  const parts = f32x4.splat(<f32>part)
  for (let x = 0; x < width; x++) {
    const kind = max(byte(cells, x), x > 0 ? byte(cells, x - 1) : 0)
    if (kind >= SMOOTH) {
      const a = <f64>float(small, above + x)
      setFloat(alphas, x, <f32>(a + (<f64>float(small, below + x) - a) * part))
    }
    if (kind < GUIDED) continue
    const a = v128.load(coefficients + ((<usize>((above + x) * 4)) << 2))
    const b = v128.load(coefficients + ((<usize>((below + x) * 4)) << 2))
    v128.store(lines + ((<usize>(x * 4)) << 2), f32x4.add(a, f32x4.mul(f32x4.sub(b, a), parts)))
  }
}

function writeRow(
  out: usize,
  guide: usize,
  part: Float32Array,
  starts: Int32Array,
  cells: usize,
  count: i32,
  alphas: usize,
  lines: usize,
  residue: f64,
): void {
  for (let cell = 0; cell < count; cell++) {
    const kind = byte(cells, cell)
    if (kind === CLEAR) continue
    const begin = starts[cell]
    const end = starts[cell + 1]
    if (kind === OPAQUE) {
      for (let x = begin; x < end; x++) setFloat(out, x, 1)
      continue
    }
    const right = min(count - 1, cell + 1)
    if (kind === SMOOTH) smoothCell(out, begin, end, part, float(alphas, cell), float(alphas, right), residue)
    else guidedCell(out, begin, end, part, guide, lines, cell, right, residue)
  }
}

function smoothCell(out: usize, begin: i32, end: i32, part: Float32Array, left: f32, right: f32, residue: f64): void {
  const rise = <f64>right - <f64>left
  for (let x = begin; x < end; x++) {
    setFloat(out, x, stretch(<f64>left + rise * part[x], residue))
  }
}

function guidedCell(
  out: usize,
  begin: i32,
  end: i32,
  part: Float32Array,
  guide: usize,
  lines: usize,
  cell: i32,
  right: i32,
  residue: f64,
): void {
  const a = cell * 4
  const b = right * 4
  const r = <f64>float(lines, a)
  const g = <f64>float(lines, a + 1)
  const bl = <f64>float(lines, a + 2)
  const constant = <f64>float(lines, a + 3)
  const dr = <f64>float(lines, b) - r
  const dg = <f64>float(lines, b + 1) - g
  const db = <f64>float(lines, b + 2) - bl
  const dc = <f64>float(lines, b + 3) - constant
  const scale: f64 = 1 / 255.0
  for (let x = begin; x < end; x++) {
    const t = part[x]
    const color =
      (r + dr * t) * <f64>byte(guide, x * 3) +
      (g + dg * t) * <f64>byte(guide, x * 3 + 1) +
      (bl + db * t) * <f64>byte(guide, x * 3 + 2)
    setFloat(out, x, stretch(color * scale + constant + dc * t, residue))
  }
}

function stretch(value: f64, residue: f64): f32 {
  const wide = (value - residue) * (1 / (1 - 2 * residue))
  return wide < 0 ? 0 : wide > 1 ? 1 : <f32>wide
}
