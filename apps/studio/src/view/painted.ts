// Strokes on a cutout before anything has solved it anew: what is erased is gone, what is kept shows the original.

import type { Placement, Point, Rect } from './geometry.ts'

export interface PaintedStroke {
  readonly tool: 'keep' | 'erase'
  /** In image pixels. */
  readonly points: readonly Point[]
  readonly radius: number
  /** The part of the image that it may change. */
  readonly within?: Rect
}

/** A line through the points, as thick as the brush, in the current color. */
export function traceStroke(
  context: OffscreenCanvasRenderingContext2D | CanvasRenderingContext2D,
  points: readonly Point[],
  radius: number,
  { scale, x, y }: Placement,
): void {
  context.lineCap = context.lineJoin = 'round'
  context.lineWidth = 2 * radius * scale
  context.beginPath()
  for (const [i, point] of points.entries()) {
    const [left, top] = [x + point.x * scale, y + point.y * scale]
    if (i === 0) context.moveTo(left, top)
    // A dot is a line of no length.
    context.lineTo(left, top + (points.length === 1 ? 0.01 : 0))
  }
  context.stroke()
}

/** In their order. `drawOriginal` draws the image where `context` shows it. */
export function drawPainted(
  context: CanvasRenderingContext2D,
  strokes: readonly PaintedStroke[],
  placement: Placement,
  drawOriginal: (context: CanvasRenderingContext2D) => void,
): void {
  for (const stroke of strokes) {
    context.save()
    if (stroke.within) clipTo(context, stroke.within, placement)
    if (stroke.tool === 'erase') {
      context.globalCompositeOperation = 'destination-out'
      context.strokeStyle = '#000'
      traceStroke(context, stroke.points, stroke.radius, placement)
    } else {
      const layer = layerLike(context)
      drawOriginal(layer)
      layer.globalCompositeOperation = 'destination-in'
      traceStroke(layer, stroke.points, stroke.radius, placement)
      context.resetTransform()
      context.drawImage(layer.canvas, 0, 0)
    }
    context.restore()
  }
}

function clipTo(
  context: CanvasRenderingContext2D,
  { left, top, width, height }: Rect,
  { scale, x, y }: Placement,
): void {
  context.beginPath()
  context.rect(x + left * scale, y + top * scale, width * scale, height * scale)
  context.clip()
}

/** A canvas of the same size and transform. */
export function layerLike(context: CanvasRenderingContext2D): CanvasRenderingContext2D {
  const canvas = document.createElement('canvas')
  canvas.width = context.canvas.width
  canvas.height = context.canvas.height
  const layer = canvas.getContext('2d')!
  layer.setTransform(context.getTransform())
  return layer
}
