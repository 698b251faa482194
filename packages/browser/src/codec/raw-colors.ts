// Colors of a file as it stores them, unconverted by the browser.

import type { Raster } from '@koutu/core/pixels'
import type { Picture } from '@koutu/core/ports'
import { readBitmap } from './bitmap-pixels.ts'
import { openStraight } from './straight-pixels.ts'

/** A PNG of one pixel, PROBE_PIXEL, in a space far from sRGB: a matrix profile whose red is blue and whose gamma is 1. */
const PROBE =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAA92lDQ1BJQ0MgcHJvZmlsZQAAeJydkCFPA0EQRt9ShQFEScCtwOKrqcAhWkRbd7e3XC+hvcveQmmCJMHWIUHwGwCPxZGQkPATEBiqEGR6TRZBjoRn5s2XyU52QH0BrGzAaOxdZ39P9/oDzQ8iUxbUMn9BSX3erZ/7ldXElgb4AEpTOA8qATYnvhA/B5qu1x+Amomnld+Kx5U/LGYOO21QT8BaWvmbeFz5u/hyl7Dd9ZG3iY6n2g+tzkZRavVRdmz/8YdavD3zUg9ybfJi6rJ0uOjDncP9QrZzDesXcPcYsvgK7i9h6zVk+Q20PqExMyfudLlSyXN/9d/AzUSjtBBYSwAAAAxJREFUeAFjOJGiAQADTAFVlyD5gQAAAABJRU5ErkJggg=='
const PROBE_PIXEL = [200, 100, 40]

let probing: Promise<boolean> | null = null

/** Whether this browser decodes without conversion when asked to. */
export function keepsOwnColors(): Promise<boolean> {
  probing ??= rawPixels(Uint8Array.from(atob(PROBE), (letter) => letter.charCodeAt(0))).then(
    ({ data }) => PROBE_PIXEL.every((value, i) => data[i] === value),
    () => false,
  )
  return probing
}

/** RGB of 8 bits, upright; of the same size as `picture`, which is the same file converted. */
export async function readOwnColors(bytes: Uint8Array, { width, height, color }: Picture): Promise<Raster> {
  const raw = await rawPixels(bytes)
  return raw.width === width && raw.height === height ? raw : color
}

async function rawPixels(bytes: Uint8Array): Promise<Raster> {
  const bitmap = await createImageBitmap(new Blob([bytes as Uint8Array<ArrayBuffer>]), {
    imageOrientation: 'from-image',
    premultiplyAlpha: 'none',
    colorSpaceConversion: 'none',
  })
  try {
    return (await readBitmap(bitmap, async () => ({ openStraight }))).color
  } finally {
    bitmap.close()
  }
}
