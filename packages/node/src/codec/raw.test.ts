// Raw photos, laid out as the makers' files are: which JPEG is cut out of them, and how it stands.

import { isKoutuError, type Picture } from '@koutu/core'
import fc from 'fast-check'
import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { createSharpCodec } from './sharp-codec.ts'

const LIMITS = { maxBytes: 1e7, maxPixels: 1e7, maxFrames: 100 }
const decode = (bytes: Uint8Array, limits = LIMITS): Promise<Picture> =>
  createSharpCodec().decode(bytes, { keepIcc: false, keepMetadata: false, limits }, {})

/** The left half is red and the right half is blue. */
async function jpegOf(width: number, height: number, orientation?: number): Promise<Buffer> {
  const blue = sharp({ create: { width: width / 2, height, channels: 3, background: 'blue' } }).png()
  const image = sharp({ create: { width, height, channels: 3, background: 'red' } })
    .composite([{ input: await blue.toBuffer(), left: width / 2, top: 0 }])
    .jpeg()
  return (orientation ? image.withMetadata({ orientation }) : image).toBuffer()
}

interface Jpegs {
  readonly full: Buffer
  readonly thumbnail: Buffer
}

let jpegs: Jpegs
beforeAll(async () => {
  jpegs = { full: await jpegOf(640, 400), thumbnail: await jpegOf(160, 120) }
})

type Field = readonly [tag: number, type: 3 | 4 | 7 | 13, value: number, count?: number]

/** A TIFF of these directories, one after another from byte 8 on, of 200 bytes each; the chain holds the first `chained`. */
function tiff(order: 'II' | 'MM', directories: readonly (readonly Field[])[], chained = 1, magic = 42): Buffer {
  const out = Buffer.alloc(8 + 200 * directories.length)
  const little = order === 'II'
  const u16 = (value: number, at: number) => (little ? out.writeUInt16LE(value, at) : out.writeUInt16BE(value, at))
  const u32 = (value: number, at: number) => (little ? out.writeUInt32LE(value, at) : out.writeUInt32BE(value, at))
  out.write(order, 0, 'latin1')
  u16(magic, 2)
  u32(8, 4)
  for (const [index, fields] of directories.entries()) {
    const at = 8 + 200 * index
    u16(fields.length, at)
    for (const [i, [tag, type, value, count = 1]] of fields.entries()) {
      u16(tag, at + 2 + 12 * i)
      u16(type, at + 4 + 12 * i)
      u32(count, at + 6 + 12 * i)
      if (type === 3) u16(value, at + 10 + 12 * i)
      else u32(value, at + 10 + 12 * i)
    }
    u32(index + 1 < chained ? at + 200 : 0, at + 2 + 12 * fields.length)
  }
  return out
}

const directoryAt = (index: number) => 8 + 200 * index
const box = (type: string, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8, 0)
  head.write(type, 4, 'latin1')
  return Buffer.concat([head, body])
}
const u32s = (...values: readonly number[]) => {
  const out = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) out.writeUInt32BE(value, 4 * i)
  return out
}

const SENSOR: Field = [262, 3, 32803]
/** A file of each layout, whose larger JPEG is to be found. Orientation 6 but for those whose JPEG states its own. */
const LAYOUTS: Readonly<Record<string, (parts: Jpegs) => Uint8Array>> = {
  'DNG: a preview as one strip below the first directory'({ full, thumbnail }) {
    const start = directoryAt(3)
    const fields: Field[][] = [
      [
        [254, 4, 1],
        [259, 3, 7],
        [273, 4, start],
        [274, 3, 6],
        [279, 4, thumbnail.length],
        [330, 4, directoryAt(1), 1],
        [50706, 4, 1],
      ],
      [
        [254, 4, 1],
        [259, 3, 7],
        [262, 3, 6],
        [273, 4, start + thumbnail.length],
        [279, 4, full.length],
      ],
      [SENSOR],
    ]
    return Buffer.concat([tiff('II', fields), thumbnail, full])
  },
  'NEF: a small plain image first, the preview below it'({ full }) {
    const start = directoryAt(3)
    const fields: Field[][] = [
      [
        [256, 4, 160],
        [257, 4, 120],
        [259, 3, 1],
        [262, 3, 2],
        [274, 3, 6],
        [330, 4, directoryAt(2) + 150, 2],
      ],
      [
        [513, 4, start],
        [514, 4, full.length],
      ],
      [SENSOR],
    ]
    const head = tiff('MM', fields)
    head.writeUInt32BE(directoryAt(1), directoryAt(2) + 150)
    head.writeUInt32BE(directoryAt(2), directoryAt(2) + 154)
    return Buffer.concat([head, full])
  },
  'ARW: the preview in the first directory, old-style'({ full, thumbnail }) {
    const start = directoryAt(3)
    const fields: Field[][] = [
      [
        [259, 3, 6],
        [274, 3, 6],
        [330, 4, directoryAt(2)],
        [513, 4, start],
        [514, 4, full.length],
      ],
      [
        [259, 3, 6],
        [513, 4, start + full.length],
        [514, 4, thumbnail.length],
      ],
      [SENSOR],
    ]
    return Buffer.concat([tiff('II', fields, 2), full, thumbnail])
  },
  'CR2: the preview as one strip of the first directory'({ full, thumbnail }) {
    const start = directoryAt(2)
    const fields: Field[][] = [
      [
        [259, 3, 6],
        [273, 4, start],
        [274, 3, 6],
        [279, 4, full.length],
      ],
      [
        [513, 4, start + full.length],
        [514, 4, thumbnail.length],
      ],
    ]
    const head = tiff('II', fields, 2)
    const moved = Buffer.concat([head.subarray(0, 8), Buffer.from('CR\x02\0\0\0\0\0', 'latin1'), head.subarray(8)])
    moved.writeUInt32LE(16, 4)
    for (const [at, value] of [
      [16 + 2 + 12 + 8, start + 8],
      [16 + 2 + 12 * 4, 0],
    ] as const)
      if (value > 0) moved.writeUInt32LE(value, at)
    moved.writeUInt32LE(directoryAt(1) + 8, 16 + 2 + 12 * 4)
    moved.writeUInt32LE(start + 8 + full.length, directoryAt(1) + 8 + 2 + 8)
    return Buffer.concat([moved, full, thumbnail])
  },
  'RW2: the preview in a tag of its own'({ full }) {
    const fields: Field[][] = [
      [
        [46, 7, directoryAt(1), full.length],
        [274, 3, 6],
      ],
    ]
    return Buffer.concat([tiff('II', fields, 1, 0x55), full])
  },
  'CR3: the first sample of a track'({ full, thumbnail }) {
    const track = (at: number, bytes: number) =>
      box('trak', box('mdia', box('minf', box('stbl', box('stsz', u32s(0, bytes, 1)), box('co64', u32s(0, 1, 0, at))))))
    const exif = tiff('II', [[[274, 3, 6]]])
    const head = (at: number) =>
      Buffer.concat([
        box('ftyp', Buffer.from('crx \0\0\0\x01crx isom', 'latin1')),
        box(
          'moov',
          box('uuid', Buffer.alloc(16), box('CMT1', exif)),
          track(at, full.length),
          track(at + full.length, thumbnail.length),
        ),
        u32s(8 + full.length + thumbnail.length),
        Buffer.from('mdat'),
      ])
    return Buffer.concat([head(head(0).length), full, thumbnail])
  },
}

const pixel = ({ color, width }: Picture, x: number, y: number) =>
  [...color.data.slice((y * width + x) * 3, (y * width + x) * 3 + 3)].map((value) => (value > 128 ? 1 : 0)).join('')

describe('a raw photo', () => {
  it.each(Object.entries(LAYOUTS))('gives its preview, upright: %s', async (_, layout) => {
    const picture = await decode(layout(jpegs))
    expect([picture.format, picture.width, picture.height]).toEqual(['raw', 400, 640])
    expect(picture.warnings).toEqual([{ code: 'raw-preview', message: expect.stringContaining('640 x 400') }])
    // Turned by a quarter: what was left is on top.
    expect([pixel(picture, 200, 10), pixel(picture, 200, 630)]).toEqual(['100', '001'])
  })

  it('of Fujifilm stands as its JPEG says', async () => {
    const full = await jpegOf(640, 400, 8)
    const head = Buffer.alloc(160)
    head.write('FUJIFILMCCD-RAW 0201', 0, 'latin1')
    head.writeUInt32BE(160, 84)
    head.writeUInt32BE(full.length, 88)
    const picture = await decode(Buffer.concat([head, full]))
    expect([picture.width, picture.height, pixel(picture, 200, 10)]).toEqual([400, 640, '001'])
  })

  it('with no more than a thumbnail is refused by name, and limits hold for the preview', async () => {
    const layout = LAYOUTS['CR3: the first sample of a track']!
    await expect(decode(layout({ ...jpegs, full: jpegs.thumbnail }))).rejects.toMatchObject({
      code: 'IMAGE_UNSUPPORTED',
      message: expect.stringContaining('without a JPEG preview'),
    })
    await expect(decode(layout(jpegs), { ...LIMITS, maxPixels: 1000 })).rejects.toMatchObject({
      code: 'IMAGE_TOO_LARGE',
    })
  })

  it('that is damaged is pixels or an error of the image', async () => {
    const files = Object.values(LAYOUTS).map((layout) => layout(jpegs))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), fc.nat(700), fc.nat(7), fc.boolean(), async (file, at, bit, cut) => {
        const hurt = cut ? Buffer.from(file.subarray(0, at)) : Buffer.from(file)
        if (!cut && at < hurt.length) hurt[at]! ^= 1 << bit
        const code = await decode(hurt).then(
          () => 'pixels',
          (error) => (isKoutuError(error) ? error.code : String(error)),
        )
        expect(['pixels', 'IMAGE_CORRUPT', 'IMAGE_UNSUPPORTED', 'IMAGE_TOO_LARGE', 'IMAGE_TOO_MANY_FRAMES']).toContain(
          code,
        )
      }),
      { numRuns: 60 },
    )
  })
})
