// As core's matting/components.ts and remove-specks.ts: connected parts from runs of pixels, and those to be painted over.
// Rows are given from the top, each once; only runs are kept.

import { allocate, int, setInt } from './memory'
import { floatBelow } from './threshold'

let width: i32
let height: i32
let threshold: f32
/** Four pixels, a bit for each, whose value decides that they are outside. */
let outside: i32
/** 1 where diagonal neighbours touch. */
let reach: i32

let capacity: i32
let count: i32
let begins: usize
let ends: usize
let parts: usize
/** The first run of the row above that may touch what follows, and the first of this row. */
let previous: i32
let first: i32

/** Parts of the pixels above a threshold, or of those not above it. */
export function openParts(planeWidth: i32, planeHeight: i32, limit: f64, above: bool, diagonal: bool): void {
  width = planeWidth
  height = planeHeight
  threshold = floatBelow(limit)
  outside = above ? 0 : 15
  reach = diagonal ? 1 : 0
  capacity = 0
  count = 0
  previous = 0
}

function grow(): void {
  const larger = capacity === 0 ? 4096 : capacity * 2
  begins = grown(begins, larger)
  ends = grown(ends, larger)
  parts = grown(parts, larger)
  capacity = larger
}

function grown(array: usize, larger: i32): usize {
  const copy = allocate(larger << 2)
  memory.copy(copy, array, (<usize>count) << 2)
  return copy
}

/** The row of pixels at `alpha`, which is row `y`; up to 12 bytes behind it are read. */
export function addRow(alpha: usize, y: i32): void {
  const row = y * width
  const limit = f32x4.splat(threshold)
  first = count
  let begin = -1
  for (let x = 0; x < width; x += 4) {
    const bits = i32x4.bitmask(f32x4.gt(v128.load(alpha + ((<usize>x) << 2)), limit)) ^ outside
    // Most pixels are like the one before them.
    if (bits === (begin < 0 ? 0 : 15)) continue
    const end = min(width - x, 4)
    for (let k = 0; k < end; k++) {
      const inside = ((bits >> k) & 1) !== 0
      if (inside === begin >= 0) continue
      if (inside) begin = row + x + k
      else {
        addRun(begin, row + x + k)
        begin = -1
      }
    }
  }
  if (begin >= 0) addRun(begin, row + width)
  previous = first
}

function addRun(begin: i32, end: i32): void {
  if (count === capacity) grow()
  setInt(begins, count, begin)
  setInt(ends, count, end)
  setInt(parts, count, count)
  // Runs of the row above, moved down by a row.
  while (previous < first && int(ends, previous) + width + reach <= begin) previous++
  for (let other = previous; other < first && int(begins, other) + width < end + reach; other++) {
    const a = find(other)
    const b = find(count)
    setInt(parts, max(a, b), min(a, b))
  }
  count++
}

function find(run: i32): i32 {
  let here = run
  while (true) {
    const part = int(parts, here)
    if (part === here) return here
    const next = int(parts, part)
    setInt(parts, here, next)
    here = next
  }
}

/** Areas by part, after each run has been given its part. */
function areasOf(): usize {
  const areas = allocate(count << 2)
  for (let run = 0; run < count; run++) {
    const part = find(run)
    setInt(parts, run, part)
    setInt(areas, part, int(areas, part) + int(ends, run) - int(begins, run))
  }
  return areas
}

/** Keeps only the runs of parts of fewer than `minArea` pixels, the largest part in no case. How many are left. */
export function keepSmall(minArea: f64): i32 {
  const areas = areasOf()
  let largest = 0
  for (let run = 0; run < count; run++) largest = max(largest, int(areas, run))
  const limit = min<f64>(minArea, largest)
  let kept = 0
  for (let run = 0; run < count; run++) {
    if (<f64>int(areas, int(parts, run)) < limit) keep(run, kept++)
  }
  return kept
}

/** Keeps only the runs of parts of fewer than `minArea` pixels that do not touch the plane's border. How many are left. */
export function keepEnclosed(minArea: f64): i32 {
  const areas = areasOf()
  // A part at the border is marked by an area that none has.
  for (let run = 0; run < count; run++) if (touchesBorder(run)) setInt(areas, int(parts, run), -1)
  let kept = 0
  for (let run = 0; run < count; run++) {
    const area = int(areas, int(parts, run))
    if (area >= 0 && <f64>area < minArea) keep(run, kept++)
  }
  return kept
}

function touchesBorder(run: i32): bool {
  const begin = int(begins, run)
  const y = begin / width
  return y === 0 || y === height - 1 || begin === y * width || int(ends, run) === (y + 1) * width
}

function keep(run: i32, place: i32): void {
  setInt(begins, place, int(begins, run))
  setInt(ends, place, int(ends, run))
}

/** First pixel of each run. */
export function runBegins(): usize {
  return begins
}

/** The pixel behind each run's last. */
export function runEnds(): usize {
  return ends
}
