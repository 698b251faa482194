// As core's matting/guided-upsample.ts.

import { LocalModels, localCoefficients } from '../../core/src/matting/edges/local-linear'
import { Interpolation, interpolation, startsOfCells } from '../../core/src/pixels/interpolation'
import { allocate, byte, float, floats, setByte, setFloat, word } from './memory'

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
    public residue: usize,
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
  residues: usize
  lines: usize
}

export function openUpsampler(
  small: usize,
  columns: i32,
  rows: i32,
  all: LocalModels,
  band: usize,
  workingGuide: usize,
  width: i32,
  height: i32,
  residue: usize,
  exact: bool,
): Upsampler {
  const up = new Upsampler(small, columns, rows, width, height, residue)
  up.coefficients = floats(columns * rows * 4)
  for (let i = 0; i < columns * rows; i++) setFloat(up.coefficients, i * 4 + 3, float(small, i))
  localCoefficients(all, changetype<Float32Array>(small), columns, changetype<Float32Array>(up.coefficients))
  if (exact) passThrough(up.coefficients, small, columns * rows, workingGuide)
  up.horizontal = interpolation(width, columns, width)
  up.vertical = interpolation(height, rows, height)
  up.starts = startsOfCells(up.horizontal, width, columns)
  up.cells = allocate(columns * rows)
  up.kinds = allocate(rows)
  up.alphas = floats(columns)
  up.residues = floats(columns)
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
  mixRows(up, cells, top, bottom, up.vertical.part[y])
  writeRow(up, out, guide, cells)
}

/** As core's; the working guide has 16 bits. */
function passThrough(coefficients: usize, small: usize, count: i32, guide: usize): void {
  const scale: f64 = 1 / 65535.0
  for (let i = 0; i < count; i++) {
    const k = i * 4
    const color =
      <f64>float(coefficients, k) * <f64>word(guide, i * 3) +
      <f64>float(coefficients, k + 1) * <f64>word(guide, i * 3 + 1) +
      <f64>float(coefficients, k + 2) * <f64>word(guide, i * 3 + 2)
    setFloat(coefficients, k + 3, <f32>(<f64>float(small, i) - color * scale))
  }
}

/** The highest kind of the row. */
function classifyRow(cells: usize, small: usize, width: i32, band: usize, top: i32, bottom: i32, residue: usize): i32 {
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
    const least = <f64>(
      min(
        min(float(residue, above + x), float(residue, above + right)),
        min(float(residue, below + x), float(residue, below + right)),
      )
    )
    let kind = SMOOTH
    if (<f64>max(max(a, b), max(c, d)) <= least) kind = CLEAR
    else if (<f64>min(min(a, b), min(c, d)) >= 1 - least) kind = OPAQUE
    setByte(cells, x, kind)
    highest = max(highest, kind)
  }
  return highest
}

function mixRows(up: Upsampler, cells: usize, top: i32, bottom: i32, part: f64): void {
  const above = top * up.columns
  const below = bottom * up.columns
  const coefficients = up.coefficients
  const parts = f32x4.splat(<f32>part)
  for (let x = 0; x < up.columns; x++) {
    const kind = max(byte(cells, x), x > 0 ? byte(cells, x - 1) : 0)
    if (kind < SMOOTH) continue
    setFloat(up.alphas, x, between(up.small, above + x, below + x, part))
    setFloat(up.residues, x, between(up.residue, above + x, below + x, part))
    if (kind < GUIDED) continue
    const a = v128.load(coefficients + ((<usize>((above + x) * 4)) << 2))
    const b = v128.load(coefficients + ((<usize>((below + x) * 4)) << 2))
    v128.store(up.lines + ((<usize>(x * 4)) << 2), f32x4.add(a, f32x4.mul(f32x4.sub(b, a), parts)))
  }
}

function between(plane: usize, a: i32, b: i32, part: f64): f32 {
  const first = <f64>float(plane, a)
  return <f32>(first + (<f64>float(plane, b) - first) * part)
}

function writeRow(up: Upsampler, out: usize, guide: usize, cells: usize): void {
  for (let cell = 0; cell < up.columns; cell++) {
    const kind = byte(cells, cell)
    if (kind === CLEAR) continue
    const begin = up.starts[cell]
    const end = up.starts[cell + 1]
    if (kind === OPAQUE) {
      for (let x = begin; x < end; x++) setFloat(out, x, 1)
      continue
    }
    const right = min(up.columns - 1, cell + 1)
    if (kind === SMOOTH) smoothCell(up, out, begin, end, cell, right)
    else guidedCell(up, out, begin, end, guide, cell, right)
  }
}

function smoothCell(up: Upsampler, out: usize, begin: i32, end: i32, cell: i32, right: i32): void {
  const part = up.horizontal.part
  const left = <f64>float(up.alphas, cell)
  const rise = <f64>float(up.alphas, right) - left
  const residue = <f64>float(up.residues, cell)
  const change = <f64>float(up.residues, right) - residue
  for (let x = begin; x < end; x++) {
    const t = <f64>part[x]
    setFloat(out, x, stretch(left + rise * t, residue + change * t))
  }
}

function guidedCell(up: Upsampler, out: usize, begin: i32, end: i32, guide: usize, cell: i32, right: i32): void {
  const part = up.horizontal.part
  const lines = up.lines
  const residue = <f64>float(up.residues, cell)
  const change = <f64>float(up.residues, right) - residue
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
    setFloat(out, x, stretch(color * scale + constant + dc * t, residue + change * t))
  }
}

function stretch(value: f64, residue: f64): f32 {
  const wide = (value - residue) / (1 - 2 * residue)
  return wide < 0 ? 0 : wide > 1 ? 1 : <f32>wide
}
