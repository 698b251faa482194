// Painting on the stage: the cursor is the brush, a stroke is drawn as it is made and handed over as `stroke` when the hand lifts.

import { type BrushPoint, brushStrokes } from './brush-strokes.ts'
import { type Placement, type Point, toImage } from './geometry.ts'
import type { KoutuView } from './koutu-view.ts'
import { drawLoupe } from './loupe.ts'
import { type PaintedStroke, traceStroke } from './painted.ts'

export interface Brush {
  readonly tool: 'keep' | 'erase'
  /** In image pixels. */
  readonly radius: number
  /** Outer share of the brush that is left to the solver, 0..1. */
  readonly softness: number
  /** Whether a loupe shows what is under the hand while it paints. */
  readonly hasLoupe?: boolean
}

/** Of the event `stroke`: one step of the hand, of several widths where a pen made it. */
export interface BrushStroke {
  readonly strokes: readonly PaintedStroke[]
  /** On the clock of events. */
  readonly endedAtMs: number
}

/** Points nearer to each other say nothing new: a part of the radius. */
const SPACING = 0.3
/** Of the painted radius, what a fully soft brush marks for sure. */
const SURE_SHARE = 0.25
const KEEP_COLOR = '64 200 190'
const ERASE_COLOR = '240 90 80'

interface Active {
  readonly pointerId: number
  readonly points: BrushPoint[]
}

/** Returns what takes it off again. `overlay` lies over the image. */
export function attachBrush(view: KoutuView, overlay: HTMLCanvasElement): () => void {
  const controller = new AbortController()
  const options = { signal: controller.signal }
  let active: Active | null = null
  let cursor: Point | null = null
  let frame = 0
  const at = (event: MouseEvent): Point => {
    const { left, top } = view.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }
  const redraw = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0
      drawOverlay(view, overlay, active?.points ?? null, cursor)
    })
  }
  const add = (stroke: Active, event: PointerEvent) => {
    const { brush, placement } = view
    if (!brush || !placement) return
    const point = toImage(placement, at(event))
    const last = stroke.points.at(-1)
    if (last && Math.hypot(point.x - last.x, point.y - last.y) < brush.radius * SPACING) return
    stroke.points.push({ ...point, pressure: event.pointerType === 'pen' ? event.pressure : null })
  }
  view.addEventListener(
    'pointerdown',
    (event) => {
      overlay.classList.remove('fading')
      // A second finger is a pinch.
      if (active) active = null
      else if (view.isPainting && event.button === 0 && event.isPrimary) {
        active = { pointerId: event.pointerId, points: [] }
        add(active, event)
      }
      cursor = at(event)
      redraw()
    },
    options,
  )
  view.addEventListener(
    'pointermove',
    (event) => {
      if (!view.brush) return
      cursor = event.pointerType === 'touch' && !active ? null : at(event)
      if (active?.pointerId === event.pointerId) {
        for (const part of event.getCoalescedEvents?.() ?? [event]) add(active, part)
      }
      redraw()
    },
    options,
  )
  view.addEventListener(
    'pointerup',
    (event) => {
      if (active?.pointerId !== event.pointerId || !view.brush) return
      const { tool, radius, softness } = view.brush
      const strokes = brushStrokes(tool, radius * sureShare(softness), active.points)
      active = null
      // Until what it changed is there, the stroke stays and fades.
      overlay.classList.add('fading')
      const detail = { strokes, endedAtMs: event.timeStamp }
      view.dispatchEvent(new CustomEvent<BrushStroke>('stroke', { detail }))
    },
    options,
  )
  const leave = () => {
    cursor = null
    redraw()
  }
  view.addEventListener('pointerleave', leave, options)
  view.addEventListener(
    'pointercancel',
    () => {
      active = null
      leave()
    },
    options,
  )
  view.addEventListener('viewchange', () => view.brush && redraw(), options)
  view.addEventListener('brushchange', redraw, options)
  return () => {
    controller.abort()
    cancelAnimationFrame(frame)
  }
}

/** Of the radius: what is marked, the rest being left to the solver. */
const sureShare = (softness: number): number => 1 - softness * (1 - SURE_SHARE)

function drawOverlay(
  view: KoutuView,
  overlay: HTMLCanvasElement,
  points: readonly BrushPoint[] | null,
  cursor: Point | null,
): void {
  const { brush, placement, clientWidth: width, clientHeight: height } = view
  const ratio = Math.min(devicePixelRatio, 2)
  if (overlay.width !== Math.round(width * ratio) || overlay.height !== Math.round(height * ratio)) {
    overlay.width = Math.round(width * ratio)
    overlay.height = Math.round(height * ratio)
  }
  const context = overlay.getContext('2d')!
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  if (!brush || !placement) return
  const color = brush.tool === 'keep' ? KEEP_COLOR : ERASE_COLOR
  const radius = brush.radius * placement.scale
  const strokes = brushStrokes(brush.tool, brush.radius, points ?? [])
  const trace = (at: Placement) => {
    context.strokeStyle = `rgb(${color} / 0.45)`
    for (const stroke of strokes) traceStroke(context, stroke.points, stroke.radius, at)
  }
  trace(placement)
  if (!cursor || !view.isPainting) return
  drawCursor(context, cursor, radius, brush.softness, color)
  if (!points || !brush.hasLoupe) return
  drawLoupe(context, cursor, placement, { width, height }, (at) => {
    view.drawAt(context, at)
    trace(at)
    const { x, y } = toImage(placement, cursor)
    drawCursor(context, { x: at.x + x * at.scale, y: at.y + y * at.scale }, brush.radius * at.scale, 0, color)
  })
}

/** Light over dark, so that it is seen on any image. */
function drawCursor(
  context: CanvasRenderingContext2D,
  { x, y }: Point,
  radius: number,
  softness: number,
  color: string,
): void {
  const circle = (r: number, width: number, style: string) => {
    context.lineWidth = width
    context.strokeStyle = style
    context.beginPath()
    context.arc(x, y, Math.max(2, r), 0, 2 * Math.PI)
    context.stroke()
  }
  circle(radius, 3, 'rgb(0 0 0 / 0.5)')
  circle(radius, 1.5, `rgb(${color})`)
  if (softness > 0.02) circle(radius * sureShare(softness), 1, `rgb(${color} / 0.7)`)
}
