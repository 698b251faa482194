// JPEG and WebP, which canvases write.

import { KoutuError } from '@koutu/core/errors'
import { toRgba } from './rgba.ts'
import { loadStrips, type StoredRaster } from './stored-raster.ts'

/** Rows that go to a canvas at a time. */
const CANVAS_ROWS = 256

/** Errors: CODEC_MISSING. */
export async function writeByCanvas(raster: StoredRaster, format: 'jpeg' | 'webp', quality: number): Promise<Blob> {
  const { width, height } = raster
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')!
  for await (const { top, strip } of loadStrips(raster, CANVAS_ROWS)) {
    context.putImageData(new ImageData(toRgba(strip), width, strip.height), 0, top)
  }
  const type = `image/${format}`
  const file = await canvas.convertToBlob({ type, quality: quality / 100 })
  // What a browser cannot write, it writes as PNG.
  if (file.type !== type) {
    throw new KoutuError('CODEC_MISSING', { detail: `format: this browser cannot write ${format}` })
  }
  return file
}
