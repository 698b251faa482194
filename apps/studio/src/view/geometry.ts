// Where an image lies in a window, and how zoom and pan move it. Pure.

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Rect extends Size {
  readonly left: number
  readonly top: number
}

/** Image pixel (0, 0) lies at (x, y) of the window, in CSS pixels; `scale` CSS pixels show one image pixel. */
export interface Placement extends Point {
  readonly scale: number
}

const MAX_SCALE = 32
/** Part of the window that always shows some of the image. */
const KEPT = 48

/** The whole image, centered, with `space` around it. Small images are not enlarged. */
export function fitted(image: Size, window: Size, space = 24): Placement {
  const room = (side: number) => Math.max(1, side - 2 * space)
  const scale = Math.min(1, room(window.width) / image.width, room(window.height) / image.height)
  return {
    scale,
    x: (window.width - image.width * scale) / 2,
    y: (window.height - image.height * scale) / 2,
  }
}

/** The scale that a zoom may reach: from half of what fits to 3200 %. */
export function boundedScale(scale: number, image: Size, window: Size): number {
  const least = Math.min(1, fitted(image, window, 0).scale / 2)
  return Math.min(MAX_SCALE, Math.max(least, scale))
}

/** The image pixel under `at` stays there. */
export function zoomedAt(from: Placement, scale: number, at: Point): Placement {
  const factor = scale / from.scale
  return { scale, x: at.x - (at.x - from.x) * factor, y: at.y - (at.y - from.y) * factor }
}

/** No image is lost out of sight. */
export function bounded({ scale, x, y }: Placement, image: Size, window: Size): Placement {
  const within = (value: number, length: number, side: number) => Math.min(side - KEPT, Math.max(KEPT - length, value))
  return { scale, x: within(x, image.width * scale, window.width), y: within(y, image.height * scale, window.height) }
}

export function toImage({ scale, x, y }: Placement, at: Point): Point {
  return { x: (at.x - x) / scale, y: (at.y - y) / scale }
}

/** The whole image, in CSS pixels of the window. */
export function imageBox({ scale, x, y }: Placement, { width, height }: Size): Rect {
  return { left: x, top: y, width: width * scale, height: height * scale }
}

/** What of the image the window shows, in CSS pixels of the window. */
export function visibleRect({ scale, x, y }: Placement, image: Size, window: Size): Rect {
  const left = Math.max(0, x)
  const top = Math.max(0, y)
  const right = Math.min(window.width, x + image.width * scale)
  const bottom = Math.min(window.height, y + image.height * scale)
  return { left, top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) }
}
