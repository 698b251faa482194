// Composites a shadow behind a subject: black with the alpha of the shadow under the colors of the subject (Porter and Duff
// 1984, "over"), so that later steps treat both as one image.

import type { Plane, Raster } from '../pixels/raster.ts'

/** Darkness in 0..1, stretched over a rectangle of an image, which may be of any size and may reach beyond it. */
export interface Shadow {
  readonly darkness: Plane
  /** In pixels, not only whole ones. */
  readonly frame: { readonly left: number; readonly top: number; readonly width: number; readonly height: number }
}

/** Darkness below this is not drawn: half an 8-bit step. */
const VISIBLE = 1 / 510

/** New planes; `foreground` (RGB) and `alpha` stay as they are. */
export function castShadow(
  foreground: Raster,
  alpha: Plane,
  { darkness: shadow, frame }: Shadow,
): { foreground: Raster; alpha: Plane } {
  const { width, height } = alpha
  const color = foreground.data.slice()
  const cover = alpha.data.slice()
  const across = places(width, shadow.width, frame.left, frame.width)
  const down = places(height, shadow.height, frame.top, frame.height)
  for (let y = down.from; y < down.to; y++) {
    const top = down.first[y]! * shadow.width
    const bottom = down.second[y]! * shadow.width
    const v = down.part[y]!
    for (let x = across.from, i = y * width + x; x < across.to; x++, i++) {
      const front = cover[i]!
      if (front >= 1) continue
      const left = across.first[x]!
      const right = across.second[x]!
      const u = across.part[x]!
      const above = shadow.data[top + left]! * (1 - u) + shadow.data[top + right]! * u
      const below = shadow.data[bottom + left]! * (1 - u) + shadow.data[bottom + right]! * u
      const dark = above * (1 - v) + below * v
      if (dark < VISIBLE) continue
      const total = front + dark * (1 - front)
      cover[i] = total
      for (let at = i * 3; at < i * 3 + 3; at++) color[at] = Math.round((color[at]! * front) / total)
    }
  }
  return { foreground: { ...foreground, data: color }, alpha: { width, height, data: cover } }
}

interface Places {
  /** Pixels whose centres are within the frame: `to` is the first after them. */
  readonly from: number
  readonly to: number
  /** The two neighbors of each pixel and the share of the second. */
  readonly first: Int32Array
  readonly second: Int32Array
  readonly part: Float32Array
}

/** Bilinear interpolation along an axis of `size` pixels, of which a frame holds `small` samples. */
function places(size: number, small: number, start: number, length: number): Places {
  const first = new Int32Array(size)
  const second = new Int32Array(size)
  const part = new Float32Array(size)
  const from = Math.min(size, Math.max(0, Math.ceil(start - 0.5)))
  const to = Math.max(from, Math.min(size, Math.ceil(start + length - 0.5)))
  for (let k = from; k < to; k++) {
    const place = Math.min(small - 1, Math.max(0, ((k + 0.5 - start) * small) / length - 0.5))
    first[k] = Math.floor(place)
    second[k] = Math.min(small - 1, first[k]! + 1)
    part[k] = place - first[k]!
  }
  return { from, to, first, second, part }
}
