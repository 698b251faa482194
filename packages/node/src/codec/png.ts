// Writes PNG. W3C PNG (third edition), sections 5 and 11. What is not known is not stated.

import { promisify } from 'node:util'
import { crc32, deflate } from 'node:zlib'
import type { Raster } from '@koutu/core'
import { compressPixels, type PngCompression } from './png-pixels.ts'

const deflated = promisify(deflate)

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
/** Behind the signature and the header's chunk. */
const FIRST_CHUNKS_AT = 8 + 25
const COLOR_TYPES: Readonly<Record<Raster['channels'], number>> = { 1: 0, 3: 2, 4: 6 }
const XMP_KEYWORD = 'XML:com.adobe.xmp'

/** Byte for byte as they are to lie in the file. */
export interface Extras {
  readonly icc: Uint8Array | null
  /** Without the `Exif\0\0` prefix. */
  readonly exif: Uint8Array | null
  readonly xmp: Uint8Array | null
  /** Pixels per inch. */
  readonly densityPpi?: number | undefined
}

/** The same raster gives the same bytes on the same kind of machine. Errors: ABORTED. */
export async function writePng(
  raster: Raster,
  extras: Extras,
  compression: PngCompression,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [SIGNATURE, header(raster), ...(await extraChunks(extras))]
  for await (const piece of compressPixels(raster, compression, signal)) parts.push(chunk('IDAT', piece))
  parts.push(chunk('IEND', []))
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    file.set(part, at)
    at += part.length
  }
  return file
}

/** `png` with what `extras` hold, in its first chunks. */
export async function insertExtras(png: Uint8Array, extras: Extras): Promise<Uint8Array> {
  const chunks = await extraChunks(extras)
  return chunks.length === 0
    ? png
    : Buffer.concat([png.subarray(0, FIRST_CHUNKS_AT), ...chunks, png.subarray(FIRST_CHUNKS_AT)])
}

function header({ width, height, channels, data }: Raster): Uint8Array {
  // Compression, filtering and interlacing stay 0: deflate, by row, none.
  const body = Buffer.alloc(13)
  body.writeUInt32BE(width, 0)
  body.writeUInt32BE(height, 4)
  body[8] = data.BYTES_PER_ELEMENT * 8
  body[9] = COLOR_TYPES[channels]
  return chunk('IHDR', [body])
}

async function extraChunks({ icc, exif, xmp, densityPpi }: Extras): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  // Name, end of name, compression method 0.
  if (icc) chunks.push(chunk('iCCP', [Buffer.from('ICC profile\0\0', 'latin1'), await deflated(icc)]))
  if (densityPpi) chunks.push(chunk('pHYs', [physicalSize(densityPpi)]))
  if (exif) chunks.push(chunk('eXIf', [exif]))
  // Keyword, then: not compressed, method 0, no language, no translated keyword.
  if (xmp) chunks.push(chunk('iTXt', [Buffer.from(`${XMP_KEYWORD}\0\0\0\0\0`, 'latin1'), xmp]))
  return chunks
}

/** Pixels per meter along both axes; unit 1 is the meter. */
function physicalSize(densityPpi: number): Uint8Array {
  const perMeter = Math.round(densityPpi / 0.0254)
  const body = Buffer.alloc(9, 1)
  body.writeUInt32BE(perMeter, 0)
  body.writeUInt32BE(perMeter, 4)
  return body
}

function chunk(type: string, parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const frame = Buffer.allocUnsafeSlow(length + 12)
  frame.writeUInt32BE(length, 0)
  frame.write(type, 4, 'latin1')
  let at = 8
  for (const part of parts) {
    frame.set(part, at)
    at += part.length
  }
  frame.writeUInt32BE(crc32(frame.subarray(4, at)), at)
  return frame
}
