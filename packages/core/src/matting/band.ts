// Where an alpha plane is undecided, as tiles: everything costly runs inside them only.
// Knows nothing of pictures or networks.

import type { Box, Plane } from '../pixels/raster.ts'

/** Alpha below this (or above one minus this) counts as decided: half of an 8-bit step and some rounding of the network. */
export const SURE = 0.02

/** 1 where `alpha` is neither surely 0 nor surely 1, grown by `radius` pixels in x and y; else 0. */
export function uncertainBand(alpha: Plane, radius: number): Uint8Array {
  const { width, height, data } = alpha
  const band = new Uint8Array(width * height)
  for (let i = 0; i < band.length; i++) band[i] = data[i]! > SURE && data[i]! < 1 - SURE ? 1 : 0
  // A step from 0 to 1 without a soft pixel between is an edge all the same.
  for (let y = 0; y < height; y++) {
    for (let x = 0, i = y * width; x < width; x++, i++) {
      if (x + 1 < width && Math.abs(data[i]! - data[i + 1]!) > 0.5) band[i] = band[i + 1] = 1
      if (y + 1 < height && Math.abs(data[i]! - data[i + width]!) > 0.5) band[i] = band[i + width] = 1
    }
  }
  if (radius > 0) dilate(band, width, height, radius)
  return band
}

/** Grows the ones by a square of `radius`, in place: distance to the last one seen, forth and back, rows then columns. */
export function dilate(mask: Uint8Array, width: number, height: number, radius: number): void {
  for (let y = 0; y < height; y++) dilateLine(mask, y * width, 1, width, radius)
  for (let x = 0; x < width; x++) dilateLine(mask, x, width, height, radius)
}

function dilateLine(mask: Uint8Array, from: number, step: number, count: number, radius: number): void {
  let reach = -1
  // Ones written on the way forth are marked 2, so that they do not grow again on the way back.
  for (let k = 0, i = from; k < count; k++, i += step) {
    if (mask[i] === 1) reach = k + radius
    else if (k <= reach) mask[i] = 2
  }
  reach = count
  for (let k = count - 1, i = from + k * step; k >= 0; k--, i -= step) {
    if (mask[i] === 1) reach = k - radius
    else if (k >= reach) mask[i] = 2
  }
  for (let k = 0, i = from; k < count; k++, i += step) if (mask[i] === 2) mask[i] = 1
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
