// Drags on the stage as position and scale of the subject, with snapping.

import type { Moved } from '../view/gestures.ts'
import { placedBox } from './placed-box.ts'
import { change } from './settings.ts'
import { snapped } from './snap.ts'

/** What the hand has moved, before snapping: so that it may leave a place it has snapped to. */
let loose: { x: number; y: number; shown: string } | null = null

const LEAST_SCALE = 10
const MOST_SCALE = 100

/** `scale` CSS pixels show one pixel of the result. */
export function moveSubject({ dx, dy }: Moved, scale: number): void {
  const placed = placedBox()
  if (!placed) return
  const { canvas, box, at } = placed
  const from = loose && loose.shown === JSON.stringify(at) ? loose : at
  const share = (moved: number, length: number, subject: number) =>
    length - subject < 1 ? 0 : (moved / scale / (length - subject)) * 100
  const bounded = (value: number) => Math.min(100, Math.max(0, value))
  const x = bounded(from.x + share(dx, canvas.width, box.width))
  const y = bounded(from.y + share(dy, canvas.height, box.height))
  const next = { x: snapped(x), y: snapped(y) }
  loose = { x, y, shown: JSON.stringify(next) }
  change({ position: next })
}

/** `factor` times `from`, as the corner of a frame was dragged. */
export function scaleSubject(from: number, factor: number): void {
  change({ scale: Math.round(Math.min(MOST_SCALE, Math.max(LEAST_SCALE, from * factor))) })
}
