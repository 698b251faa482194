// Reading a header takes a number of steps that the size of the file bounds, whatever is in the file.

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exifBytes } from '../../../../testing/src/file-parts.ts'
import { isKoutuError } from '../errors/koutu-error.ts'
import type { Limits } from '../ports/ports.ts'
import { type ByteSource, maxSteps } from './byte-view.ts'
import { inspectPicture } from './check.ts'

const LIMITS: Limits = { maxBytes: 2 ** 30, maxPixels: 2 ** 50, maxFrames: 1000 }

const latin = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0))
const be = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256)
const le = (value: number, bytes: number): number[] => be(value, bytes).reverse()

/** `start`, then `unit` again and again up to `bytes` in all, then `end`. */
function repeated(
  start: readonly number[],
  unit: readonly number[],
  bytes: number,
  end: readonly number[] = [],
): Uint8Array {
  const times = Math.max(0, Math.floor((bytes - start.length - end.length) / Math.max(1, unit.length)))
  const file = new Uint8Array(start.length + times * unit.length + end.length)
  file.set(start)
  const body = file.subarray(start.length, start.length + times * unit.length)
  body.set(unit.slice(0, body.length))
  for (let done = unit.length; done > 0 && done < body.length; done *= 2) body.copyWithin(done, 0, done)
  file.set(end, start.length + body.length)
  return file
}

const heifBox = (type: string, body: readonly number[]): number[] => [
  ...be(body.length + 8, 4),
  ...latin(type),
  ...body,
]
const pngChunk = (type: string, body: readonly number[]): number[] => [
  ...be(body.length, 4),
  ...latin(type),
  ...body,
  ...be(0, 4),
]
const webpChunk = (type: string, body: readonly number[]): number[] => [...latin(type), ...le(body.length, 4), ...body]
const app1 = (body: readonly number[]): number[] => [0xff, 0xe1, ...be(body.length + 2, 2), ...body]

const STARTS = {
  jpeg: [0xff, 0xd8, 0xff, 0xe2, 0, 2],
  png: [
    ...latin('\x89PNG\r\n\x1a\n'),
    ...be(13, 4),
    ...latin('IHDR'),
    ...be(3, 4),
    ...be(2, 4),
    8,
    2,
    0,
    0,
    0,
    ...be(0, 4),
  ],
  webp: [...latin('RIFF'), ...le(1000, 4), ...latin('WEBP'), ...webpChunk('VP8X', [0, 0, 0, 0, 2, 0, 0, 1, 0, 0])],
  gif: [...latin('GIF89a'), 3, 0, 2, 0, 0, 0, 0],
  tiff: [...latin('II*\0'), 8, 0, 0, 0],
  heif: [
    ...heifBox('ftyp', [...latin('avif'), ...be(0, 4), ...latin('mif1')]),
    ...heifBox('meta', [
      ...be(0, 4),
      ...heifBox('pitm', [...be(0, 4), 0, 1]),
      ...heifBox('iprp', [
        ...heifBox('ipco', heifBox('ispe', [...be(0, 4), ...be(3, 4), ...be(2, 4)])),
        ...heifBox('ipma', [...be(0, 4), ...be(1, 4), 0, 1, 1, 1]),
      ]),
    ]),
  ],
  jxl: [...be(12, 4), ...latin('JXL \r\n\x87\n'), ...heifBox('jxlc', [0xff, 0x0a])],
  jp2: [...be(12, 4), ...latin('jP  \r\n\x87\n'), ...heifBox('jp2h', heifBox('colr', [1, 0, 0, 0, 0, 0, 16]))],
} as const

const JPEG_END = [0xff, 0xc0, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0, 0xff, 0xda, 0, 2]
const BROKEN_EXIF = latin('Exif\0\0MM\0*\0')
const table = heifBox('stbl', [])
const tables = Array.from({ length: 60 }, () => table).flat()
const track = heifBox('trak', heifBox('mdia', heifBox('minf', tables)))

/** What each reader has to walk over, in its smallest form. */
const UNITS: Readonly<Record<keyof typeof STARTS, readonly (readonly number[])[]>> = {
  jpeg: [app1(BROKEN_EXIF), [0xff, 0x01], [0xff], [0], [0xff, 0xe2, 0, 2]],
  png: [
    pngChunk('eXIf', BROKEN_EXIF.slice(6)),
    pngChunk('tEXt', []),
    pngChunk('acTL', be(1, 8)),
    pngChunk('IDAT', [0]),
  ],
  webp: [webpChunk('EXIF', BROKEN_EXIF), webpChunk('JUNK', []), webpChunk('ANMF', [])],
  gif: [
    [0x21, 0xfe, 0],
    [0x21, 0xfe, 1, 0, 0],
    [0x21, 0xf9, 4, 1, 0, 0, 0, 0],
    [1, 0],
  ],
  tiff: [[0, 0], [1, 0, 0, 1, 4, 0, 1, 0, 0, 0, 3, 0, 0, 0, 8, 0, 0, 0], [0xff]],
  jxl: [heifBox('jxlp', []), heifBox('jxlp', [0, 0, 0, 0, 0x55]), heifBox('Exif', []), [0]],
  jp2: [heifBox('jp2h', []), heifBox('jp2c', [0xff, 0x4f]), [0xff, 0x4f, 0xff, 0x51, 0x40, 0]],
  heif: [track, heifBox('free', []), heifBox('auxC', be(0, 60)), heifBox('moov', track)],
}

let reads = 0
const READERS = ['getUint8', 'getUint16', 'getUint32', 'getBigUint64'] as const
const originals = READERS.map((name) => DataView.prototype[name])

function counted(work: () => unknown): { readonly reads: number; readonly code: string | null } {
  reads = 0
  try {
    work()
    return { reads, code: null }
  } catch (error) {
    if (!isKoutuError(error)) throw error
    return { reads, code: error.code }
  }
}

/** A file of which one page at a time is in memory. */
function paged(bytes: Uint8Array, pageBytes: number): ByteSource & { readonly pages: number } {
  let pages = 0
  return {
    length: bytes.length,
    get pages() {
      return pages
    },
    piece(at, count) {
      pages++
      return { from: at, bytes: bytes.slice(at, at + Math.max(count, pageBytes)) }
    },
  }
}

describe('the steps of reading a header', () => {
  beforeEach(() => {
    for (const [i, name] of READERS.entries()) {
      const original = originals[i] as (...args: unknown[]) => unknown
      Object.defineProperty(DataView.prototype, name, {
        configurable: true,
        writable: true,
        value(this: DataView, ...args: unknown[]) {
          reads++
          return original.apply(this, args)
        },
      })
    }
  })
  afterEach(() => {
    for (const [i, name] of READERS.entries()) {
      Object.defineProperty(DataView.prototype, name, { configurable: true, writable: true, value: originals[i] })
    }
  })

  const megabyte = 2 ** 20
  it.each<[string, Uint8Array, string | null]>([
    [
      'a JPEG of broken EXIF segments',
      repeated(STARTS.jpeg, app1(BROKEN_EXIF), 4 * megabyte, JPEG_END),
      'IMAGE_CORRUPT',
    ],
    [
      'a JPEG of markers that stand alone',
      repeated(STARTS.jpeg, [0xff, 0x01], 4 * megabyte, JPEG_END),
      'IMAGE_CORRUPT',
    ],
    ['a JPEG of fill bytes', repeated(STARTS.jpeg, [0xff], 4 * megabyte, JPEG_END), 'IMAGE_CORRUPT'],
    ['a JPEG with megabytes of padding', repeated(STARTS.jpeg, [0], 4 * megabyte, JPEG_END), null],
    [
      'a WebP of broken EXIF chunks',
      repeated(STARTS.webp, webpChunk('EXIF', BROKEN_EXIF.slice(0, 8)), 4 * megabyte),
      'IMAGE_CORRUPT',
    ],
    ['a PNG of empty chunks', repeated(STARTS.png, pngChunk('tEXt', []), 4 * megabyte), 'IMAGE_CORRUPT'],
    ['a GIF of empty extensions', repeated(STARTS.gif, [0x21, 0xfe, 0], 4 * megabyte), 'IMAGE_CORRUPT'],
    [
      'a GIF of sub-blocks of one byte',
      repeated([...STARTS.gif, 0x21, 0xfe], [1, 0], 4 * megabyte, [0]),
      'IMAGE_CORRUPT',
    ],
    [
      'an AVIF of many tracks',
      repeated([...STARTS.heif, ...be(4 * megabyte, 4), ...latin('moov')], track, 4 * megabyte),
      'IMAGE_CORRUPT',
    ],
    ['an AVIF of empty boxes', repeated(STARTS.heif, heifBox('free', []), 4 * megabyte), 'IMAGE_CORRUPT'],
    [
      'a TIFF whose directories fill the file',
      repeated(STARTS.tiff, [0xff, 0xff, ...be(0, 16)], 4 * megabyte),
      'IMAGE_CORRUPT',
    ],
  ])('are few for %s', (_, bytes, code) => {
    const result = counted(() => inspectPicture(bytes, LIMITS))
    expect(result.code).toBe(code)
    expect(result.reads).toBeLessThan(maxSteps(bytes.length))
  })

  it('are as many as a long animation needs', () => {
    const subBlock = [255, ...Array<number>(255).fill(7)]
    const bytes = repeated([...STARTS.gif, 0x2c, 0, 0, 0, 0, 3, 0, 2, 0, 0, 2], subBlock, 40 * megabyte, [0, 0x3b])
    const file = paged(bytes, 2 ** 16)
    expect(inspectPicture(file, LIMITS)).toMatchObject({ format: 'gif', frames: 1 })
    expect(file.pages).toBeLessThan(700)
  })

  it('are as many as a large PNG in small chunks needs, from a file', () => {
    const bytes = repeated(STARTS.png, pngChunk('IDAT', Array<number>(4096).fill(7)), 40 * megabyte)
    expect(inspectPicture(paged(bytes, 2 ** 16), LIMITS)).toMatchObject({ format: 'png', frames: 1 })
  })

  it('are bounded for any file made of the parts of its format', () => {
    const files = fc.constantFrom(...(Object.keys(STARTS) as (keyof typeof STARTS)[])).chain((format) =>
      fc.record({
        start: fc.constant(STARTS[format]),
        unit: fc
          .tuple(
            fc.array(fc.constantFrom(...UNITS[format]), { maxLength: 3 }),
            fc.array(fc.nat(255), { maxLength: 6 }),
            fc.boolean(),
          )
          .map(([parts, noise, isNoiseFirst]) => (isNoiseFirst ? [noise, ...parts] : [...parts, noise]).flat()),
        kilobytes: fc.integer({ min: 1, max: 1000 }),
        isPaged: fc.boolean(),
      }),
    )
    fc.assert(
      fc.property(files, ({ start, unit, kilobytes, isPaged }) => {
        const bytes = repeated(start, unit, kilobytes * 1024)
        const file = paged(bytes, 2 ** 12)
        const { reads: count } = counted(() => inspectPicture(isPaged ? file : bytes, LIMITS))
        // The second budget is that of EXIF, which is read once.
        expect(count).toBeLessThan(maxSteps(bytes.length) + maxSteps(2 ** 16))
        expect(file.pages).toBeLessThan(maxSteps(bytes.length) / 256 + 2)
      }),
      { numRuns: 150 },
    )
  })
})

describe('the orientation of an image with several EXIF blocks', () => {
  const exif = (orientation: number): number[] => [...exifBytes(orientation, 'big')]

  it('is that of the first, as the decoder reads it', () => {
    const jpeg = (...blocks: readonly (readonly number[])[]): Uint8Array =>
      Uint8Array.from([
        ...STARTS.jpeg,
        ...blocks.flatMap((block) => app1([...latin('Exif\0\0'), ...block])),
        ...JPEG_END,
      ])
    expect(inspectPicture(jpeg(exif(6), exif(3)), LIMITS).orientation).toBe(6)
    expect(inspectPicture(jpeg(latin('zz'), exif(6)), LIMITS).orientation).toBe(1)
    const webp = Uint8Array.from([
      ...STARTS.webp,
      ...webpChunk('EXIF', exif(6)),
      ...(exif(6).length % 2 ? [0] : []),
      ...webpChunk('EXIF', exif(3)),
    ])
    expect(inspectPicture(webp, LIMITS).orientation).toBe(6)
    const png = Uint8Array.from([...STARTS.png, ...pngChunk('eXIf', exif(6)), ...pngChunk('eXIf', exif(3))])
    expect(inspectPicture(png, LIMITS).orientation).toBe(6)
  })
})
