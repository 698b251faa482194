// The pixels of a Windows bitmap, of a file or of an image in an icon file.

import { type BmpLayout, byteSource, byteView, readBmpLayout } from '@koutu/core'
import { expectBytes, maskedByte, type SimplePixels, truncated } from './pixels.ts'

/** `iconAt`: where an image of an icon file begins. Errors: IMAGE_CORRUPT, IMAGE_UNSUPPORTED. */
export function decodeBmp(bytes: Uint8Array, iconAt?: number): SimplePixels {
  const layout = readBmpLayout(byteView(byteSource(bytes), 'little', 'BMP'), iconAt)
  const { width, height, bits, pixelsAt, palette, masks, isTopDown } = layout
  expectBytes('BMP', bytes, palette.at, palette.colors * palette.entryBytes)
  const rowBytes = Math.ceil((width * bits) / 32) * 4
  if (!layout.isRunLength) expectBytes('BMP', bytes, pixelsAt, rowBytes * height)
  const isIcon = iconAt !== undefined
  const channels = isIcon || masks[3] !== 0 ? 4 : 3
  const data = new Uint8Array(width * height * channels).fill(layout.isRunLength ? 0 : 255)
  const image = { width, height, channels, data } as const
  const color = bits <= 8 ? paletteReader(bytes, layout) : pixelReader(bytes, layout)
  const rowOf = (line: number) => (isTopDown ? line : height - 1 - line)
  if (layout.isRunLength) decodeRuns(bytes, layout, (x, line, index) => write(image, x, rowOf(line), color(index)))
  else
    for (let line = 0; line < height; line++)
      for (let x = 0; x < width; x++) {
        const at = pixelsAt + line * rowBytes
        write(image, x, rowOf(line), color(bits <= 8 ? indexAt(bytes, at, x, bits) : at + (x * bits) / 8))
      }
  if (isIcon) maskIcon(bytes, layout, rowBytes, image)
  return image
}

/** Red, green, blue, alpha in one number each byte. */
type Rgba = number

function write({ data, width, channels }: SimplePixels, x: number, y: number, color: Rgba): void {
  const at = (y * width + x) * channels
  data[at] = color & 255
  data[at + 1] = (color >>> 8) & 255
  data[at + 2] = (color >>> 16) & 255
  if (channels === 4) data[at + 3] = color >>> 24
}

function rgba(red: number, green: number, blue: number, alpha: number): Rgba {
  return (red | (green << 8) | (blue << 16) | (alpha << 24)) >>> 0
}

function indexAt(bytes: Uint8Array, row: number, x: number, bits: number): number {
  const bit = x * bits
  return (bytes[row + (bit >> 3)]! >> (8 - bits - (bit & 7))) & (2 ** bits - 1)
}

/** By number in the palette; black beyond it. */
function paletteReader(bytes: Uint8Array, { palette: { at, colors, entryBytes } }: BmpLayout): (index: number) => Rgba {
  return (index) => {
    if (index >= colors) return rgba(0, 0, 0, 255)
    const entry = at + index * entryBytes
    return rgba(bytes[entry + 2]!, bytes[entry + 1]!, bytes[entry]!, 255)
  }
}

/** By address. */
function pixelReader(bytes: Uint8Array, { bits, masks }: BmpLayout): (at: number) => Rgba {
  if (bits === 24) return (at) => rgba(bytes[at + 2]!, bytes[at + 1]!, bytes[at]!, 255)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [red, green, blue, alpha] = masks
  return (at) => {
    const value = bits === 16 ? view.getUint16(at, true) : view.getUint32(at, true)
    return rgba(
      maskedByte(value, red),
      maskedByte(value, green),
      maskedByte(value, blue),
      alpha === 0 ? 255 : maskedByte(value, alpha),
    )
  }
}

/** Runs of 4 or 8 bits. What they leave out stays 0. */
function decodeRuns(
  bytes: Uint8Array,
  { width, height, bits, pixelsAt }: BmpLayout,
  put: (x: number, line: number, index: number) => void,
): void {
  let [x, line] = [0, 0]
  const putOne = (index: number) => {
    if (x < width && line < height) put(x, line, index)
    x++
  }
  const half = (byte: number, i: number) => (bits === 8 ? byte : i % 2 === 0 ? byte >> 4 : byte & 15)
  for (let at = pixelsAt; ; ) {
    if (at + 2 > bytes.length) throw truncated('BMP')
    const [count, value] = [bytes[at]!, bytes[at + 1]!]
    at += 2
    if (count > 0) for (let i = 0; i < count; i++) putOne(half(value, i))
    else if (value === 1) return
    else if (value === 0) [x, line] = [0, line + 1]
    else if (value === 2) {
      expectBytes('BMP', bytes, at, 2)
      x += bytes[at]!
      line += bytes[at + 1]!
      at += 2
    } else {
      const length = Math.ceil((value * bits) / 8)
      expectBytes('BMP', bytes, at, length)
      for (let i = 0; i < value; i++) putOne(half(bytes[at + (bits === 8 ? i : i >> 1)]!, i))
      at += length + (length % 2)
    }
  }
}

/** Alpha of an icon: its own where 32 bits hold any, else the mask behind the colors, in which 1 is transparent. */
function maskIcon(bytes: Uint8Array, layout: BmpLayout, rowBytes: number, { width, height, data }: SimplePixels): void {
  const { bits, isTopDown, pixelsAt } = layout
  const rowOf = (line: number) => (isTopDown ? line : height - 1 - line)
  if (bits === 32) {
    let hasAlpha = false
    for (let i = 0; i < width * height; i++) hasAlpha ||= bytes[pixelsAt + i * 4 + 3]! > 0
    if (hasAlpha) {
      for (let line = 0; line < height; line++)
        for (let x = 0; x < width; x++)
          data[(rowOf(line) * width + x) * 4 + 3] = bytes[pixelsAt + line * rowBytes + x * 4 + 3]!
      return
    }
  }
  const maskRow = Math.ceil(width / 32) * 4
  const maskAt = pixelsAt + rowBytes * height
  // Some writers leave it out.
  if (maskAt + maskRow * height > bytes.length) return
  for (let line = 0; line < height; line++)
    for (let x = 0; x < width; x++)
      if (indexAt(bytes, maskAt + line * maskRow, x, 1) === 1) data[(rowOf(line) * width + x) * 4 + 3] = 0
}
