// Puts a shadow behind a subject, as one picture with one alpha: black of the shadow's alpha under colors of the subject's
// (Porter and Duff 1984, "over"), so that all that comes after treats the two as one.

import type { Plane, Raster } from '../pixels/raster.ts'

/** Darkness below this is not drawn: half an 8-bit step. */
const VISIBLE = 1 / 510

/** `shadow` may be of any size and is stretched over the picture. New planes; `foreground` (RGB) and `alpha` stay as they are. */
export function castShadow(foreground: Raster, alpha: Plane, shadow: Plane): { foreground: Raster; alpha: Plane } {
  const { width, height } = alpha
  const color = foreground.data.slice()
  const cover = alpha.data.slice()
  const across = places(width, shadow.width)
  const down = places(height, shadow.height)
  for (let y = 0, i = 0; y < height; y++) {
    const top = down.first[y]! * shadow.width
    const bottom = down.second[y]! * shadow.width
    const v = down.part[y]!
    for (let x = 0; x < width; x++, i++) {
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

/** Bilinear interpolation along an axis: the two neighbours of each pixel and the share of the second. */
function places(size: number, small: number): { first: Int32Array; second: Int32Array; part: Float32Array } {
  const first = new Int32Array(size)
  const second = new Int32Array(size)
  const part = new Float32Array(size)
  for (let k = 0; k < size; k++) {
    const place = Math.min(small - 1, Math.max(0, ((k + 0.5) * small) / size - 0.5))
    first[k] = Math.floor(place)
    second[k] = Math.min(small - 1, first[k]! + 1)
    part[k] = place - first[k]!
  }
  return { first, second, part }
}
