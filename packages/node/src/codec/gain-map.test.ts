import { lacksScans } from '@koutu/core'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { gainMapWarning } from './gain-map.ts'

const jpeg = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'red' } })
  .jpeg()
  .toBuffer()
const ISO = 'urn:iso:std:iso:ts:21496:-1\0\0\0'
const ADOBE = 'http://ns.adobe.com/xap/1.0/\0<rdf:Description hdrgm:Version="1.0"/>'
const code = (bytes: Uint8Array, format: 'jpeg' | 'heic' | 'avif' | 'png') => gainMapWarning(bytes, { format })?.code

/** The JPEG with one more segment behind its start. */
function withSegment(marker: number, text: string): Buffer {
  const body = Buffer.from(text, 'latin1')
  const head = Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255])
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)])
}

/** A box of ISO/IEC 14496-12. */
function box(name: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(body.length + 8)
  head.write(name, 4, 'latin1')
  return Buffer.concat([head, body])
}

/** Version 2: a flags word, id, protection, type. */
const entry = (type: string) => box('infe', Buffer.from([2, 0, 0, 0, 0, 1, 0, 0]), Buffer.from(`${type}\0`, 'latin1'))

describe('a gain map', () => {
  it.each([
    ['ISO 21496 in JPEG', withSegment(0xe2, ISO), 'jpeg', true],
    ['Ultra HDR in JPEG', withSegment(0xe1, ADOBE), 'jpeg', true],
    ['XMP of another kind', withSegment(0xe1, ADOBE.replace('hdrgm', 'other')), 'jpeg', false],
    ['a plain JPEG', jpeg, 'jpeg', false],
    ['a tone-mapped item', Buffer.concat([entry('hvc1'), entry('tmap'), box('mdat')]), 'heic', true],
    ['items of other kinds', Buffer.concat([entry('hvc1'), entry('Exif'), box('mdat')]), 'avif', false],
    ['its name within the pixels', box('mdat', entry('tmap')), 'heic', false],
    ['Apple', box('auxC', Buffer.from('urn:com:apple:photo:2020:aux:hdrgainmap', 'latin1')), 'heic', true],
  ] as const)('%s: %#', (_, bytes, format, isThere) => {
    expect(code(bytes, format)).toBe(isThere ? 'gain-map-ignored' : undefined)
  })

  it('is looked for in any bytes without an error', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom('jpeg', 'heic', 'avif', 'png'),
        (bytes, format) => {
          const marked = Buffer.concat([
            Buffer.from([0xff, 0xd8]),
            Buffer.from(bytes.map((byte) => (byte < 90 ? 0xff : byte))),
          ])
          for (const one of [bytes, marked]) {
            gainMapWarning(one, { format })
            lacksScans(one)
          }
        },
      ),
    )
  })
})
