// Validates an image before decoding: its type and its limits, from the header only.

import { KoutuError } from '../errors/koutu-error.ts'
import type { Limits } from '../ports/ports.ts'
import { type ByteSource, byteSource } from './byte-view.ts'
import { readHeader } from './header.ts'
import type { PictureHeader } from './picture-header.ts'
import { REFUSED, SNIFF_BYTES, sniff } from './sniff.ts'

/** The largest side that most formats can hold: what is longer is a strip made to break something. */
const MAX_SIDE_PX = 65_535

const READ = 'JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF, JPEG XL, JPEG 2000, BMP, ICO, TGA, Netpbm or a raw photo'

/**
 * The header of an image that may be decoded. Reads no pixels and allocates nothing of the image's size.
 * Errors: IMAGE_TOO_MANY_BYTES, IMAGE_UNSUPPORTED, IMAGE_CORRUPT, IMAGE_TOO_LARGE, IMAGE_TOO_MANY_FRAMES.
 */
export function inspectPicture(picture: Uint8Array | ByteSource, limits: Limits): PictureHeader {
  const source = picture instanceof Uint8Array ? byteSource(picture) : picture
  if (source.length > limits.maxBytes) {
    throw tooMuch('IMAGE_TOO_MANY_BYTES', 'bytes', limits.maxBytes, source.length)
  }
  const type = sniff(head(source))
  if (type in REFUSED) {
    throw new KoutuError('IMAGE_UNSUPPORTED', {
      detail: `expected ${READ} but it is ${REFUSED[type as keyof typeof REFUSED]}`,
      data: { type },
    })
  }
  const header = readHeader(source, type as PictureHeader['format'], limits.maxFrames)
  const { width, height } = header
  if (Math.max(width, height) > MAX_SIDE_PX) {
    throw tooMuch('IMAGE_TOO_LARGE', 'pixels a side', MAX_SIDE_PX, Math.max(width, height), `${width} x ${height}`)
  }
  // More channels than color and alpha have to be decoded, too.
  const pixels = width * height * Math.max(1, (header.extraSamples ?? 0) / 2)
  if (pixels > limits.maxPixels) {
    throw tooMuch('IMAGE_TOO_LARGE', 'pixels', limits.maxPixels, pixels, `${width} x ${height}`)
  }
  if (header.blockPixels > limits.maxPixels) {
    throw tooMuch('IMAGE_TOO_LARGE', 'pixels a tile', limits.maxPixels, header.blockPixels)
  }
  if (header.frames > limits.maxFrames) {
    throw tooMuch('IMAGE_TOO_MANY_FRAMES', 'frames', limits.maxFrames, header.frames)
  }
  return header
}

function head(source: ByteSource): Uint8Array {
  const count = Math.min(source.length, SNIFF_BYTES)
  return source.piece(0, count).bytes.subarray(0, count)
}

function tooMuch(
  code: 'IMAGE_TOO_MANY_BYTES' | 'IMAGE_TOO_LARGE' | 'IMAGE_TOO_MANY_FRAMES',
  what: string,
  limit: number,
  actual: number,
  shown = String(actual),
): KoutuError {
  return new KoutuError(code, {
    detail: `expected at most ${limit} ${what} but received ${shown}`,
    data: { limit, actual },
  })
}
