// The frame around a subject that is placed: drag it to move, its corners to scale. Sliders in the panel do the same by keyboard.

import { useSignal } from '@preact/signals'
import { moveSubject, scaleSubject } from '../finish/move-subject.ts'
import { placedBox } from '../finish/placed-box.ts'
import { settings } from '../finish/settings.ts'
import { panel, placement, view } from '../state/stage.ts'

const CORNERS = ['nw', 'ne', 'sw', 'se'] as const
/** Where lines show that the subject has snapped. */
const LINES = [33.3, 50, 66.7]

export function PlaceFrame() {
  const isDragged = useSignal(false)
  const at = placement.value
  const placed = panel.value === 'finish' ? placedBox() : null
  if (!at || !placed) return null
  const { box, canvas } = placed
  const place = (element: HTMLElement | null) => {
    if (!element) return
    const px = (value: number) => `${value}px`
    Object.assign(element.style, {
      translate: `${at.x + box.left * at.scale}px ${at.y + box.top * at.scale}px`,
      width: px(box.width * at.scale),
      height: px(box.height * at.scale),
    })
  }
  const line = (axis: 'x' | 'y') => (element: HTMLElement | null) => {
    const from = axis === 'x' ? at.x : at.y
    const length = axis === 'x' ? canvas.width : canvas.height
    const own = axis === 'x' ? box.width : box.height
    const middle = ((length - own) * placed.at[axis]) / 100 + own / 2
    element?.style.setProperty(axis === 'x' ? 'left' : 'top', `${from + middle * at.scale}px`)
  }
  const drag = (event: PointerEvent, onMove: (moved: PointerEvent, dx: number, dy: number) => void) => {
    if (event.button !== 0) return
    event.stopPropagation()
    const target = event.currentTarget as HTMLElement
    target.setPointerCapture(event.pointerId)
    isDragged.value = true
    let last = { x: event.clientX, y: event.clientY }
    const move = (moved: PointerEvent) => {
      onMove(moved, moved.clientX - last.x, moved.clientY - last.y)
      last = { x: moved.clientX, y: moved.clientY }
    }
    const end = () => {
      isDragged.value = false
      target.removeEventListener('pointermove', move)
    }
    target.addEventListener('pointermove', move)
    target.addEventListener('lostpointercapture', end, { once: true })
  }
  const scale = (event: PointerEvent) => {
    const frame = (event.currentTarget as HTMLElement).parentElement!.getBoundingClientRect()
    const center = { x: frame.left + frame.width / 2, y: frame.top + frame.height / 2 }
    const distance = ({ clientX, clientY }: PointerEvent) => Math.hypot(clientX - center.x, clientY - center.y)
    const from = settings.peek().scale!
    const first = Math.max(1, distance(event))
    drag(event, (moved) => scaleSubject(from, distance(moved) / first))
  }
  return (
    <div class="marks">
      {isDragged.value && LINES.includes(placed.at.x) && <div class="snap-line across" ref={line('x')} />}
      {isDragged.value && LINES.includes(placed.at.y) && <div class="snap-line down" ref={line('y')} />}
      <div
        class="place-frame"
        ref={place}
        onWheel={(event) => view.current?.dispatchEvent(new WheelEvent('wheel', event))}
        onPointerDown={(event) => drag(event, (_, dx, dy) => moveSubject({ dx, dy }, at.scale))}
      >
        {CORNERS.map((corner) => (
          <span key={corner} class={`corner ${corner}`} onPointerDown={scale} />
        ))}
      </div>
    </div>
  )
}
