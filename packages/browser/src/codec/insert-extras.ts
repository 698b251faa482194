// Color profile, EXIF and XMP put into files, since canvases write none. Formats as in file-extras.ts.

import { KoutuError } from '@koutu/core/errors'
import { cleanExif, cleanXmp } from '@koutu/core/formats'
import type { Raster } from '@koutu/core/pixels'
import type { EncodeRequest } from '@koutu/core/ports'
import { concat, latin1 } from './bytes.ts'
import { deflate } from './deflate.ts'
import { type FileExtras, ICC_NAME, type RiffChunk, riffChunks, XMP_NAME } from './file-extras.ts'
import { chunk } from './png.ts'

/** What is to lie in the file of `raster`: upright, and for gray without the profile, which is one of RGB. */
export function extrasFor(
  { channels }: Pick<Raster, 'channels'>,
  { icc, metadata: { exif, xmp } }: Pick<EncodeRequest, 'icc' | 'metadata'>,
): FileExtras {
  return { icc: channels === 1 ? null : icc, exif: exif && cleanExif(exif), xmp: xmp && cleanXmp(xmp) }
}

/** For the place behind a PNG's header. */
export async function pngExtras({ icc, exif, xmp }: FileExtras): Promise<Uint8Array<ArrayBuffer>[]> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  // Name, end of name, compression method 0.
  if (icc) chunks.push(...chunk('iCCP', concat(latin1('ICC profile\0\0'), await deflate(concat(icc)))))
  if (exif) chunks.push(...chunk('eXIf', concat(exif)))
  // Keyword, then: not compressed, method 0, no language, no translated keyword.
  if (xmp) chunks.push(...chunk('iTXt', concat(latin1('XML:com.adobe.xmp\0\0\0\0\0'), xmp)))
  return chunks
}

/** Errors: INVALID_OPTIONS where the format cannot hold so much. */
export async function insertExtras(file: Blob, format: 'jpeg' | 'webp', extras: FileExtras): Promise<Blob> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  return new Blob(format === 'jpeg' ? intoJpeg(bytes, extras) : intoWebp(bytes, extras), { type: file.type })
}

const MAX_SEGMENT_BYTES = 65_533
const [APP0, APP1, APP2] = [0xe0, 0xe1, 0xe2]

function intoJpeg(jpeg: Uint8Array<ArrayBuffer>, { icc, exif, xmp }: FileExtras): Uint8Array<ArrayBuffer>[] {
  const segments: Uint8Array<ArrayBuffer>[] = []
  if (exif) segments.push(segment(APP1, 'EXIF', latin1('Exif\0\0'), exif))
  if (xmp) segments.push(segment(APP1, 'XMP', latin1(XMP_NAME), xmp))
  const room = MAX_SEGMENT_BYTES - ICC_NAME.length - 2
  const count = Math.ceil((icc?.length ?? 0) / room)
  for (let i = 0; i < count; i++) {
    const part = icc!.subarray(i * room, (i + 1) * room)
    segments.push(segment(APP2, 'color profile', latin1(ICC_NAME), Uint8Array.of(i + 1, count), part))
  }
  // Behind JFIF's own segment, which has to come first.
  const at = jpeg[3] === APP0 ? endOfSegment(jpeg, 2) : 2
  let rest = at
  // Chromium states sRGB.
  while (icc && jpeg[rest + 1] === APP2) rest = endOfSegment(jpeg, rest)
  return [jpeg.subarray(0, at), ...segments, jpeg.subarray(rest)]
}

function endOfSegment(jpeg: Uint8Array, at: number): number {
  return at + 2 + jpeg[at + 2]! * 256 + jpeg[at + 3]!
}

function segment(marker: number, what: string, ...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const body = concat(...parts)
  if (body.length > MAX_SEGMENT_BYTES) {
    throw new KoutuError('INVALID_OPTIONS', {
      detail: `expected ${what} of at most ${MAX_SEGMENT_BYTES} bytes with format 'jpeg' but received ${body.length}; png and webp hold more`,
    })
  }
  const length = body.length + 2
  return concat(Uint8Array.of(0xff, marker, length >> 8, length & 255), body)
}

const FLAGS = { icc: 0x20, alpha: 0x10, exif: 0x08, xmp: 0x04 }

function intoWebp(webp: Uint8Array, { icc, exif, xmp }: FileExtras): Uint8Array<ArrayBuffer>[] {
  const chunks = [...riffChunks(webp)]
  const pixels = chunks.filter(({ name }) => !['VP8X', 'ICCP', 'EXIF', 'XMP '].includes(name))
  // Chromium states sRGB.
  const profile = icc ?? chunks.find(({ name }) => name === 'ICCP')?.body
  const header = chunks.find(({ name }) => name === 'VP8X')?.body.slice() ?? extendedHeader(pixels)
  header[0] = (header[0]! & FLAGS.alpha) | (profile ? FLAGS.icc : 0) | (exif ? FLAGS.exif : 0) | (xmp ? FLAGS.xmp : 0)
  const all = [
    { name: 'VP8X', body: header },
    ...(profile ? [{ name: 'ICCP', body: profile }] : []),
    ...pixels,
    ...(exif ? [{ name: 'EXIF', body: exif }] : []),
    ...(xmp ? [{ name: 'XMP ', body: xmp }] : []),
  ]
  const body = concat(latin1('WEBP'), ...all.map(riffChunk))
  return [riffHead('RIFF', body.length), body]
}

/** Of a file that had none: its size lies in its pixels. RFC 6386 section 9.1, RFC 9649 section 3.4. */
function extendedHeader(pixels: readonly RiffChunk[]): Uint8Array {
  const { name, body } = pixels[0]!
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const isLossless = name === 'VP8L'
  const packed = isLossless ? view.getUint32(1, true) : 0
  const width = isLossless ? (packed & 0x3fff) + 1 : view.getUint16(6, true) & 0x3fff
  const height = isLossless ? ((packed >>> 14) & 0x3fff) + 1 : view.getUint16(8, true) & 0x3fff
  const out = new DataView(new ArrayBuffer(10))
  out.setUint8(0, isLossless && (packed >>> 28) & 1 ? FLAGS.alpha : 0)
  // 24 bits each: the fourth byte of the first is overwritten by the second, that of the second by nothing.
  out.setUint32(4, width - 1, true)
  out.setUint16(7, (height - 1) & 0xffff, true)
  return new Uint8Array(out.buffer)
}

function riffChunk({ name, body }: RiffChunk): Uint8Array {
  return concat(riffHead(name, body.length), body, new Uint8Array(body.length & 1))
}

function riffHead(name: string, size: number): Uint8Array<ArrayBuffer> {
  const out = new DataView(new ArrayBuffer(8))
  for (const [i, byte] of latin1(name).entries()) out.setUint8(i, byte)
  out.setUint32(4, size, true)
  return new Uint8Array(out.buffer)
}
