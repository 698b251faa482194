// The color under the next click on a view, for browsers without an eyedropper of their own.

import type { KoutuView } from './koutu-view.ts'

/** `#rrggbb`; null where Escape ends it. */
export function pickColor(view: KoutuView): Promise<string | null> {
  const controller = new AbortController()
  view.toggleAttribute('data-picking', true)
  return new Promise<string | null>((resolve) => {
    const end = (color: string | null) => {
      view.toggleAttribute('data-picking', false)
      controller.abort()
      resolve(color)
    }
    const options = { signal: controller.signal, capture: true }
    view.addEventListener(
      'pointerdown',
      (event) => {
        event.stopPropagation()
        event.preventDefault()
        end(colorAt(view, event))
      },
      options,
    )
    addEventListener(
      'keydown',
      (event) => {
        if (event.key !== 'Escape') return
        event.stopPropagation()
        end(null)
      },
      options,
    )
  })
}

/** Of the canvas that is seen there: left of the handle it is the cutout's. */
function colorAt(view: KoutuView, event: MouseEvent): string | null {
  const { left, top, width } = view.getBoundingClientRect()
  const [x, y] = [event.clientX - left, event.clientY - top]
  const split = getComputedStyle(view).getPropertyValue('--split') || '100%'
  const border = split.endsWith('%') ? (Number.parseFloat(split) / 100) * width : Number.parseFloat(split)
  const name = view.dataset.show === 'original' || x > border ? 'original' : 'result'
  const canvas = view.querySelector<HTMLCanvasElement>(`canvas.${name}`)!
  const ratio = canvas.width / width
  const [red, green, blue, alpha] = canvas.getContext('2d')!.getImageData(x * ratio, y * ratio, 1, 1).data
  if (!alpha) return null
  return `#${[red!, green!, blue!].map((value) => value.toString(16).padStart(2, '0')).join('')}`
}
