// How a first result comes: the background dissolves from the edge of the subject outwards.

import { depthOf } from '@koutu/core/pixels'
import type { Rect, Size } from './geometry.ts'
import type { ImageSource } from './image-source.ts'

const DURATION_MS = 240
/** Longer side of the map of distances, in cells. */
const SIDE = 96
/** Width of what is half dissolved, as a share of the longest way. */
const SOFT = 0.35
const OPAQUE = 128

export interface Reveal {
  readonly isOver: boolean
  /** Leaves of what is drawn on `context` what has been reached by now. `at` is the place of the image. */
  apply(context: CanvasRenderingContext2D, at: Rect): void
}

/** Null where nothing should move, or there is no subject to begin at. */
export function startReveal(result: ImageSource, { width, height }: Size): Reveal | null {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return null
  const scale = SIDE / Math.max(width, height)
  const canvas = new OffscreenCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)))
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  const placement = { scale: canvas.width / width, x: 0, y: 0 }
  const box = { left: 0, top: 0, width, height }
  result.drawOverview(context as unknown as CanvasRenderingContext2D, placement, box)
  const mask = context.getImageData(0, 0, canvas.width, canvas.height)
  const distance = depthOf((i) => mask.data[i * 4 + 3]! < OPAQUE, canvas.width, canvas.height)
  const longest = distance.reduce((most, value) => Math.max(most, value), 0)
  if (longest === 0 || !distance.includes(0)) return null
  const begin = performance.now()
  const share = () => Math.min(1, (performance.now() - begin) / DURATION_MS)
  return {
    get isOver() {
      return share() >= 1
    },
    apply(target, at) {
      const reached = share() * (1 + SOFT)
      distance.forEach((value, i) => {
        mask.data[i * 4 + 3] = 255 * Math.min(1, Math.max(0, (reached - value / longest) / SOFT))
      })
      context.putImageData(mask, 0, 0)
      target.globalCompositeOperation = 'destination-in'
      target.imageSmoothingEnabled = true
      target.drawImage(canvas, at.left, at.top, at.width, at.height)
      target.globalCompositeOperation = 'source-over'
    },
  }
}
