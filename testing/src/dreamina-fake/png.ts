// The smallest PNG reader and writer the fake needs: 8 bit, not interlaced, gray or RGB with or without alpha.
// PNG specification, third edition: https://www.w3.org/TR/png-3/

import { crc32, deflateSync, inflateSync } from 'node:zlib'

export interface PngPicture {
  readonly width: number
  readonly height: number
  /** 1 gray, 2 gray and alpha, 3 RGB, 4 RGBA. */
  readonly channels: 1 | 2 | 3 | 4
  /** Interleaved, row-major, from the top left. */
  readonly data: Uint8Array
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
/** PNG color type by number of channels, and back. */
const COLOR_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 } as const
const CHANNELS: Readonly<Record<number, PngPicture['channels']>> = { 0: 1, 2: 3, 4: 2, 6: 4 }

function chunk(name: string, body: Uint8Array): Buffer {
  const typed = Buffer.concat([Buffer.from(name, 'latin1'), body])
  const framed = Buffer.alloc(typed.length + 8)
  framed.writeUInt32BE(body.length, 0)
  typed.copy(framed, 4)
  framed.writeUInt32BE(crc32(typed), typed.length + 4)
  return framed
}

export function encodePng({ width, height, channels, data }: PngPicture): Uint8Array {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  header[9] = COLOR_TYPES[channels]
  const stride = width * channels
  const rows = Buffer.alloc((stride + 1) * height)
  for (let y = 0; y < height; y++) rows.set(data.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1)
  return new Uint8Array(
    Buffer.concat([
      SIGNATURE,
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(rows)),
      chunk('IEND', new Uint8Array(0)),
    ]),
  )
}

export function decodePng(bytes: Uint8Array): PngPicture {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw new Error('not a PNG')
  let width = 0
  let height = 0
  let channels: PngPicture['channels'] = 1
  const parts: Buffer[] = []
  for (let offset = 8; offset + 12 <= file.length; ) {
    const size = file.readUInt32BE(offset)
    const name = file.toString('latin1', offset + 4, offset + 8)
    const body = file.subarray(offset + 8, offset + 8 + size)
    if (name === 'IHDR') {
      width = body.readUInt32BE(0)
      height = body.readUInt32BE(4)
      const known = CHANNELS[body[9]!]
      if (body[8] !== 8 || known === undefined || body[12] !== 0)
        throw new Error('a PNG of a kind the fake does not read')
      channels = known
    } else if (name === 'IDAT') parts.push(body)
    offset += size + 12
  }
  return { width, height, channels, data: unfilter(inflateSync(Buffer.concat(parts)), width, height, channels) }
}

function unfilter(rows: Uint8Array, width: number, height: number, channels: number): Uint8Array {
  const stride = width * channels
  const out = new Uint8Array(stride * height)
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)]!
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x
      const left = x >= channels ? out[at - channels]! : 0
      const up = y > 0 ? out[at - stride]! : 0
      const corner = x >= channels && y > 0 ? out[at - stride - channels]! : 0
      out[at] = rows[y * (stride + 1) + 1 + x]! + predict(filter, left, up, corner)
    }
  }
  return out
}

/** Section 9 of the specification. */
function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  if (filter !== 4) return 0
  const estimate = left + up - corner
  const [a, b, c] = [Math.abs(estimate - left), Math.abs(estimate - up), Math.abs(estimate - corner)]
  if (a <= b && a <= c) return left
  return b <= c ? up : corner
}
