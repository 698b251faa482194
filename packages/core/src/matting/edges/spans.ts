// Where a mask is 1, row by row: what is costly runs over these pixels only. Compiled to WebAssembly too.

import { max, min, quotient } from '../../pixels/integers.ts'
import type { i32 } from '../../pixels/numbers.ts'

/** Spans of ones in the rows of a mask, from the top and from the left. */
export class Spans {
  /** First span of each row, and behind the last. */
  readonly rows: Int32Array
  /** First column of each span, and the column behind its last. */
  readonly left: Int32Array
  readonly right: Int32Array
  /** Place of each span's first pixel in arrays that hold the pixels of all spans one after another. */
  readonly place: Int32Array
  /** Pixels of all spans. */
  readonly area: i32

  constructor(rows: Int32Array, left: Int32Array, right: Int32Array, place: Int32Array, area: i32) {
    this.rows = rows
    this.left = left
    this.right = right
    this.place = place
    this.area = area
  }

  /** Place of the pixel (x, y), which lies in a span. */
  placeOf(x: i32, y: i32): i32 {
    let span = this.rows[y]!
    while (this.right[span]! <= x) span++
    return this.place[span]! + x - this.left[span]!
  }
}

export function spansOf(mask: Uint8Array, width: i32, height: i32): Spans {
  const list = new SpanList(height, countSpans(mask, width, height))
  for (let y = 0; y < height; y++) {
    list.beginRow(y)
    for (let x = 0, i = y * width, begin = 0; x < width; x++, i++) {
      if (mask[i] !== 1) continue
      if (x === 0 || mask[i - 1] !== 1) begin = x
      if (x === width - 1 || mask[i + 1] !== 1) list.add(begin, x + 1)
    }
  }
  return list.end(height)
}

function countSpans(mask: Uint8Array, width: i32, height: i32): i32 {
  let count = 0
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) if (mask[i] === 1 && (x === 0 || mask[i - 1] !== 1)) count++
  }
  return count
}

/** The same grown by a square of `radius`, at least 1, and cut at the border. */
export function growSpans(spans: Spans, width: i32, height: i32, radius: i32): Spans {
  // Spans grown in x are at least 2 radius + 1 long, but at the border, and each comes from one in the rows around.
  const inRows = (2 * radius + 1) * spans.rows[height]!
  const list = new SpanList(height, min(inRows, height * (quotient(width, 2 * radius + 2) + 2)))
  /** How the number of spans in the rows around that cover a column differs from that of the column before it. */
  const changes = new Int32Array(width + 1)
  for (let y = 0; y < min(radius, height); y++) cover(spans, y, width, radius, 1, changes)
  for (let y = 0; y < height; y++) {
    if (y + radius < height) cover(spans, y + radius, width, radius, 1, changes)
    if (y - radius > 0) cover(spans, y - radius - 1, width, radius, -1, changes)
    list.beginRow(y)
    if (spans.rows[max(0, y - radius)]! === spans.rows[min(height, y + radius + 1)]!) continue
    for (let x = 0, covering = 0, begin = 0; x <= width; x++) {
      const before = covering
      covering += changes[x]!
      if (before === 0 && covering !== 0) begin = x
      if (before !== 0 && covering === 0) list.add(begin, x)
    }
  }
  return list.end(height)
}

/** Adds (sign 1) or takes away (sign -1) the spans of row `y`, grown in x. */
function cover(spans: Spans, y: i32, width: i32, radius: i32, sign: i32, changes: Int32Array): void {
  for (let span = spans.rows[y]!; span < spans.rows[y + 1]!; span++) {
    const left = max(0, spans.left[span]! - radius)
    const right = min(width, spans.right[span]! + radius)
    changes[left] = changes[left]! + sign
    changes[right] = changes[right]! - sign
  }
}

/** Spans while they are found. */
class SpanList {
  readonly rows: Int32Array
  readonly left: Int32Array
  readonly right: Int32Array
  readonly place: Int32Array
  count: i32
  area: i32

  constructor(height: i32, most: i32) {
    this.rows = new Int32Array(height + 1)
    this.left = new Int32Array(most)
    this.right = new Int32Array(most)
    this.place = new Int32Array(most)
    this.count = 0
    this.area = 0
  }

  beginRow(y: i32): void {
    this.rows[y] = this.count
  }

  add(left: i32, right: i32): void {
    this.left[this.count] = left
    this.right[this.count] = right
    this.place[this.count] = this.area
    this.count += 1
    this.area += right - left
  }

  end(height: i32): Spans {
    this.rows[height] = this.count
    return new Spans(this.rows, this.left, this.right, this.place, this.area)
  }
}
