// The colors of sure subject and of sure background around each cell of a coarse grid, as moments, and where alpha is hair or fur.
// Compiled to WebAssembly too.

import { boxFilter } from '../../pixels/box-filter.ts'
import { smoothStep } from '../../pixels/clamp.ts'
import { quotientUp } from '../../pixels/integers.ts'
import type { f64, i32, Samples } from '../../pixels/numbers.ts'
import { largestSample, type Pixels, Plane } from '../../pixels/plane.ts'
import { SURE } from './sure.ts'

/** Cells, one matting radius wide, to each side whose colors count as those around: a fourteenth of a usual network's image. */
const REACH: i32 = 14
/** From how much alpha a pixel shows the subject's color. Up to SURE it shows the background's. */
const SUBJECT: f64 = 0.95
/** Share of the cells around that must show each of the two. */
const MIN_SURE_SHARE: f64 = 0.01
/** Mean of 4 alpha (1 - alpha) around: up to the first a plain edge, which the matting finds alone, from the second on hair or fur. */
const PLAIN_EDGE: f64 = 0.15
const SOFT: f64 = 0.55
/** Standard deviation of alpha around: up to the first a broad doubt, which is decided as a region, from the second on structure. */
const FLAT: f64 = 0.1
const STRUCTURED: f64 = 0.28
/** Cells to each side for both. */
const FINE_REACH: i32 = 2

/** Count, sums of red, green, blue, and of their products rr, rg, rb, gg, gb, bb. As many numbers describe a mixture. */
export const MOMENTS: i32 = 10

/** A grid over an image. */
export class Cells {
  readonly columns: i32
  readonly rows: i32
  /** First pixel of each column and row of cells, and behind the last. */
  readonly lefts: Int32Array
  readonly tops: Int32Array

  constructor(columns: i32, rows: i32, lefts: Int32Array, tops: Int32Array) {
    this.columns = columns
    this.rows = rows
    this.lefts = lefts
    this.tops = tops
  }
}

/** Cells of at most `side` pixels a side. */
export function cellsOf(width: i32, height: i32, side: i32): Cells {
  const columns = quotientUp(width, side)
  const rows = quotientUp(height, side)
  return new Cells(columns, rows, startsOf(divide(width, columns), columns), startsOf(divide(height, rows), rows))
}

/** The part, of `parts` equal ones, in which the center of each of `size` pixels lies: mirrored for the mirrored image. */
function divide(size: i32, parts: i32): Int32Array {
  const out = new Int32Array(size)
  for (let i = 0; i < size; i++) {
    out[i] = 2 * i < size ? partAt(i, size, parts) : parts - 1 - partAt(size - 1 - i, size, parts)
  }
  return out
}

function partAt(i: i32, size: i32, parts: i32): i32 {
  return Math.floor((((i as f64) + 0.5) * (parts as f64)) / (size as f64)) as i32
}

function startsOf(partOf: Int32Array, parts: i32): Int32Array {
  const starts = new Int32Array(parts + 1)
  starts.fill(partOf.length)
  for (let i = partOf.length - 1; i >= 0; i--) starts[partOf[i]!] = i
  return starts
}

export class Around {
  readonly cells: i32
  /** Means over the cells around of the moments of sure subject and of sure background: a plane for each moment. */
  readonly subject: Float32Array
  readonly background: Float32Array
  /** Sure pixels that a cell needs, in the unit of the first moment. */
  readonly minSure: f64
  /** As `finenessOf`. */
  readonly fineness: Float32Array

  constructor(cells: i32, subject: Float32Array, background: Float32Array, minSure: f64, fineness: Float32Array) {
    this.cells = cells
    this.subject = subject
    this.background = background
    this.minSure = minSure
    this.fineness = fineness
  }
}

export function colorsAround<T extends Samples>(alpha: Plane, guide: Pixels<T>, cells: Cells): Around {
  const count = cells.columns * cells.rows
  const scale: f64 = 1 / largestSample(guide.data)
  const subject = new Float32Array(count * MOMENTS)
  const background = new Float32Array(count * MOMENTS)
  const pixels = new Float32Array(count)
  const sums = new Float32Array(count)
  const squares = new Float32Array(count)
  const data = alpha.data
  for (let v = 0, cell = 0; v < cells.rows; v++) {
    for (let u = 0; u < cells.columns; u++, cell++) {
      pixels[cell] = ((cells.lefts[u + 1]! - cells.lefts[u]!) * (cells.tops[v + 1]! - cells.tops[v]!)) as f64
      for (let y = cells.tops[v]!; y < cells.tops[v + 1]!; y++) {
        const begin = y * alpha.width + cells.lefts[u]!
        const end = y * alpha.width + cells.lefts[u + 1]!
        let sum: f64 = 0
        let square: f64 = 0
        for (let i = begin; i < end; i++) {
          sum += data[i]!
          square += data[i]! * data[i]!
        }
        sums[cell]! += sum
        squares[cell]! += square
        addColors(subject, cell, count, guide, data, SUBJECT, 2, begin, end, scale)
        addColors(background, cell, count, guide, data, -1, SURE, begin, end, scale)
      }
    }
  }
  const minSure = (MIN_SURE_SHARE * alpha.width * alpha.height) / count
  const fineness = finenessOfCells(pixels, sums, squares, cells)
  return new Around(count, meansOf(subject, cells), meansOf(background, cells), minSure, fineness)
}

/** Color of pixel `i` in 0..1. */
export function readColor<T extends Samples>(guide: Pixels<T>, i: i32, scale: f64, color: Float64Array): void {
  const data = guide.data
  const at = i * guide.channels
  color[0] = (data[at]! as f64) * scale
  color[1] = (data[guide.channels === 1 ? at : at + 1]! as f64) * scale
  color[2] = (data[guide.channels === 1 ? at : at + 2]! as f64) * scale
}

/** Adds the moments of the pixels from `begin` to before `end` whose alpha lies between two values. */
function addColors<T extends Samples>(
  moments: Float32Array,
  cell: i32,
  count: i32,
  guide: Pixels<T>,
  alpha: Float32Array,
  above: f64,
  below: f64,
  begin: i32,
  end: i32,
  scale: f64,
): void {
  const data = guide.data
  const channels = guide.channels
  const toGreen = channels === 1 ? 0 : 1
  const toBlue = channels === 1 ? 0 : 2
  let found: f64 = 0
  let r: f64 = 0
  let g: f64 = 0
  let b: f64 = 0
  let rr: f64 = 0
  let rg: f64 = 0
  let rb: f64 = 0
  let gg: f64 = 0
  let gb: f64 = 0
  let bb: f64 = 0
  for (let i = begin, at = begin * channels; i < end; i++, at += channels) {
    if (alpha[i]! <= above || alpha[i]! >= below) continue
    const red = (data[at]! as f64) * scale
    const green = (data[at + toGreen]! as f64) * scale
    const blue = (data[at + toBlue]! as f64) * scale
    found += 1
    r += red
    g += green
    b += blue
    rr += red * red
    rg += red * green
    rb += red * blue
    gg += green * green
    gb += green * blue
    bb += blue * blue
  }
  if (found === 0) return
  moments[cell]! += found
  moments[cell + count]! += r
  moments[cell + 2 * count]! += g
  moments[cell + 3 * count]! += b
  moments[cell + 4 * count]! += rr
  moments[cell + 5 * count]! += rg
  moments[cell + 6 * count]! += rb
  moments[cell + 7 * count]! += gg
  moments[cell + 8 * count]! += gb
  moments[cell + 9 * count]! += bb
}

function meansOf(moments: Float32Array, cells: Cells): Float32Array {
  const count = cells.columns * cells.rows
  const out = new Float32Array(count * MOMENTS)
  const plane = new Float32Array(count)
  for (let from = 0; from < count * MOMENTS; from += count) {
    for (let cell = 0; cell < count; cell++) plane[cell] = moments[from + cell]!
    const mean = boxFilter(new Plane(cells.columns, cells.rows, plane), REACH).data
    for (let cell = 0; cell < count; cell++) out[from + cell] = mean[cell]!
  }
  return out
}

function finenessOfCells(pixels: Float32Array, sums: Float32Array, squares: Float32Array, cells: Cells): Float32Array {
  const fineness = boxFilter(new Plane(cells.columns, cells.rows, squares), FINE_REACH).data
  const first = boxFilter(new Plane(cells.columns, cells.rows, sums), FINE_REACH).data
  const areas = boxFilter(new Plane(cells.columns, cells.rows, pixels), FINE_REACH).data
  for (let cell = 0; cell < cells.columns * cells.rows; cell++) {
    fineness[cell] = finenessOf(first[cell]! / areas[cell]!, fineness[cell]! / areas[cell]!)
  }
  return fineness
}

/** 1 at hair and fur, 0 at plain edges and in flat areas, from the mean of alpha and of its square. */
function finenessOf(mean: f64, square: f64): f64 {
  const deviation = Math.sqrt(Math.max(0, square - mean * mean))
  return smoothStep(PLAIN_EDGE, SOFT, 4 * (mean - square)) * smoothStep(FLAT, STRUCTURED, deviation)
}
