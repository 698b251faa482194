// Connected parts of a plane and their areas, from runs of pixels in a row: memory grows with the runs, not with the image
// (He, Chao, Suzuki, "A Run-Based Two-Scan Labeling Algorithm", IEEE Trans. Image Processing 2008). Rows are given from the top,
// each once: which pixels of one are inside is part-rows.ts' matter. Compiled to WebAssembly too.

import { max, min, quotient } from '../../pixels/integers.ts'
import type { f64, i32 } from '../../pixels/numbers.ts'

/** Runs that fit before memory must grow. */
const RUNS: i32 = 1024

/** Runs in row order, each with the part it belongs to, and what is known of each part. */
export class Parts {
  readonly width: i32
  readonly height: i32
  /** 1 where diagonal neighbors touch: runs may then lie one pixel apart. */
  readonly reach: i32
  count: i32
  /** First pixel of each run and the pixel behind its last. */
  begin: Int32Array
  end: Int32Array
  /** Index of the part, into `area` and `atBorder`; not every index is in use. */
  part: Int32Array
  area: Int32Array
  /** 1 where the part touches the border of the image. */
  atBorder: Uint8Array
  /** The first run of the row above that may touch what follows, and the first of this row. */
  previous: i32
  first: i32

  constructor(width: i32, height: i32, reach: i32) {
    this.width = width
    this.height = height
    this.reach = reach
    this.count = 0
    this.begin = new Int32Array(RUNS)
    this.end = new Int32Array(RUNS)
    this.part = new Int32Array(RUNS)
    this.area = new Int32Array(0)
    this.atBorder = new Uint8Array(0)
    this.previous = 0
    this.first = 0
  }
}

/** For a plane of `width` x `height`, no row of which has been given yet. */
export function openParts(width: i32, height: i32, diagonal: boolean): Parts {
  return new Parts(width, height, diagonal ? 1 : 0)
}

/** What follows is the next row. */
export function beginRow(parts: Parts): void {
  parts.previous = parts.first
  parts.first = parts.count
}

/** A run of this row, from pixel `begin` of the plane to before `end`, to the right of all before it. */
export function addRun(parts: Parts, begin: i32, end: i32): void {
  const run = parts.count
  if (run === parts.begin.length) grow(parts)
  parts.count = run + 1
  parts.begin[run] = begin
  parts.end[run] = end
  parts.part[run] = run
  // Runs of the row above, moved down by a row.
  const down = parts.width
  const reach = parts.reach
  while (parts.previous < parts.first && parts.end[parts.previous]! + down + reach <= begin) parts.previous += 1
  for (let other = parts.previous; other < parts.first && parts.begin[other]! + down < end + reach; other++) {
    const a = find(parts.part, other)
    const b = find(parts.part, run)
    parts.part[max(a, b)] = min(a, b)
  }
}

function grow(parts: Parts): void {
  const size = 2 * parts.count
  parts.begin = grown(parts.begin, size)
  parts.end = grown(parts.end, size)
  parts.part = grown(parts.part, size)
}

function grown(array: Int32Array, size: i32): Int32Array {
  const larger = new Int32Array(size)
  larger.set(array)
  return larger
}

function find(part: Int32Array, run: i32): i32 {
  let at = run
  while (part[at] !== at) {
    const next = part[part[at]!]!
    part[at] = next
    at = next
  }
  return at
}

/** All rows have been given: each run gets its part, each part its area and whether it touches the border. */
export function closeParts(parts: Parts): void {
  const width = parts.width
  parts.area = new Int32Array(parts.count)
  parts.atBorder = new Uint8Array(parts.count)
  for (let run = 0; run < parts.count; run++) {
    const part = find(parts.part, run)
    const begin = parts.begin[run]!
    const end = parts.end[run]!
    const y = quotient(begin, width)
    parts.part[run] = part
    parts.area[part] = parts.area[part]! + end - begin
    if (y === 0 || y === parts.height - 1 || begin === y * width || end === (y + 1) * width) parts.atBorder[part] = 1
  }
}

/** Keeps only the runs of parts of fewer than `minArea` pixels, the largest part in no case. Gives their number. */
export function keepSmall(parts: Parts, minArea: f64): i32 {
  let largest = 0
  for (let part = 0; part < parts.count; part++) largest = max(largest, parts.area[part]!)
  const limit = Math.min(minArea, largest as f64)
  let kept = 0
  for (let run = 0; run < parts.count; run++) {
    if ((parts.area[parts.part[run]!]! as f64) < limit) kept = keep(parts, run, kept)
  }
  parts.count = kept
  return kept
}

/** Keeps only the runs of parts of fewer than `minArea` pixels that do not touch the border. Gives their number. */
export function keepEnclosed(parts: Parts, minArea: f64): i32 {
  let kept = 0
  for (let run = 0; run < parts.count; run++) {
    const part = parts.part[run]!
    if (parts.atBorder[part] === 0 && (parts.area[part]! as f64) < minArea) kept = keep(parts, run, kept)
  }
  parts.count = kept
  return kept
}

function keep(parts: Parts, run: i32, place: i32): i32 {
  parts.begin[place] = parts.begin[run]!
  parts.end[place] = parts.end[run]!
  return place + 1
}
