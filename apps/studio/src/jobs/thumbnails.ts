// Small bitmaps for the film strip: of the file itself, then of what was cut out.

import type { Item } from '../state/items.ts'
import { coarseOf, type Grays } from './coarse.ts'
import { resultFile } from './results.ts'
import { createSlots } from './slots.ts'

const SIDE = 160
const slots = createSlots(2)

export function thumbnailOf(item: Item): Promise<void> {
  return slots.run(async () => {
    const { source } = item
    if (!source) return
    const bitmap = await scaled(source).catch(() => null)
    item.original.value = bitmap
    item.thumbnail.value ??= bitmap
    if (item.status.peek() === 'done') void cutThumbnail(item)
  })
}

/** The coarse alpha is small, and fine enough for a thumbnail. Where the page has no image, the result is all there is. */
export function cutThumbnail(item: Item): Promise<void> {
  return slots.run(async () => {
    const whole = item.original.peek()
    const id = item.jobId.peek()
    if (!whole && !item.source && id) {
      item.thumbnail.value = await resultFile(id)
        .then(scaled)
        .catch(() => null)
      return
    }
    if (!whole) return
    const alpha = await coarseOf(item, whole).catch(() => null)
    if (alpha) item.thumbnail.value = await masked(whole, alpha)
  })
}

async function scaled(source: Blob): Promise<ImageBitmap> {
  return createImageBitmap(source, { resizeWidth: SIDE, resizeQuality: 'medium' })
}

function masked(image: ImageBitmap, alpha: Grays): Promise<ImageBitmap> {
  const { width, height } = image
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
  context.drawImage(image, 0, 0)
  const pixels = context.getImageData(0, 0, width, height)
  for (let y = 0, i = 3; y < height; y++) {
    const row = Math.floor(((y + 0.5) * alpha.height) / height) * alpha.width
    for (let x = 0; x < width; x++, i += 4) {
      pixels.data[i] = alpha.data[row + Math.floor(((x + 0.5) * alpha.width) / width)]!
    }
  }
  return createImageBitmap(pixels)
}
