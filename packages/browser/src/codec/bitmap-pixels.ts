// Pixels of a bitmap, read in bands of rows: some browsers allow no canvas of more than 16 megapixels, and a large one would hold the
// image once more.

import { createPlane, type Plane, type Raster, type Size } from '@koutu/core/pixels'
import type { Extras } from './browser-codec.ts'
import type { StraightRows } from './straight-pixels.ts'

const BAND_PIXELS = 2 ** 21

export interface BitmapPixels {
  /** RGB, 8 bit, sRGB. */
  readonly color: Raster
  /** Null where every pixel is opaque. */
  readonly alpha: Plane | null
  /** Whether colors under alpha are rounded, and lost where it is 0. */
  readonly isPremultiplied: boolean
}

/** RGBA of rows. */
interface Band {
  readonly top: number
  readonly rows: number
  readonly rgba: ArrayLike<number>
}

/** The bitmap was made with `premultiplyAlpha: 'none'`. */
export async function readBitmap(
  bitmap: ImageBitmap,
  extras: () => Promise<Pick<Extras, 'openStraight'>>,
): Promise<BitmapPixels> {
  const { width, height } = bitmap
  const most = Math.min(height, Math.max(1, Math.floor(BAND_PIXELS / width)))
  const context = new OffscreenCanvas(width, most).getContext('2d', { willReadFrequently: true })!
  const collector = collect(bitmap)
  let straight: StraightRows | null = null
  let isPremultiplied = false
  try {
    for (let top = 0; top < height; top += most) {
      const rows = Math.min(most, height - top)
      context.clearRect(0, 0, width, most)
      context.drawImage(bitmap, 0, -top)
      let rgba: Uint8ClampedArray | Uint8Array = context.getImageData(0, 0, width, rows).data
      if (!isPremultiplied && !isOpaque(rgba)) {
        straight ??= await (await extras()).openStraight(bitmap)
        if (straight) rgba = await straight.read(top, rows)
        else isPremultiplied = true
      }
      collector.add({ top, rows, rgba })
    }
  } finally {
    straight?.close()
  }
  return { ...collector.found(), isPremultiplied }
}

export function readImageData({ width, height, data }: ImageData): BitmapPixels {
  const collector = collect({ width, height })
  const rgba = new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength)
  collector.add({ top: 0, rows: height, rgba })
  return { ...collector.found(), isPremultiplied: false }
}

function isOpaque(rgba: ArrayLike<number>): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false
  return true
}

function collect({ width, height }: Size): {
  add(band: Band): void
  found(): Pick<BitmapPixels, 'color' | 'alpha'>
} {
  const color = new Uint8Array(width * height * 3)
  let alpha: Plane | null = null
  return {
    add({ top, rows, rgba }) {
      const first = top * width
      for (let i = 0, from = 0, to = first * 3; i < rows * width; i++, from += 4, to += 3) {
        color[to] = rgba[from]!
        color[to + 1] = rgba[from + 1]!
        color[to + 2] = rgba[from + 2]!
        const opacity = rgba[from + 3]!
        if (opacity === 255) continue
        alpha ??= createPlane(width, height, 1)
        alpha.data[first + i] = opacity / 255
      }
    },
    found: () => ({ color: { width, height, channels: 3, alpha: 'none', data: color }, alpha }),
  }
}
