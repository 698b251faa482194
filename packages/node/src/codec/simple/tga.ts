// The pixels of a Truevision TGA.

import { byteSource, readTgaLayout, type TgaLayout } from '@koutu/core'
import { expectBytes, maskedByte, type SimplePixels, truncated } from './pixels.ts'

/** Errors: IMAGE_CORRUPT. */
export function decodeTga(bytes: Uint8Array): SimplePixels {
  const layout = readTgaLayout(byteSource(bytes))
  const { width, height, map, pixelsAt, isRunLength, isTopDown, isRightToLeft } = layout
  const pixelBytes = Math.ceil(layout.bits / 8)
  const count = width * height
  if (layout.kind === 'mapped') expectBytes('TGA', bytes, map.at, map.colors * Math.ceil(map.bits / 8))
  // A packet holds 128 pixels at most.
  expectBytes('TGA', bytes, pixelsAt, isRunLength ? Math.ceil(count / 128) * (1 + pixelBytes) : count * pixelBytes)
  const channels = layout.hasAlpha ? 4 : 3
  const data = new Uint8Array(count * channels)
  const next = isRunLength ? runReader(bytes, pixelsAt, pixelBytes) : plainReader(pixelsAt, pixelBytes)
  for (let i = 0; i < count; i++) {
    const at = next()
    if (at + pixelBytes > bytes.length) throw truncated('TGA')
    const line = Math.floor(i / width)
    const x = i - line * width
    const to = ((isTopDown ? line : height - 1 - line) * width + (isRightToLeft ? width - 1 - x : x)) * channels
    writePixel(bytes, at, layout, data, to)
  }
  return { width, height, channels, data }
}

function plainReader(from: number, pixelBytes: number): () => number {
  let at = from - pixelBytes
  return () => {
    at += pixelBytes
    return at
  }
}

/** Where each pixel lies: again and again the same in a run. */
function runReader(bytes: Uint8Array, from: number, pixelBytes: number): () => number {
  let [at, left, isRun, pixel] = [from, 0, false, from]
  return () => {
    if (left === 0) {
      if (at >= bytes.length) throw truncated('TGA')
      const packet = bytes[at++]!
      isRun = packet >= 128
      left = (packet & 127) + 1
      if (isRun) {
        pixel = at
        at += pixelBytes
      }
    }
    left--
    if (!isRun) {
      pixel = at
      at += pixelBytes
    }
    return pixel
  }
}

function writePixel(bytes: Uint8Array, at: number, layout: TgaLayout, data: Uint8Array, to: number): void {
  const { kind, bits, map, hasAlpha } = layout
  if (kind === 'gray') {
    data.fill(bytes[at]!, to, to + 3)
    if (hasAlpha) data[to + 3] = bytes[at + 1]!
    return
  }
  const entry = bytes[at]! - map.first
  if (kind === 'color') writeColor(bytes, at, bits, hasAlpha, data, to)
  else if (entry >= 0 && entry < map.colors)
    writeColor(bytes, map.at + entry * Math.ceil(map.bits / 8), map.bits, hasAlpha, data, to)
  else if (hasAlpha) data[to + 3] = 255
}

function writeColor(
  bytes: Uint8Array,
  at: number,
  bits: number,
  hasAlpha: boolean,
  data: Uint8Array,
  to: number,
): void {
  if (bits >= 24) {
    data[to] = bytes[at + 2]!
    data[to + 1] = bytes[at + 1]!
    data[to + 2] = bytes[at]!
    if (hasAlpha) data[to + 3] = bits === 32 ? bytes[at + 3]! : 255
    return
  }
  const value = bytes[at]! | (bytes[at + 1]! << 8)
  data[to] = maskedByte(value, 0x7c00)
  data[to + 1] = maskedByte(value, 0x3e0)
  data[to + 2] = maskedByte(value, 0x1f)
  if (hasAlpha) data[to + 3] = maskedByte(value, 0x8000)
}
