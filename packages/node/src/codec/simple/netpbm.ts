// The pixels of a Netpbm image.

import { byteSource, KoutuError, type NetpbmLayout, readNetpbmLayout } from '@koutu/core'
import { expectBytes, type SimplePixels, truncated } from './pixels.ts'

/** 16 bits a sample where white is beyond 255. Errors: IMAGE_CORRUPT, IMAGE_UNSUPPORTED. */
export function decodeNetpbm(bytes: Uint8Array): SimplePixels {
  const layout = readNetpbmLayout(byteSource(bytes))
  const { width, height, channels, max, samples, pixelsAt } = layout
  const deep = max > 255
  const count = width * height * channels
  const bytesNeeded = samples === 'bits' ? Math.ceil(width / 8) * height : count * (samples === 'text' || !deep ? 1 : 2)
  expectBytes('Netpbm image', bytes, pixelsAt, bytesNeeded)
  const read = samples === 'text' ? textReader(bytes, layout) : binaryReader(bytes, layout)
  const white = deep ? 65_535 : 255
  const hasAlpha = channels === 2 || channels === 4
  const out = hasAlpha ? 4 : 3
  const data = deep ? new Uint16Array(width * height * out) : new Uint8Array(width * height * out)
  const isGray = channels < 3
  const pixel = [0, 0, 0, 0]
  for (let i = 0, at = 0; i < width * height; i++, at += out) {
    for (let c = 0; c < channels; c++) pixel[c] = scaled(read(), max, white)
    data[at] = pixel[0]!
    data[at + 1] = pixel[isGray ? 0 : 1]!
    data[at + 2] = pixel[isGray ? 0 : 2]!
    if (hasAlpha) data[at + 3] = pixel[isGray ? 1 : 3]!
  }
  return { width, height, channels: out, data }
}

function scaled(value: number, max: number, white: number): number {
  return Math.round((Math.min(value, max) * white) / max)
}

function binaryReader(bytes: Uint8Array, { width, max, samples, isInverted, pixelsAt }: NetpbmLayout): () => number {
  let i = 0
  if (samples === 'bits') {
    const rowBytes = Math.ceil(width / 8)
    return () => {
      const [x, y] = [i % width, Math.floor(i / width)]
      i++
      const bit = (bytes[pixelsAt + y * rowBytes + (x >> 3)]! >> (7 - (x & 7))) & 1
      return isInverted ? 1 - bit : bit
    }
  }
  if (max < 256) return () => bytes[pixelsAt + i++]!
  return () => {
    const at = pixelsAt + 2 * i++
    return (bytes[at]! << 8) | bytes[at + 1]!
  }
}

const [ZERO, NINE, HASH, LINE] = [48, 57, 35, 10]

function textReader(bytes: Uint8Array, { isInverted, pixelsAt }: NetpbmLayout): () => number {
  let at = pixelsAt
  const isDigit = () => at < bytes.length && bytes[at]! >= ZERO && bytes[at]! <= NINE
  return () => {
    while (at < bytes.length && !isDigit()) {
      if (bytes[at] === HASH) while (at < bytes.length && bytes[at] !== LINE) at++
      else if (bytes[at]! > 32)
        throw new KoutuError('IMAGE_CORRUPT', { detail: 'expected numbers in the Netpbm image' })
      else at++
    }
    if (at >= bytes.length) throw truncated('Netpbm image')
    // Bits need no space between them.
    if (isInverted) return 1 - Math.min(1, bytes[at++]! - ZERO)
    let value = 0
    while (isDigit() && value < 1e6) value = value * 10 + bytes[at++]! - ZERO
    return value
  }
}
