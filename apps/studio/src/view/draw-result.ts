// The cutout over what lies behind it, or its alpha alone.

import { type Backdrop, paintBackdrop } from './backdrop.ts'
import type { Placement, Rect, Size } from './geometry.ts'
import type { ImageSource } from './image-source.ts'
import { drawPainted, type PaintedStroke } from './painted.ts'

export interface ResultScene {
  readonly result: ImageSource
  readonly original: ImageSource | null
  readonly painted: readonly PaintedStroke[]
  readonly placement: Placement
  readonly size: Size
  readonly window: Size
  /** Canvas pixels of one CSS pixel. */
  readonly ratio: number
  readonly isAlphaAlone: boolean
  readonly backdrop: Backdrop
}

export function drawResult(context: CanvasRenderingContext2D, scene: ResultScene): void {
  const { result, original, painted, placement, size, window, ratio, isAlphaAlone, backdrop } = scene
  const { scale, x, y } = placement
  const whole: Rect = { left: 0, top: 0, ...size }
  const drawn: Rect = { left: x, top: y, width: size.width * scale, height: size.height * scale }
  result.draw(context, placement, whole, window, ratio)
  drawPainted(context, painted, placement, (layer) => original?.draw(layer, placement, whole, window, ratio))
  if (isAlphaAlone) {
    context.globalCompositeOperation = 'source-in'
    paintBackdrop(context, { type: 'color', color: '#fff' }, drawn)
  }
  context.globalCompositeOperation = 'destination-over'
  paintBackdrop(context, isAlphaAlone ? { type: 'color', color: '#000' } : backdrop, drawn)
  context.globalCompositeOperation = 'source-over'
}
