// Pixels of a bitmap, read through a small canvas in bands of rows: some browsers allow no canvas of more than 16 megapixels, and
// a large one would hold the image once more.

import { createPlane, type Plane, type Raster, type Size } from '@koutu/core/pixels'

const BAND_PIXELS = 2 ** 21

export interface BitmapPixels {
  /** RGB, 8 bit, sRGB. */
  readonly color: Raster
  /** Null where every pixel is opaque. */
  readonly alpha: Plane | null
}

export function readBitmap(bitmap: ImageBitmap): BitmapPixels {
  const { width, height } = bitmap
  const rows = Math.min(height, Math.max(1, Math.floor(BAND_PIXELS / width)))
  const context = new OffscreenCanvas(width, rows).getContext('2d', { willReadFrequently: true })!
  return collect({ width, height }, rows, (top, count) => {
    context.clearRect(0, 0, width, rows)
    context.drawImage(bitmap, 0, -top)
    return context.getImageData(0, 0, width, count).data
  })
}

export function readImageData({ width, height, data }: ImageData): BitmapPixels {
  const bytes = new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength)
  return collect({ width, height }, height, () => bytes)
}

/** `read` gives RGBA of `count` rows from `top` on. */
function collect(size: Size, rows: number, read: (top: number, count: number) => Uint8ClampedArray): BitmapPixels {
  const { width, height } = size
  const color = new Uint8Array(width * height * 3)
  let alpha: Plane | null = null
  for (let top = 0; top < height; top += rows) {
    const count = Math.min(rows, height - top)
    const rgba = read(top, count)
    const first = top * width
    for (let i = 0, from = 0, to = first * 3; i < count * width; i++, from += 4, to += 3) {
      color[to] = rgba[from]!
      color[to + 1] = rgba[from + 1]!
      color[to + 2] = rgba[from + 2]!
      const opacity = rgba[from + 3]!
      if (opacity === 255) continue
      alpha ??= createPlane(width, height, 1)
      alpha.data[first + i] = opacity / 255
    }
  }
  return { color: { width, height, channels: 3, alpha: 'none', data: color }, alpha }
}
