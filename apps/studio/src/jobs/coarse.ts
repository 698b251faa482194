// What the network found in an image, at its own size: from the server, or from this browser.

import { readCoarseAlpha } from '../api/jobs.ts'
import type { Item } from '../state/items.ts'
import { coarseOnDevice } from './on-device.ts'

export interface Grays {
  readonly width: number
  readonly height: number
  /** One byte a pixel; 255 is foreground. */
  readonly data: Uint8Array
}

export async function coarseOf(item: Item): Promise<Grays> {
  const own = coarseOnDevice(item)
  if (own) return own
  const id = item.jobId.peek()
  if (!id) throw new Error('the image is not done')
  return graysOf(await readCoarseAlpha(id))
}

async function graysOf(png: Blob): Promise<Grays> {
  const bitmap = await createImageBitmap(png)
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  const pixels = context.getImageData(0, 0, width, height).data
  return { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => pixels[i * 4]!) }
}
