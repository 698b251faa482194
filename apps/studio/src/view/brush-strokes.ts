// What the hand has painted as strokes of one radius each: a pen paints wider where it presses harder. Pure.

import type { Point } from './geometry.ts'
import type { PaintedStroke } from './painted.ts'

/** In image pixels. */
export interface BrushPoint extends Point {
  /** 0..1 of a pen; null where the device has none. */
  readonly pressure: number | null
}

/** Steps of the width, and how far from one the pressure has to move before the width follows: hands tremble. */
const STEP = 0.25
const SLACK = 0.2
const [NARROWEST, WIDEST] = [0.5, 1.5]

/** Runs of nearly equal pressure. A run begins where the one before it ends, so that the line has no gap. */
export function brushStrokes(
  tool: PaintedStroke['tool'],
  radius: number,
  points: readonly BrushPoint[],
): readonly PaintedStroke[] {
  const runs: { readonly share: number; readonly points: Point[] }[] = []
  for (const { x, y, pressure } of points) {
    const last = runs.at(-1)
    // Half of the full pressure is the width that the visitor has set.
    const wanted = pressure === null ? 1 : Math.min(WIDEST, Math.max(NARROWEST, pressure * 2))
    if (last && Math.abs(wanted - last.share) <= SLACK) last.points.push({ x, y })
    else {
      const from = last?.points.at(-1)
      runs.push({ share: Math.round(wanted / STEP) * STEP, points: from ? [from, { x, y }] : [{ x, y }] })
    }
  }
  return runs.map((run) => ({ tool, points: run.points, radius: Math.max(0.5, radius * run.share) }))
}
