// Pieces of image files written by hand, for tests of what reads them: chunks, EXIF, an ICC profile.
// W3C PNG (third edition); CIPA DC-008 (EXIF); ICC.1:2001-04 (a version 2 matrix profile).

import { crc32, deflateSync } from 'node:zlib'

const AFTER_IHDR = 33

/** The PNG with one more chunk behind IHDR. */
export function withPngChunk(png: Uint8Array, name: string, body: Uint8Array): Uint8Array {
  const typed = Buffer.concat([Buffer.from(name, 'latin1'), body])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(body.length, 0)
  frame.writeUInt32BE(crc32(typed), 4)
  return new Uint8Array(
    Buffer.concat([
      png.subarray(0, AFTER_IHDR),
      frame.subarray(0, 4),
      typed,
      frame.subarray(4),
      png.subarray(AFTER_IHDR),
    ]),
  )
}

/** The PNG with a color profile, which another hand has written. */
export function withPngProfile(png: Uint8Array, profile: Uint8Array): Uint8Array {
  const body = Buffer.concat([Buffer.from('test\0\0', 'latin1'), deflateSync(profile)])
  return withPngChunk(png, 'iCCP', body)
}

/** The JPEG with an APP1 segment of EXIF behind SOI. */
export function withJpegExif(jpeg: Uint8Array, exif: Uint8Array): Uint8Array {
  const head = Buffer.from([0xff, 0xe1, 0, 0, 0x45, 0x78, 0x69, 0x66, 0, 0])
  head.writeUInt16BE(exif.length + 8, 2)
  return new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), head, exif, jpeg.subarray(2)]))
}

/** EXIF (without prefix) that states an orientation, a camera, and holds a thumbnail of the given bytes. */
export function exifBytes(
  orientation: number,
  order: 'big' | 'little',
  thumbnail = Buffer.from('thumbnail'),
): Uint8Array {
  const make = Buffer.from('koutu\0', 'latin1')
  const ifd0 = 8
  const ifd1 = ifd0 + 2 + 2 * 12 + 4
  const makeAt = ifd1 + 2 + 2 * 12 + 4
  const thumbnailAt = makeAt + make.length
  const out = new DataView(new ArrayBuffer(thumbnailAt + thumbnail.length))
  const little = order === 'little'
  const bytes = new Uint8Array(out.buffer)
  bytes.set(Buffer.from(little ? 'II' : 'MM', 'latin1'))
  out.setUint16(2, 42, little)
  out.setUint32(4, ifd0, little)
  const entry = (at: number, tag: number, type: 2 | 3 | 4, count: number, value: number): void => {
    out.setUint16(at, tag, little)
    out.setUint16(at + 2, type, little)
    out.setUint32(at + 4, count, little)
    if (type === 3) out.setUint16(at + 8, value, little)
    else out.setUint32(at + 8, value, little)
  }
  out.setUint16(ifd0, 2, little)
  entry(ifd0 + 2, 0x010f, 2, make.length, makeAt)
  entry(ifd0 + 14, 0x0112, 3, 1, orientation)
  out.setUint32(ifd0 + 26, ifd1, little)
  out.setUint16(ifd1, 2, little)
  entry(ifd1 + 2, 0x0201, 4, 1, thumbnailAt)
  entry(ifd1 + 14, 0x0202, 4, 1, thumbnail.length)
  bytes.set(make, makeAt)
  bytes.set(thumbnail, thumbnailAt)
  return bytes
}

export interface MatrixSpace {
  /** Columns: XYZ (D50) of full red, green and blue. */
  readonly primaries: readonly (readonly [number, number, number])[]
  /** Linear light = sample ^ gamma. */
  readonly gamma: number
}

/** Display P3's primaries, adapted to D50, with a plain 2.2 gamma: far enough from sRGB to be told from it anywhere. */
export const WIDE_SPACE: MatrixSpace = {
  primaries: [
    [0.5151, 0.2412, -0.0011],
    [0.292, 0.6922, 0.0419],
    [0.1571, 0.0666, 0.7841],
  ],
  gamma: 2.2,
}

/** An ICC profile of the space. */
export function matrixProfile({ primaries, gamma }: MatrixSpace): Uint8Array {
  const fixed = (value: number): Buffer => {
    const out = Buffer.alloc(4)
    out.writeInt32BE(Math.round(value * 65536))
    return out
  }
  const xyz = (values: readonly number[]): Buffer => Buffer.concat([Buffer.from('XYZ \0\0\0\0'), ...values.map(fixed)])
  const curve = Buffer.concat([
    Buffer.from('curv\0\0\0\0\0\0\0\x01'),
    Buffer.from([Math.floor(gamma), Math.round((gamma % 1) * 256)]),
  ])
  const name = Buffer.from('test\0')
  const description = Buffer.alloc(90 + name.length)
  description.write('desc')
  description.writeUInt32BE(name.length, 8)
  name.copy(description, 12)
  const tags: [string, Buffer][] = [
    ['desc', description],
    ['cprt', Buffer.from('text\0\0\0\0none\0')],
    ['wtpt', xyz([0.9642, 1, 0.8249])],
    ['rXYZ', xyz(primaries[0]!)],
    ['gXYZ', xyz(primaries[1]!)],
    ['bXYZ', xyz(primaries[2]!)],
    ['rTRC', curve],
    ['gTRC', curve],
    ['bTRC', curve],
  ]
  const header = Buffer.alloc(128)
  header.writeUInt32BE(0x02100000, 8)
  header.write('mntrRGB XYZ ', 12, 'latin1')
  header.write('acsp', 36, 'latin1')
  Buffer.concat([fixed(0.9642), fixed(1), fixed(0.8249)]).copy(header, 68)
  const table = Buffer.alloc(4 + 12 * tags.length)
  table.writeUInt32BE(tags.length, 0)
  const bodies: Buffer[] = []
  let at = header.length + table.length
  tags.forEach(([tag, body], i) => {
    table.write(tag, 4 + 12 * i, 'latin1')
    table.writeUInt32BE(at, 8 + 12 * i)
    table.writeUInt32BE(body.length, 12 + 12 * i)
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)])
    bodies.push(padded)
    at += padded.length
  })
  const profile = Buffer.concat([header, table, ...bodies])
  profile.writeUInt32BE(profile.length, 0)
  return new Uint8Array(profile)
}

/** XYZ (D50) to linear sRGB: the inverse of IEC 61966-2-1's primaries adapted by Bradford. */
const XYZ_TO_SRGB = [
  [3.1338561, -1.6168667, -0.4906146],
  [-0.9787684, 1.9161415, 0.033454],
  [0.0719453, -0.2289914, 1.4052427],
] as const

/** One pixel of the space as sRGB, all in 0..1, clipped: the conversion by the definitions, in floating point. */
export function toSrgb(space: MatrixSpace, rgb: readonly number[]): readonly number[] {
  const linear = rgb.map((value) => value ** space.gamma)
  const xyz = [0, 1, 2].map((row) => linear.reduce((sum, value, i) => sum + value * space.primaries[i]![row]!, 0))
  return XYZ_TO_SRGB.map((row) => encodeSrgb(row.reduce((sum, weight, i) => sum + weight * xyz[i]!, 0)))
}

/** Transfer function of IEC 61966-2-1, clipped. */
function encodeSrgb(linear: number): number {
  const value = Math.min(1, Math.max(0, linear))
  return value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055
}
