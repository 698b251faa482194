// Where the subject lies on the canvas as the settings have it now, which may be ahead of what is drawn.

import { framed } from '../preview/follow-item.ts'
import type { Rect, Size } from '../view/geometry.ts'
import { settings } from './settings.ts'

interface PlacedBox {
  readonly canvas: Size
  /** In pixels of the canvas. */
  readonly box: Rect
  /** Shares in % of the free space. */
  readonly at: { readonly x: number; readonly y: number }
}

/** Follows settings and previews. Null where the subject is not placed, or nothing was drawn yet. */
export function placedBox(): PlacedBox | null {
  const frame = framed.value
  const { scale, position } = settings.value
  if (!frame?.box || frame.scale === undefined || scale === undefined) return null
  const at = typeof position === 'object' ? position : { x: 50, y: 50 }
  const growth = scale / frame.scale
  const [width, height] = [frame.box.width * growth, frame.box.height * growth]
  const { size } = frame
  const box: Rect = {
    left: ((size.width - width) * at.x) / 100,
    top: ((size.height - height) * at.y) / 100,
    width,
    height,
  }
  return { canvas: size, box, at }
}
