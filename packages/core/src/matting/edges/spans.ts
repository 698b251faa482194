// Where a mask is 1, row by row: what is costly runs over these pixels only. Compiled to WebAssembly too.

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
  const count = countSpans(mask, width, height)
  const rows = new Int32Array(height + 1)
  const left = new Int32Array(count)
  const right = new Int32Array(count)
  const place = new Int32Array(count)
  let span = 0
  let area = 0
  for (let y = 0; y < height; y++) {
    rows[y] = span
    for (let x = 0, i = y * width; x < width; x++, i++) {
      if (mask[i] !== 1) continue
      if (x === 0 || mask[i - 1] !== 1) {
        left[span] = x
        place[span] = area
      }
      area++
      if (x === width - 1 || mask[i + 1] !== 1) {
        right[span] = x + 1
        span++
      }
    }
  }
  rows[height] = span
  return new Spans(rows, left, right, place, area)
}

function countSpans(mask: Uint8Array, width: i32, height: i32): i32 {
  let count = 0
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) if (mask[i] === 1 && (x === 0 || mask[i - 1] !== 1)) count++
  }
  return count
}
