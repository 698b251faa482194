// As core's matting/band.ts and matting/sighted-band.ts.

import { allocate, byte, float, floats, int, setByte, setInt } from './memory'
import { Model } from './models'

export const SURE: f64 = 0.02
const VISIBLE: f32 = 3e-4
const REACH: i32 = 4

export function uncertainBand(alpha: usize, width: i32, height: i32, radius: i32): usize {
  const band = allocate(width * height)
  for (let y = 0; y < height; y++) markRow(alpha, band, y, width)
  if (radius > 0) dilate(band, width, height, radius)
  return band
}

function markRow(alpha: usize, band: usize, y: i32, width: i32): void {
  for (let x = 0, i = y * width; x < width; x++, i++) {
    const value = <f64>float(alpha, i)
    if (value > SURE && value < 1 - SURE) setByte(band, i, 1)
    if (x > 0 && Math.abs(value - <f64>float(alpha, i - 1)) > 0.5) {
      setByte(band, i, 1)
      setByte(band, i - 1, 1)
    }
    if (y > 0 && Math.abs(value - <f64>float(alpha, i - width)) > 0.5) {
      setByte(band, i, 1)
      setByte(band, i - width, 1)
    }
  }
}

function dilate(mask: usize, width: i32, height: i32, radius: i32): void {
  for (let y = 0; y < height; y++) dilateRow(mask, y * width, width, radius)
  const left = floats(width)
  for (let y = 0; y < height; y++) dilateDown(mask, y * width, width, left, radius)
  memory.fill(left, 0, (<usize>width) << 2)
  for (let y = height - 1; y >= 0; y--) dilateUp(mask, y * width, width, left, radius)
}

function dilateRow(mask: usize, from: i32, width: i32, radius: i32): void {
  let left = 0
  for (let i = from; i < from + width; i++) {
    if (byte(mask, i) === 1) left = radius
    else if (left > 0) {
      setByte(mask, i, 2)
      left--
    }
  }
  left = 0
  for (let i = from + width - 1; i >= from; i--) {
    if (byte(mask, i) === 1) left = radius
    else if (left > 0) {
      setByte(mask, i, 1)
      left--
    } else if (byte(mask, i) === 2) setByte(mask, i, 1)
  }
}

function dilateDown(mask: usize, from: i32, width: i32, left: usize, radius: i32): void {
  for (let x = 0, i = from; x < width; x++, i++) {
    if (byte(mask, i) === 1) setInt(left, x, radius)
    else if (int(left, x) > 0) {
      setByte(mask, i, 2)
      setInt(left, x, int(left, x) - 1)
    }
  }
}

function dilateUp(mask: usize, from: i32, width: i32, left: usize, radius: i32): void {
  for (let x = 0, i = from; x < width; x++, i++) {
    if (byte(mask, i) === 1) setInt(left, x, radius)
    else if (int(left, x) > 0) {
      setByte(mask, i, 1)
      setInt(left, x, int(left, x) - 1)
    } else if (byte(mask, i) === 2) setByte(mask, i, 1)
  }
}

export class Box {
  constructor(
    public left: i32,
    public top: i32,
    public width: i32,
    public height: i32,
  ) {}
}

export function bandTiles(band: usize, width: i32, height: i32, size: i32, longest: i32): Box[] {
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

function touches(band: usize, stride: i32, left: i32, top: i32, width: i32, height: i32): bool {
  for (let y = top; y < top + height; y++) {
    const from = y * stride + left
    for (let i = from; i < from + width; i++) if (byte(band, i) === 1) return true
  }
  return false
}

export function sightedBand(band: usize, models: Model[], width: i32, height: i32, radius: i32): usize {
  const seen = allocate(width * height)
  for (let m = 0; m < models.length; m++) markSeen(band, models[m], width, seen)
  dilate(seen, width, height, REACH * radius)
  for (let i = 0; i < width * height; i++) setByte(seen, i, byte(seen, i) & byte(band, i))
  return seen
}

function markSeen(band: usize, model: Model, width: i32, seen: usize): void {
  const core = model.core
  const outer = model.outer
  for (let y = core.top; y < core.top + core.height; y++) {
    let from = (y - outer.top) * outer.width + core.left - outer.left
    const start = y * width + core.left
    for (let i = start; i < start + core.width; i++, from++) {
      if (byte(band, i) === 1 && float(model.variance, from) > VISIBLE) setByte(seen, i, 1)
    }
  }
}
