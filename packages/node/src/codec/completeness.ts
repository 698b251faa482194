// Whether a file holds all of its pixels: judged by its pixel data, not by how the file ends.
//
// A JPEG or GIF whose end marker is missing may be complete, and one that has it may lack half of its pixels. The end is
// restored where it is missing, so that the decoder is left with one question: does the data cover every pixel? libvips answers
// it for each format at another level of strictness. (sharp's `warning` events cannot be used: they come from one queue for all
// images being decoded.)

import type { PictureHeader } from '@koutu/core'

/** What libvips refuses: nothing, damaged data, or also whatever a decoder has made up. */
export type Strictness = 'none' | 'error' | 'warning'

const JPEG_END = Uint8Array.of(0xff, 0xd9)
/** An empty sub-block and the trailer. */
const GIF_END = Uint8Array.of(0, 0x3b)

/** libjpeg fills missing pixels with gray and calls it a warning, as libvips does with tiles of a TIFF that cannot be read. */
export function strictnessFor(format: PictureHeader['format']): Strictness {
  return format === 'jpeg' || format === 'tiff' ? 'warning' : 'error'
}

/**
 * Warnings of libjpeg (jerror.h) that tell of headers or of bytes between segments, not of pixels. Cameras and editors write
 * such files, and they show in every program.
 */
const EXTRANEOUS = /extraneous bytes before marker/
const HARMLESS = [
  EXTRANEOUS,
  /Unknown Adobe color transform/,
  /Inconsistent progression sequence/,
  /unknown JFIF revision/,
  /Invalid SOS parameters for sequential JPEG/,
]

/**
 * Whether decoding may be tried once more at the lower strictness. Of a TIFF, what libtiff calls a warning is about its tags; data that
 * it cannot read is an error.
 */
export function isHarmless(error: unknown, format: PictureHeader['format']): boolean {
  const message = error instanceof Error ? error.message : ''
  if (format === 'tiff') return !message.includes('tiff2vips')
  const first = message.split('\n')[0]!
  return HARMLESS.some((pattern) => pattern.test(first))
}

/**
 * Whether what is harmless between the segments of a header may be the end of a scan whose codes are damaged. Of a progressive file
 * libjpeg reads all scans, of others nothing behind the last pixel.
 */
export function tellsOfDataLeft(error: unknown): boolean {
  return error instanceof Error && EXTRANEOUS.test(error.message)
}

/** `bytes` with what belongs behind the last pixel: the same where it is there already or where the format needs nothing. */
export function withEnd(bytes: Uint8Array, format: PictureHeader['format']): Uint8Array {
  switch (format) {
    case 'jpeg':
      return ending(bytes, JPEG_END)
    case 'gif':
      return ending(bytes, GIF_END)
    case 'webp':
      return wholeChunks(bytes)
    default:
      return bytes
  }
}

function ending(bytes: Uint8Array, end: Uint8Array): Uint8Array {
  const there = end.every((byte, i) => bytes[bytes.length - end.length + i] === byte)
  return there ? bytes : Buffer.concat([bytes, end])
}

/** Chunks that hold pixels. */
const PIXEL_CHUNKS = new Set(['VP8 ', 'VP8L', 'ALPH', 'ANMF'])

/** A RIFF file that ends within metadata behind its pixels, cut before that chunk. Others as they are. */
function wholeChunks(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 12 || view.getUint32(4, true) + 8 <= bytes.length) return bytes
  let at = 12
  let pixels = false
  while (at + 8 <= bytes.length) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4))
    const size = view.getUint32(at + 4, true)
    const end = at + 8 + size + (size % 2)
    // The last chunk's padding byte is not missed.
    if (at + 8 + size > bytes.length) {
      if (!pixels || PIXEL_CHUNKS.has(name)) return bytes
      break
    }
    pixels ||= PIXEL_CHUNKS.has(name)
    at = end
  }
  const whole = new Uint8Array(at)
  whole.set(bytes.subarray(0, at))
  new DataView(whole.buffer).setUint32(4, at - 8, true)
  return whole
}
