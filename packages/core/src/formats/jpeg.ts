// JPEG header: segments up to the first scan. ITU-T T.81; EXIF in APP1.

import { type ByteSource, type ByteView, byteView, corrupt, unsupported } from './byte-view.ts'
import { exifOrientation } from './exif.ts'
import type { PictureHeader } from './picture-header.ts'

const SOS = 0xda
const EOI = 0xd9
const APP1 = 0xe1
/** Start of frame of JPEG-LS (ITU-T T.87). */
const JPEG_LS_FRAME = 0xf7
/** Start of frame: baseline, extended, progressive, and the arithmetic forms of the last two. */
const FRAMES = new Set([0xc0, 0xc1, 0xc2, 0xc9, 0xca])
/** Lossless, hierarchical and their arithmetic forms: no decoder here reads them. */
const UNREAD_FRAMES = new Set([0xc3, 0xc5, 0xc6, 0xc7, 0xcb, 0xcd, 0xce, 0xcf])

/** What is searched at once for the next marker. */
const BLOCK_BYTES = 2 ** 14

export function readJpegHeader(source: ByteSource): PictureHeader {
  const { orientation, ...header } = readJpegParts(source)
  return { ...header, orientation: orientation ?? 1 }
}

/** The header, with an orientation of null where the file has no EXIF. */
export function readJpegParts(source: ByteSource): Omit<PictureHeader, 'orientation'> & {
  readonly orientation: PictureHeader['orientation'] | null
} {
  const view = byteView(source, 'big', 'JPEG')
  let orientation: PictureHeader['orientation'] | null = null
  let frame: { width: number; height: number; bitDepth: number } | null = null
  for (let at = 2; ; ) {
    // Libraries skip stray bytes between segments, and any number of 0xff may precede a marker.
    at = nextMarker(view, at)
    while (view.u8(at) === 0xff) at++
    const marker = view.u8(at++)
    if (marker === EOI || marker === SOS) break
    // Markers that stand alone: stuffing, TEM, restarts, SOI.
    if (marker === 0x00 || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) continue
    const length = view.u16(at)
    if (length < 2) throw corrupt(`expected JPEG segments of at least 2 bytes but received ${length}`)
    if (marker === JPEG_LS_FRAME) throw unsupported('a JPEG-LS image', 'jpeg')
    if (UNREAD_FRAMES.has(marker)) throw unsupported('a lossless or hierarchical JPEG', 'jpeg')
    if (FRAMES.has(marker)) {
      frame ??= { bitDepth: view.u8(at + 2), height: view.u16(at + 3), width: view.u16(at + 5) }
    } else if (marker === APP1 && orientation === null && length >= 8 && view.name(at + 2, 4) === 'Exif') {
      // The first one counts, even if it is damaged: so it does for the decoder.
      orientation = exifOrientation(view.bytes(at + 2, length - 2))
    }
    at += length
  }
  if (!frame) throw corrupt('expected a JPEG frame header before the first scan but found none')
  if (frame.bitDepth !== 8) throw unsupported(`a JPEG with ${frame.bitDepth} bits a sample`, 'jpeg')
  return { format: 'jpeg', ...frame, frames: 1, hasAlpha: false, orientation, blockPixels: 0 }
}

/** Where the next 0xff is. Looks in blocks, as a file may have megabytes of padding. */
function nextMarker(view: ByteView, from: number): number {
  for (let at = from; ; at += BLOCK_BYTES) {
    if (view.u8(at) === 0xff) return at
    const found = view.bytes(at, BLOCK_BYTES).indexOf(0xff)
    if (found >= 0) return at + found
  }
}
