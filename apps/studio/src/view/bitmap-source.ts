// A bitmap that stands for a larger image: a preview, drawn at the size of what it stands for.

import type { Size } from './geometry.ts'
import type { ImageSource } from './image-source.ts'

/** The bitmap stays the caller's. */
export function bitmapSource(bitmap: ImageBitmap, size: Size): ImageSource {
  const draw: ImageSource['drawOverview'] = (context, placement, box) => {
    const { scale, x, y } = placement
    context.imageSmoothingEnabled = true
    context.imageSmoothingQuality = 'high'
    context.drawImage(bitmap, x + box.left * scale, y + box.top * scale, box.width * scale, box.height * scale)
  }
  return {
    size,
    ready: Promise.resolve(size),
    draw,
    drawOverview: draw,
    close() {},
  }
}
