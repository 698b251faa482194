// Puts an ICC profile, EXIF and XMP into a finished PNG, byte for byte as given. W3C PNG (third edition), sections 11.3 and 5.3.

import { promisify } from 'node:util'
import { crc32, deflate } from 'node:zlib'

const deflated = promisify(deflate)

/** Signature and IHDR, which must stay first. */
const AFTER_IHDR = 33
const XMP_KEYWORD = 'XML:com.adobe.xmp'

export interface Extras {
  readonly icc: Uint8Array | null
  /** Without the `Exif\0\0` prefix. */
  readonly exif: Uint8Array | null
  readonly xmp: Uint8Array | null
}

/** A copy of the PNG with the extras before its pixels, or the PNG itself where there are none. */
export async function withExtras(png: Uint8Array, { icc, exif, xmp }: Extras): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  // Name, end of name, compression method 0.
  if (icc) chunks.push(chunk('iCCP', [Buffer.from('ICC profile\0\0', 'latin1'), await deflated(icc)]))
  if (exif) chunks.push(chunk('eXIf', [exif]))
  // Keyword, then: not compressed, method 0, no language, no translated keyword.
  if (xmp) chunks.push(chunk('iTXt', [Buffer.from(`${XMP_KEYWORD}\0\0\0\0\0`, 'latin1'), xmp]))
  if (chunks.length === 0) return png
  const total = chunks.reduce((sum, part) => sum + part.length, png.length)
  const out = new Uint8Array(total)
  out.set(png.subarray(0, AFTER_IHDR))
  let at = AFTER_IHDR
  for (const part of chunks) {
    out.set(part, at)
    at += part.length
  }
  out.set(png.subarray(AFTER_IHDR), at)
  return out
}

function chunk(type: string, parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), ...parts])
  const frame = Buffer.alloc(body.length + 8)
  frame.writeUInt32BE(body.length - 4, 0)
  body.copy(frame, 4)
  frame.writeUInt32BE(crc32(body), body.length + 4)
  return frame
}
