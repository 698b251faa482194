// Where an alpha plane is undecided, as tiles: everything costly runs inside them only.
// Knows nothing of pictures or networks.

import type { Box, Plane } from '../../pixels/raster.ts'
import { SURE } from './sure.ts'

/** 1 where `alpha` is neither surely 0 nor surely 1, grown by `radius` pixels in x and y; else 0. */
export function uncertainBand(alpha: Plane, radius: number): Uint8Array {
  const { width, height, data } = alpha
  const band = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0, i = y * width; x < width; x++, i++) {
      const value = data[i]!
      if (value > SURE && value < 1 - SURE) band[i] = 1
      // A step from 0 to 1 without a soft pixel between is an edge all the same.
      if (x > 0 && Math.abs(value - data[i - 1]!) > 0.5) band[i] = band[i - 1] = 1
      if (y > 0 && Math.abs(value - data[i - width]!) > 0.5) band[i] = band[i - width] = 1
    }
  }
  if (radius > 0) dilate(band, width, height, radius)
  return band
}

/** Grows the ones by a square of `radius`, in place: rows, then columns, each by the distance to the last one seen. */
export function dilate(mask: Uint8Array, width: number, height: number, radius: number): void {
  for (let from = 0; from < mask.length; from += width) dilateRow(mask, from, width, radius)
  dilateColumns(mask, width, height, radius)
}

// Ones written on the way forth are marked 2, so that they do not grow again on the way back.

function dilateRow(mask: Uint8Array, from: number, width: number, radius: number): void {
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
    else {
      if (left > 0) {
        mask[i] = 1
        left--
      } else if (mask[i] === 2) mask[i] = 1
    }
  }
}

/** All columns at once, row after row: memory is read in its order. */
function dilateColumns(mask: Uint8Array, width: number, height: number, radius: number): void {
  const left = new Int32Array(width)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (mask[i] === 1) left[x] = radius
      else if (left[x]! > 0) {
        mask[i] = 2
        left[x]!--
      }
    }
  }
  left.fill(0)
  for (let y = height - 1; y >= 0; y--) {
    for (let x = 0, i = y * width; x < width; x++, i++) {
      if (mask[i] === 1) left[x] = radius
      else if (left[x]! > 0) {
        mask[i] = 1
        left[x]!--
      } else if (mask[i] === 2) mask[i] = 1
    }
  }
}

/** Boxes, none overlapping, that cover every one of `band`: tiles of `size` pixels, neighbours in a row joined. */
export function bandTiles(band: Uint8Array, width: number, height: number, size: number, longest: number): Box[] {
  const boxes: Box[] = []
  for (let top = 0; top < height; top += size) {
    const rows = Math.min(size, height - top)
    let open: { left: number; right: number } | null = null
    for (let left = 0; left < width; left += size) {
      const columns = Math.min(size, width - left)
      if (open && (left + columns - open.left > longest || !touches(band, width, left, top, columns, rows))) {
        boxes.push({ left: open.left, top, width: open.right - open.left, height: rows })
        open = null
      }
      if (!touches(band, width, left, top, columns, rows)) continue
      open = { left: open ? open.left : left, right: left + columns }
    }
    if (open) boxes.push({ left: open.left, top, width: open.right - open.left, height: rows })
  }
  return boxes
}

function touches(band: Uint8Array, stride: number, left: number, top: number, width: number, height: number): boolean {
  for (let y = top; y < top + height; y++) {
    const from = y * stride + left
    for (let i = from; i < from + width; i++) if (band[i] === 1) return true
  }
  return false
}
