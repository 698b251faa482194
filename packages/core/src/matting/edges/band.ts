// Where an alpha plane is undecided: everything costly runs there only.
// Knows nothing of images or networks. Compiled to WebAssembly too.

import { min } from '../../pixels/integers.ts'
import type { i32 } from '../../pixels/numbers.ts'
import { Box, type Plane } from '../../pixels/plane.ts'
import { SURE } from './sure.ts'

/** 1 where `alpha` is neither surely 0 nor surely 1, grown by `radius` pixels in x and y; else 0. */
export function uncertainBand(alpha: Plane, radius: i32): Uint8Array {
  const band = new Uint8Array(alpha.width * alpha.height)
  for (let y = 0; y < alpha.height; y++) markRow(alpha.data, band, y, alpha.width)
  if (radius > 0) dilate(band, alpha.width, alpha.height, radius)
  return band
}

function markRow(alpha: Float32Array, band: Uint8Array, y: i32, width: i32): void {
  for (let x = 0, i = y * width; x < width; x++, i++) {
    const value = alpha[i]!
    if (value > SURE && value < 1 - SURE) band[i] = 1
    // A step from 0 to 1 without a soft pixel between is an edge all the same.
    if (x > 0 && Math.abs(value - alpha[i - 1]!) > 0.5) {
      band[i] = 1
      band[i - 1] = 1
    }
    if (y > 0 && Math.abs(value - alpha[i - width]!) > 0.5) {
      band[i] = 1
      band[i - width] = 1
    }
  }
}

/** Grows the ones by a square of `radius`, in place: rows, then columns, each by the distance to the last one seen. */
export function dilate(mask: Uint8Array, width: i32, height: i32, radius: i32): void {
  for (let y = 0; y < height; y++) dilateRow(mask, y * width, width, radius)
  // All columns at once, row after row: memory is read in its order.
  const left = new Int32Array(width)
  for (let y = 0; y < height; y++) dilateDown(mask, y * width, width, left, radius)
  left.fill(0)
  for (let y = height - 1; y >= 0; y--) dilateUp(mask, y * width, width, left, radius)
}

// Ones written on the way forth are marked 2, so that they do not grow again on the way back.

function dilateRow(mask: Uint8Array, from: i32, width: i32, radius: i32): void {
  let left = 0
  for (let i = from; i < from + width; i++) {
    if (mask[i] === 1) left = radius
    else if (left > 0) {
      mask[i] = 2
      left--
    }
  }
  left = 0
  for (let i = from + width - 1; i >= from; i--) {
    if (mask[i] === 1) left = radius
    else if (left > 0) {
      mask[i] = 1
      left--
    } else if (mask[i] === 2) mask[i] = 1
  }
}

function dilateDown(mask: Uint8Array, from: i32, width: i32, left: Int32Array, radius: i32): void {
  for (let x = 0, i = from; x < width; x++, i++) {
    if (mask[i] === 1) left[x] = radius
    else if (left[x]! > 0) {
      mask[i] = 2
      left[x] = left[x]! - 1
    }
  }
}

function dilateUp(mask: Uint8Array, from: i32, width: i32, left: Int32Array, radius: i32): void {
  for (let x = 0, i = from; x < width; x++, i++) {
    if (mask[i] === 1) left[x] = radius
    else if (left[x]! > 0) {
      mask[i] = 1
      left[x] = left[x]! - 1
    } else if (mask[i] === 2) mask[i] = 1
  }
}

/** Boxes, none overlapping, that cover every one of `band`: tiles of `size` pixels, neighbors in a row joined up to `longest`. */
export function bandTiles(band: Uint8Array, width: i32, height: i32, size: i32, longest: i32): Box[] {
  const boxes: Box[] = []
  for (let top = 0; top < height; top += size) {
    const rows = min(size, height - top)
    let openLeft = -1
    let openRight = -1
    for (let left = 0; left < width; left += size) {
      const columns = min(size, width - left)
      const touched = touches(band, width, left, top, columns, rows)
      if (openLeft >= 0 && (left + columns - openLeft > longest || !touched)) {
        boxes.push(new Box(openLeft, top, openRight - openLeft, rows))
        openLeft = -1
      }
      if (!touched) continue
      if (openLeft < 0) openLeft = left
      openRight = left + columns
    }
    if (openLeft >= 0) boxes.push(new Box(openLeft, top, openRight - openLeft, rows))
  }
  return boxes
}

function touches(band: Uint8Array, stride: i32, left: i32, top: i32, width: i32, height: i32): boolean {
  for (let y = top; y < top + height; y++) {
    const from = y * stride + left
    for (let i = from; i < from + width; i++) if (band[i] === 1) return true
  }
  return false
}
