// Icon and cursor files: the largest of their images, which is a PNG or a bitmap without its file header.
// Microsoft: "Icons" (ICONDIR, ICONDIRENTRY).

import { readBmpLayout } from './bmp.ts'
import { type ByteSource, byteView, corrupt, partOf } from './byte-view.ts'
import type { PictureHeader } from './picture-header.ts'
import { readPngHeader } from './png.ts'

const [DIRECTORY_BYTES, ENTRY_BYTES] = [6, 16]
const PNG_START = 0x89504e47

interface IcoImage {
  readonly at: number
  readonly bytes: number
  readonly isPng: boolean
}

/** The image of most pixels; of several the one of most bytes. Errors: IMAGE_CORRUPT. */
export function largestIcon(source: ByteSource): IcoImage {
  const view = byteView(source, 'little', 'icon')
  const count = view.u16(4)
  let best: { readonly area: number; readonly bytes: number; readonly at: number } | null = null
  for (let i = 0; i < count; i++) {
    const entry = DIRECTORY_BYTES + i * ENTRY_BYTES
    // A side of 256 is written as 0.
    const area = (view.u8(entry) || 256) * (view.u8(entry + 1) || 256)
    const found = { area, bytes: view.u32(entry + 8), at: view.u32(entry + 12) }
    if (!best || area > best.area || (area === best.area && found.bytes > best.bytes)) best = found
  }
  if (!best) throw corrupt('expected at least one image in the icon file but found none')
  if (best.at + best.bytes > source.length) throw corrupt('an image of the icon file lies past its end')
  return { at: best.at, bytes: best.bytes, isPng: byteView(source, 'big', 'icon').u32(best.at) === PNG_START }
}

/** Of the largest image: the others are the same in smaller sizes. */
export function readIcoHeader(source: ByteSource): PictureHeader {
  const { at, bytes, isPng } = largestIcon(source)
  if (isPng) return { ...readPngHeader(partOf(source, at, bytes)), format: 'ico' }
  const { width, height } = readBmpLayout(byteView(source, 'little', 'icon'), at)
  return { format: 'ico', width, height, frames: 1, bitDepth: 8, hasAlpha: true, orientation: 1, blockPixels: 0 }
}
