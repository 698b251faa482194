// WebP header: the RIFF chunks, without their contents. RFC 9649, RFC 6386 (VP8).

import { Box } from '../pixels/plane.ts'
import { type ByteSource, byteView, corrupt } from './byte-view.ts'
import { exifOrientation, MAX_EXIF_BYTES } from './exif.ts'
import { convertedLineEnds } from './line-ends.ts'
import { type PictureHeader, partOfCanvas } from './picture-header.ts'

const ALPHA_FLAG = 0x10
/** What the size of a VP8X chunk, which is LF, becomes as a line end: CR LF, or CR. */
const CONVERTED_SIZES: ReadonlySet<number> = new Set([0x0a0d, 0x0d])

/** Counts frames up to one above `maxFrames`. */
export function readWebpHeader(source: ByteSource, maxFrames: number): PictureHeader {
  const view = byteView(source, 'little', 'WebP')
  let size: { width: number; height: number } | null = null
  let hasAlpha = false
  let frames = 0
  let part: Pick<PictureHeader, 'firstFrame'> = {}
  let orientation: PictureHeader['orientation'] | null = null
  for (let at = 12; at + 8 <= view.length; ) {
    const type = view.name(at, 4)
    const length = view.u32(at + 4)
    const body = at + 8
    if (type === 'VP8X') {
      if (CONVERTED_SIZES.has(length)) throw convertedLineEnds()
      hasAlpha = (view.u8(body) & ALPHA_FLAG) !== 0
      size = { width: view.u24(body + 4) + 1, height: view.u24(body + 7) + 1 }
    } else if (type === 'VP8 ' && !size) {
      if (view.u24(body + 3) !== 0x2a019d) throw corrupt('the VP8 frame of the WebP has no start code')
      size = { width: view.u16(body + 6) & 0x3fff, height: view.u16(body + 8) & 0x3fff }
    } else if (type === 'VP8L' && !size) {
      if (view.u8(body) !== 0x2f) throw corrupt('the lossless frame of the WebP has no signature')
      const packed = view.u32(body + 1)
      size = { width: (packed & 0x3fff) + 1, height: ((packed >>> 14) & 0x3fff) + 1 }
      hasAlpha = ((packed >>> 28) & 1) === 1
    } else if (type === 'ANMF') {
      if (++frames > maxFrames) break
      if (frames === 1 && size && body + 12 <= view.length) {
        const frame = new Box(
          view.u24(body) * 2,
          view.u24(body + 3) * 2,
          view.u24(body + 6) + 1,
          view.u24(body + 9) + 1,
        )
        part = partOfCanvas(frame, size)
        hasAlpha ||= part.firstFrame !== undefined
      }
    } else if (type === 'EXIF' && orientation === null) {
      orientation = exifOrientation(view.bytes(body, Math.min(length, MAX_EXIF_BYTES)))
    }
    at = body + length + (length & 1)
  }
  if (!size) throw corrupt('expected a VP8, VP8L or VP8X chunk in the WebP but found none')
  return {
    format: 'webp',
    ...size,
    frames: Math.max(1, frames),
    bitDepth: 8,
    hasAlpha,
    orientation: orientation ?? 1,
    blockPixels: 0,
    ...part,
  }
}
