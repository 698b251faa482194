// Raw pixels as a file that every decoder reads: an uncompressed PNG. W3C PNG specification, sections 5, 9 and 11.2.

import zlib from 'node:zlib'
import { KoutuError } from '@koutu/core'

/** 8 bits a sample, row-major from the top left, straight alpha; such as ImageData. */
export interface RawPixels {
  readonly data: Uint8Array | Uint8ClampedArray
  readonly width: number
  readonly height: number
  /** 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA. Found from the number of samples where it is not given. */
  readonly channels?: number | undefined
}

/** PNG's color types by number of channels. */
const COLOR_TYPES: Readonly<Record<number, number>> = { 1: 0, 2: 4, 3: 2, 4: 6 }
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

/** Returns the number of channels. Errors: INPUT_UNREADABLE where the samples do not fill the size. */
export function checkPixels({ data, width, height, channels = data.length / (width * height) }: RawPixels): number {
  const isSize = Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0
  if (
    !isSize ||
    data.BYTES_PER_ELEMENT !== 1 ||
    !(channels in COLOR_TYPES) ||
    data.length !== width * height * channels
  ) {
    throw new KoutuError('INPUT_UNREADABLE', {
      detail: `expected raw pixels of 1 to 4 channels with 8 bits but received ${data.length} samples of ${data.BYTES_PER_ELEMENT} bytes for ${width} x ${height}`,
    })
  }
  return channels
}

/** The file. Errors: those of `checkPixels`. */
export function storePixels(pixels: RawPixels): Uint8Array {
  const { data, width, height } = pixels
  const channels = checkPixels(pixels)
  const stride = width * channels
  // Each row begins with the number of its filter: none.
  const rows = new Uint8Array((stride + 1) * height)
  for (let y = 0; y < height; y++) rows.set(data.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1)
  const header = new DataView(new ArrayBuffer(13))
  header.setUint32(0, width)
  header.setUint32(4, height)
  header.setUint8(8, 8)
  header.setUint8(9, COLOR_TYPES[channels]!)
  return Buffer.concat([
    Uint8Array.from(SIGNATURE),
    ...chunk('IHDR', new Uint8Array(header.buffer)),
    ...chunk('IDAT', zlib.deflateSync(rows, { level: 0 })),
    ...chunk('IEND', new Uint8Array()),
  ])
}

function chunk(name: string, data: Uint8Array): Uint8Array[] {
  const head = new DataView(new ArrayBuffer(8))
  head.setUint32(0, data.length)
  for (let i = 0; i < 4; i++) head.setUint8(4 + i, name.charCodeAt(i))
  const tail = new DataView(new ArrayBuffer(4))
  tail.setUint32(0, zlib.crc32(data, zlib.crc32(name)))
  return [new Uint8Array(head.buffer), data, new Uint8Array(tail.buffer)]
}
