// Small bitmaps for the film strip: of the file itself, then of what was cut out.

import { readCoarseAlpha } from '../api/jobs.ts'
import type { Item } from '../state/items.ts'
import { createSlots } from './slots.ts'

const SIDE = 160
const slots = createSlots(2)

export function thumbnailOf(item: Item): Promise<void> {
  return slots.run(async () => {
    const { source } = item
    if (!source) return
    item.thumbnail.value = await scaled(source).catch(() => null)
  })
}

/** The coarse alpha is a small file, and fine enough for a thumbnail. */
export function cutThumbnail(item: Item): Promise<void> {
  return slots.run(async () => {
    const whole = item.thumbnail.peek()
    const id = item.jobId.peek()
    if (!whole || !id) return
    const alpha = await readCoarseAlpha(id)
      .then(({ image }) => createImageBitmap(image))
      .catch(() => null)
    if (alpha) item.thumbnail.value = await masked(whole, alpha)
  })
}

async function scaled(source: Blob): Promise<ImageBitmap> {
  return createImageBitmap(source, { resizeWidth: SIDE, resizeQuality: 'medium' })
}

/** The image where the gray of `alpha` is bright. */
async function masked(image: ImageBitmap, alpha: ImageBitmap): Promise<ImageBitmap> {
  const { width, height } = image
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true })!
  context.drawImage(alpha, 0, 0, width, height)
  const grays = context.getImageData(0, 0, width, height).data
  context.clearRect(0, 0, width, height)
  context.drawImage(image, 0, 0)
  const pixels = context.getImageData(0, 0, width, height)
  for (let i = 0; i < grays.length; i += 4) pixels.data[i + 3] = grays[i]!
  return createImageBitmap(pixels)
}
