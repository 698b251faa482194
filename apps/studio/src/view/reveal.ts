// How a first result comes: the background dissolves from the edge of the subject outwards.

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
  const distance = distances(mask)
  const longest = distance.reduce((most, value) => Math.max(most, value), 0)
  if (!Number.isFinite(longest) || longest === 0) return null
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

/** From each cell to the nearest opaque one, in cells: two passes over the neighbors (Rosenfeld and Pfaltz, 1966). */
function distances({ width, height, data }: ImageData): Float32Array {
  const found = Float32Array.from({ length: width * height }, (_, i) =>
    data[i * 4 + 3]! >= OPAQUE ? 0 : Number.POSITIVE_INFINITY,
  )
  const pass = (from: number, to: number, step: 1 | -1) => {
    for (let i = from; i !== to; i += step) {
      const [x, y] = [i % width, Math.floor(i / width)]
      for (const [dx, dy] of [
        [-step, 0],
        [0, -step],
        [-step, -step],
        [step, -step],
      ] as const) {
        const [u, v] = [x + dx, y + dy]
        if (u < 0 || v < 0 || u >= width || v >= height) continue
        found[i] = Math.min(found[i]!, found[v * width + u]! + Math.hypot(dx, dy))
      }
    }
  }
  pass(0, found.length, 1)
  pass(found.length - 1, -1, -1)
  return found
}
