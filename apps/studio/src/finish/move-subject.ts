// A drag on the stage as a position of the subject: in % of the free space, with snapping.

import { framed } from '../preview/follow-item.ts'
import type { Moved } from '../view/gestures.ts'
import { change, settings } from './settings.ts'
import { snapped } from './snap.ts'

/** What the hand has moved, before snapping: so that it may leave a place it has snapped to. */
let loose: { x: number; y: number; shown: string } | null = null

/** `scale` CSS pixels show one pixel of the result. */
export function moveSubject({ dx, dy }: Moved, scale: number): void {
  const frame = framed.peek()
  if (!frame?.box) return
  const { position } = settings.peek()
  const shown = typeof position === 'object' ? position : { x: 50, y: 50 }
  const from = loose && loose.shown === JSON.stringify(shown) ? loose : shown
  const share = (moved: number, length: number, subject: number) =>
    length - subject < 1 ? 0 : (moved / scale / (length - subject)) * 100
  const bounded = (value: number) => Math.min(100, Math.max(0, value))
  const x = bounded(from.x + share(dx, frame.size.width, frame.box.width))
  const y = bounded(from.y + share(dy, frame.size.height, frame.box.height))
  const next = { x: snapped(x), y: snapped(y) }
  loose = { x, y, shown: JSON.stringify(next) }
  change({ position: next })
}
