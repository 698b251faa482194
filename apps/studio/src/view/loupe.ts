// A round loupe beside the brush: hair is painted on without zooming in.

import type { Placement, Point, Size } from './geometry.ts'

const RADIUS = 64
const FACTOR = 3
const DISTANCE = 104

/** `paint` draws the scene at the placement it is given, and `mark` what lies over it. */
export function drawLoupe(
  context: CanvasRenderingContext2D,
  at: Point,
  placement: Placement,
  window: Size,
  paint: (placement: Placement) => void,
): void {
  // Above the hand; below it where there is no room.
  const center = {
    x: Math.min(window.width - RADIUS - 8, Math.max(RADIUS + 8, at.x)),
    y: at.y > DISTANCE + RADIUS ? at.y - DISTANCE : at.y + DISTANCE,
  }
  context.save()
  context.beginPath()
  context.arc(center.x, center.y, RADIUS, 0, 2 * Math.PI)
  context.fillStyle = '#808486'
  context.fill()
  context.clip()
  paint({
    scale: placement.scale * FACTOR,
    x: center.x - (at.x - placement.x) * FACTOR,
    y: center.y - (at.y - placement.y) * FACTOR,
  })
  context.restore()
  for (const [width, style] of [
    [4, 'rgb(0 0 0 / 0.35)'],
    [2, '#fff'],
  ] as const) {
    context.lineWidth = width
    context.strokeStyle = style
    context.beginPath()
    context.arc(center.x, center.y, RADIUS, 0, 2 * Math.PI)
    context.stroke()
  }
}
