// What a view shows: an image, its cutout above it, and how. It draws both at any placement and knows no element.

import { type Backdrop, CHECKERBOARD, paintBackdrop } from './backdrop.ts'
import { imageBox, type Placement, type Rect, type Size } from './geometry.ts'
import type { ImageSource } from './image-source.ts'
import { drawPainted, layerLike, type PaintedStroke } from './painted.ts'

/** `overlay` is the original with a color over what is removed. */
export type Show = 'result' | 'original' | 'alpha' | 'overlay'

/** A window onto the scene. */
export interface Frame {
  readonly placement: Placement
  readonly window: Size
  /** Canvas pixels of one CSS pixel. */
  readonly ratio: number
  /** Whether tiles may be loaded; a loupe takes what is there. */
  readonly isMain: boolean
}

export class Scene {
  original: ImageSource | null = null
  result: ImageSource | null = null
  size: Size | null = null
  painted: readonly PaintedStroke[] = []
  backdrop: Backdrop = CHECKERBOARD
  overlayColor = '#e5484d'
  show: Show = 'result'

  close(): void {
    this.original?.close()
    this.result?.close()
    this.original = null
    this.result = null
    this.painted = []
  }

  drawOriginal(context: CanvasRenderingContext2D, frame: Frame): void {
    if (this.original && this.size) drawSource(context, this.original, this.size, frame)
  }

  drawResult(context: CanvasRenderingContext2D, frame: Frame): void {
    const { result, size, painted, show } = this
    if (!result || !size) return
    const at = imageBox(frame.placement, size)
    drawSource(context, result, size, frame)
    drawPainted(context, painted, frame.placement, (layer) => this.drawOriginal(layer, frame))
    if (show === 'overlay' && this.original) this.#coverRemoved(context, at, frame)
    if (show === 'alpha') {
      context.globalCompositeOperation = 'source-in'
      paintBackdrop(context, { type: 'color', color: '#fff' }, at)
    }
    context.globalCompositeOperation = 'destination-over'
    paintBackdrop(context, show === 'alpha' ? { type: 'color', color: '#000' } : this.backdrop, at)
    context.globalCompositeOperation = 'source-over'
  }

  #coverRemoved(context: CanvasRenderingContext2D, at: Rect, frame: Frame): void {
    context.globalCompositeOperation = 'source-out'
    context.globalAlpha = 0.6
    paintBackdrop(context, { type: 'color', color: this.overlayColor }, at)
    context.globalAlpha = 1
    const layer = layerLike(context)
    this.drawOriginal(layer, frame)
    context.globalCompositeOperation = 'destination-over'
    context.save()
    context.resetTransform()
    context.drawImage(layer.canvas, 0, 0)
    context.restore()
  }
}

function drawSource(context: CanvasRenderingContext2D, source: ImageSource, size: Size, frame: Frame): void {
  const box: Rect = { left: 0, top: 0, ...size }
  if (frame.isMain) source.draw(context, frame.placement, box, frame.window, frame.ratio)
  else source.drawOverview(context, frame.placement, box)
}
