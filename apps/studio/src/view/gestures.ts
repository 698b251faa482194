// Wheel, drag, pinch and arrow keys on the stage.

import type { Point } from './geometry.ts'
import type { KoutuView } from './koutu-view.ts'

const WHEEL_SPEED = 0.0022
const PINCH_SPEED = 0.01
const LINE_PX = 16
const KEY_STEP_PX = 60
const MIDDLE = 4

/** In CSS pixels. */
export interface Moved {
  readonly dx: number
  readonly dy: number
}

/** Returns what takes them off again. */
export function attachGestures(view: KoutuView): () => void {
  const controller = new AbortController()
  const options = { signal: controller.signal }
  const pointers = new Map<number, Point>()
  const at = (event: MouseEvent): Point => {
    const { left, top } = view.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }
  view.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault()
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? 1 : LINE_PX
      if (event.shiftKey) return view.panBy(-(event.deltaX || event.deltaY) * unit, 0)
      // A pinch on a trackpad comes as a wheel with the control key.
      const speed = event.ctrlKey ? PINCH_SPEED : WHEEL_SPEED
      view.zoomBy(Math.exp(-event.deltaY * unit * speed), at(event))
    },
    { ...options, passive: false },
  )
  view.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button > 1) return
      view.setPointerCapture(event.pointerId)
      pointers.set(event.pointerId, at(event))
      view.dataset.panning = ''
    },
    options,
  )
  view.addEventListener(
    'pointermove',
    (event) => {
      const from = pointers.get(event.pointerId)
      if (!from) return
      const before = gripOf([...pointers.values()])
      pointers.set(event.pointerId, at(event))
      if ((view.isPainting || view.isMarking) && pointers.size === 1 && event.buttons !== MIDDLE) return
      const now = gripOf([...pointers.values()])
      if (view.isPlacing && pointers.size === 1 && event.buttons !== MIDDLE) {
        const detail: Moved = { dx: now.center.x - before.center.x, dy: now.center.y - before.center.y }
        view.dispatchEvent(new CustomEvent<Moved>('place', { detail }))
        return
      }
      view.panBy(now.center.x - before.center.x, now.center.y - before.center.y)
      if (before.spread > 0) view.zoomBy(now.spread / before.spread, now.center)
    },
    options,
  )
  const release = (event: PointerEvent) => {
    pointers.delete(event.pointerId)
    if (pointers.size === 0) delete view.dataset.panning
  }
  view.addEventListener('pointerup', release, options)
  view.addEventListener('pointercancel', release, options)
  view.addEventListener(
    'keydown',
    (event) => {
      const steps: Readonly<Record<string, readonly [number, number]>> = {
        ArrowUp: [0, KEY_STEP_PX],
        ArrowDown: [0, -KEY_STEP_PX],
        ArrowLeft: [KEY_STEP_PX, 0],
        ArrowRight: [-KEY_STEP_PX, 0],
      }
      const step = event.shiftKey ? steps[event.key] : undefined
      if (!step) return
      event.preventDefault()
      event.stopPropagation()
      view.panBy(...step)
    },
    options,
  )
  return () => controller.abort()
}

/** Center of the fingers, and how far apart the first two are. */
function gripOf(points: readonly Point[]): { center: Point; spread: number } {
  const center = {
    x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
    y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
  }
  const [a, b] = points
  return { center, spread: a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0 }
}
