// Whether a file was changed in its middle, where its decoder takes it for whole and shows wrong pixels. Found out while libvips decodes
// it: what is done here in JavaScript is a walk over the codes, the rest has threads of its own.

import { createInflate } from 'node:zlib'
import { byteSource, deflatedPieces, firstFrameWithout, hasDamagedCodes, type PictureHeader } from '@koutu/core'
import sharp from 'sharp'

/** The last data of a frame that its decoder can do without: encoders write up to four bytes too many. */
const SPARE_BYTES = 8
const MAX_COLORS = 4

/** Never fails: what cannot be read at all is the decoder's to refuse. */
export async function isDamagedInside(
  bytes: Uint8Array,
  header: PictureHeader,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (header.format === 'webp') return sparesItsEnd(bytes)
  if (header.format === 'tiff') return hasWrongSums(bytes, header, signal)
  return hasDamagedCodes(bytes, header.format)
}

/**
 * Whether the first frame can be decoded without its last bytes. Where codes changed, all behind them are others, and the last pixel comes
 * early.
 */
async function sparesItsEnd(bytes: Uint8Array): Promise<boolean> {
  const part = firstFrameWithout(SPARE_BYTES, bytes)
  if (!part) return false
  // libwebp scales while it decodes, and keeps none of the pixels.
  const decoding = sharp(part, { failOn: 'error', limitInputPixels: false }).resize({ width: 1 }).raw().toBuffer()
  return decoding.then(
    () => true,
    () => false,
  )
}

/** Whether a tile or strip does not match its sum, which libtiff does not reach: it stops with the last pixel. */
async function hasWrongSums(
  bytes: Uint8Array,
  { width, height, bitDepth, blockPixels, extraSamples = 0 }: PictureHeader,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const pixelBytes = Math.ceil(((MAX_COLORS + extraSamples) * bitDepth) / 8)
  let room = 2 * pixelBytes * Math.max(width * height, blockPixels)
  for (const { at, length } of deflatedPieces(byteSource(bytes))) {
    const inflated = await inflate(bytes.subarray(at, at + length), room, signal)
    if (inflated === null) return true
    room -= inflated
    if (room < 0 || signal?.aborted) return false
  }
  return false
}

/** How many bytes come out of a zlib stream, counted up to `room`; null where it is damaged. */
function inflate(bytes: Uint8Array, room: number, signal: AbortSignal | undefined): Promise<number | null> {
  return new Promise((resolve) => {
    const stream = createInflate()
    let count = 0
    stream.on('data', (part: Uint8Array) => {
      count += part.length
      if (count > room || signal?.aborted) stream.destroy()
    })
    stream.on('error', () => resolve(null))
    stream.on('close', () => resolve(count))
    stream.end(bytes)
  })
}
