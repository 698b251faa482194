// What lies behind a cutout on the stage. It is no part of the result.

import type { Rect } from './geometry.ts'

export type Backdrop =
  /** Of the theme's colors where none are given. */
  | { readonly type: 'checkerboard'; readonly colors?: readonly [string, string] | undefined }
  | { readonly type: 'color'; readonly color: string }
  /** Covers the image's place, its middle in the middle. */
  | { readonly type: 'image'; readonly bitmap: ImageBitmap }

export const CHECKERBOARD: Backdrop = { type: 'checkerboard' }

const SQUARE = 8

/** Fills `at`. */
export function paintBackdrop(context: CanvasRenderingContext2D, backdrop: Backdrop, at: Rect): void {
  const { left, top, width, height } = at
  if (backdrop.type === 'image') {
    const { bitmap } = backdrop
    const scale = Math.max(width / bitmap.width, height / bitmap.height)
    const [w, h] = [width / scale, height / scale]
    context.drawImage(bitmap, (bitmap.width - w) / 2, (bitmap.height - h) / 2, w, h, left, top, width, height)
    return
  }
  context.fillStyle = backdrop.type === 'color' ? backdrop.color : checkerboard(context, backdrop.colors, left, top)
  context.fillRect(left, top, width, height)
}

/** Squares that stay with the image when it is moved. */
function checkerboard(
  context: CanvasRenderingContext2D,
  colors: readonly [string, string] | undefined,
  x: number,
  y: number,
): CanvasPattern {
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = 2 * SQUARE
  const drawn = canvas.getContext('2d')!
  const style = getComputedStyle(document.body)
  const [a, b] = colors ?? [style.getPropertyValue('--checker-a-now'), style.getPropertyValue('--checker-b-now')]
  drawn.fillStyle = a
  drawn.fillRect(0, 0, 2 * SQUARE, 2 * SQUARE)
  drawn.fillStyle = b
  drawn.fillRect(0, 0, SQUARE, SQUARE)
  drawn.fillRect(SQUARE, SQUARE, SQUARE, SQUARE)
  const pattern = context.createPattern(canvas, 'repeat')!
  pattern.setTransform(new DOMMatrix().translate(x, y))
  return pattern
}
