// Alpha of strokes by supersampling: the share of each pixel that is covered. One primitive draws everything.

import { createPlane, type Plane, type Size } from '@koutu/core'

/** A line with round ends whose half width runs from `r0` to `r1`, in pixels. Paints over what was drawn before. */
export interface Stroke {
  readonly x0: number
  readonly y0: number
  readonly r0: number
  readonly x1: number
  readonly y1: number
  readonly r1: number
  /** Opacity, 0..1: 0 cuts a hole, a fraction is glass. */
  readonly opacity: number
}

/** Samples a pixel and axis: 36 levels of alpha. */
const SAMPLES = 6
/** Rows drawn at a time: bounds memory at any image size. */
const STRIP = 32

/** Share of each pixel that `strokes` cover, times their opacity. */
export function coverageOf(strokes: readonly Stroke[], { width, height }: Size): Plane {
  const plane = createPlane(width, height)
  const samples = new Uint8Array(width * SAMPLES * STRIP * SAMPLES)
  for (let top = 0; top < height; top += STRIP) {
    const rows = Math.min(STRIP, height - top)
    const here = strokes.filter((stroke) => isWithin(stroke, top, rows))
    if (here.length === 0) continue
    samples.fill(0)
    for (const stroke of here) paintStroke(samples, stroke, width, top, rows)
    averageStrip(plane, samples, top, rows)
  }
  return plane
}

function isWithin({ y0, r0, y1, r1 }: Stroke, top: number, rows: number): boolean {
  const reach = Math.max(r0, r1)
  return Math.max(y0, y1) + reach >= top && Math.min(y0, y1) - reach <= top + rows
}

function paintStroke(samples: Uint8Array, stroke: Stroke, width: number, top: number, rows: number): void {
  const { x0, y0, r0, x1, y1, r1, opacity } = stroke
  const reach = Math.max(r0, r1)
  const first = Math.max(0, Math.floor((Math.min(y0, y1) - reach - top) * SAMPLES))
  const last = Math.min(rows * SAMPLES - 1, Math.ceil((Math.max(y0, y1) + reach - top) * SAMPLES))
  const dx = x1 - x0
  const dy = y1 - y0
  const length = dx * dx + dy * dy
  const value = Math.round(opacity * 255)
  for (let line = first; line <= last; line++) {
    const y = top + (line + 0.5) / SAMPLES
    // The part of the axis that is within reach of this line bounds the samples to look at.
    const [from, to] = dy === 0 ? [0, 1] : [(y - reach - y0) / dy, (y + reach - y0) / dy].sort((a, b) => a - b)
    const a = x0 + dx * Math.min(1, Math.max(0, from!))
    const b = x0 + dx * Math.min(1, Math.max(0, to!))
    const left = Math.max(0, Math.floor((Math.min(a, b) - reach) * SAMPLES))
    const right = Math.min(width * SAMPLES - 1, Math.ceil((Math.max(a, b) + reach) * SAMPLES))
    const isCovered = (column: number): boolean => {
      const x = (column + 0.5) / SAMPLES
      const t = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / length))
      const radius = r0 + (r1 - r0) * t
      const u = x - x0 - dx * t
      const v = y - y0 - dy * t
      return u * u + v * v <= radius * radius
    }
    const start = line * width * SAMPLES
    if (r0 === r1) {
      // Convex: covered from the first such sample to the last.
      let [first, end] = [left, right + 1]
      while (first < end && !isCovered(first)) first++
      while (end > first && !isCovered(end - 1)) end--
      samples.fill(value, start + first, start + end)
    } else {
      for (let column = left; column <= right; column++) if (isCovered(column)) samples[start + column] = value
    }
  }
}

function averageStrip({ width, data }: Plane, samples: Uint8Array, top: number, rows: number): void {
  const scale = 1 / (255 * SAMPLES * SAMPLES)
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      let sum = 0
      for (let v = 0; v < SAMPLES; v++) {
        const from = ((y * SAMPLES + v) * width + x) * SAMPLES
        for (let u = 0; u < SAMPLES; u++) sum += samples[from + u]!
      }
      data[(top + y) * width + x] = sum * scale
    }
  }
}
