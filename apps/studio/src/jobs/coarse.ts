// What the network found in an image, at its own size: from the server, or from this browser.

import { readCoarseAlpha } from '../api/jobs.ts'
import type { Item } from '../state/items.ts'
import type { Size } from '../view/geometry.ts'
import { coarseOnDevice } from './on-device.ts'

export interface Grays {
  readonly width: number
  readonly height: number
  /** One byte a pixel; 255 is foreground. */
  readonly data: Uint8Array
}

/** At its own size, or scaled to `size`. */
export async function coarseOf(item: Item, size?: Size): Promise<Grays> {
  const own = coarseOnDevice(item)
  if (own) return own
  const id = item.jobId.peek()
  if (!id) throw new Error('the image is not done')
  return graysOf(await readCoarseAlpha(id), size)
}

async function graysOf(png: Blob, size?: Size): Promise<Grays> {
  const bitmap = await (size
    ? createImageBitmap(png, { resizeWidth: size.width, resizeHeight: size.height, resizeQuality: 'medium' })
    : createImageBitmap(png))
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  const pixels = context.getImageData(0, 0, width, height).data
  const data = new Uint8Array(width * height)
  for (let i = 0; i < data.length; i++) data[i] = pixels[i * 4]!
  return { width, height, data }
}
