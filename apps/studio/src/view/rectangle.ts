// A rectangle drawn on the image with the pointer. Event: `rectangle`, in image pixels.

import { type Point, type Rect, toImage } from './geometry.ts'
import type { KoutuView } from './koutu-view.ts'

/** A smaller one was a click. */
const LEAST_PX = 8

/** Returns what takes it off again. */
export function attachRectangle(view: KoutuView): () => void {
  const controller = new AbortController()
  const options = { signal: controller.signal }
  const marquee = document.createElement('div')
  marquee.className = 'marquee'
  marquee.hidden = true
  view.append(marquee)
  let from: Point | null = null
  const at = (event: MouseEvent): Point => {
    const { left, top } = view.getBoundingClientRect()
    return { x: event.clientX - left, y: event.clientY - top }
  }
  view.addEventListener(
    'pointerdown',
    (event) => {
      from = view.isMarking && event.isPrimary && event.button === 0 ? at(event) : null
    },
    options,
  )
  view.addEventListener(
    'pointermove',
    (event) => {
      if (!from) return
      const { left, top, width, height } = between(from, at(event))
      marquee.hidden = false
      Object.assign(marquee.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` })
    },
    options,
  )
  const end = (event: PointerEvent) => {
    const box = from && event.type === 'pointerup' ? between(from, at(event)) : null
    from = null
    marquee.hidden = true
    const { placement } = view
    if (!box || !placement || box.width < LEAST_PX || box.height < LEAST_PX) return
    const { x, y } = toImage(placement, { x: box.left, y: box.top })
    const detail: Rect = { left: x, top: y, width: box.width / placement.scale, height: box.height / placement.scale }
    view.dispatchEvent(new CustomEvent<Rect>('rectangle', { detail }))
  }
  view.addEventListener('pointerup', end, options)
  view.addEventListener('pointercancel', end, options)
  return () => controller.abort()
}

const between = (a: Point, b: Point): Rect => ({
  left: Math.min(a.x, b.x),
  top: Math.min(a.y, b.y),
  width: Math.abs(a.x - b.x),
  height: Math.abs(a.y - b.y),
})
