import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodePng } from '../../../../testing/src/dreamina-fake/png.ts'
import { exifBytes, withPngChunk } from '../../../../testing/src/file-parts.ts'
import { FILE_HEIGHT, FILE_WIDTH, OPTIONAL_FILES } from '../../../../testing/src/optional-files.ts'
import { isKoutuError, type KoutuError } from '../errors/koutu-error.ts'
import type { Limits } from '../ports/ports.ts'
import type { ByteSource } from './byte-view.ts'
import { inspectPicture } from './check.ts'
import { cleanExif, cleanXmp, exifOrientation } from './exif.ts'
import type { PictureHeader } from './picture-header.ts'
import { REFUSED, sniff } from './sniff.ts'

const WIDE: Limits = { maxBytes: 2 ** 30, maxPixels: 2 ** 50, maxFrames: 1000 }

const latin = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const join = (...parts: (Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]))
const be = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256)
const le = (value: number, bytes: number): number[] => be(value, bytes).reverse()
const box = (type: string, ...parts: (Uint8Array | readonly number[])[]): Uint8Array => {
  const body = join(...parts)
  return join(be(body.length + 8, 4), latin(type), body)
}

/** One small header a format, each written out by its specification. */
const jpeg = (width: number, height: number, sof = 0xc0, precision = 8): Uint8Array =>
  join(
    [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xff, sof, 0, 11, precision, ...be(height, 2), ...be(width, 2)],
    [1, 1, 0x11, 0, 0xff, 0xda, 0, 2],
  )
const png = (width: number, height: number, depth = 8, color = 2): Uint8Array =>
  join(
    latin('\x89PNG\r\n\x1a\n'),
    be(13, 4),
    latin('IHDR'),
    be(width, 4),
    be(height, 4),
    [depth, color, 0, 0, 0],
    be(0, 4),
  )
const gifFrame = join([0x2c], le(0, 4), le(3, 2), le(2, 2), [0], [2, 2, 0x4c, 1, 0])
const gif = (width: number, height: number, frames: number): Uint8Array =>
  join(latin('GIF89a'), le(width, 2), le(height, 2), [0, 0, 0], ...Array<Uint8Array>(frames).fill(gifFrame), [0x3b])
const chunk = (type: string, body: Uint8Array | readonly number[]): Uint8Array =>
  join(latin(type), le(body.length, 4), body, body.length % 2 ? [0] : [])
const webp = (...chunks: Uint8Array[]): Uint8Array => join(latin('RIFF'), le(100, 4), latin('WEBP'), ...chunks)
const vp8x = (width: number, height: number, flags = 0): Uint8Array =>
  chunk('VP8X', [flags, 0, 0, 0, ...le(width - 1, 3), ...le(height - 1, 3)])

type Field = readonly [tag: number, type: 1 | 3 | 4, value: number]
function tiff(fields: readonly Field[], order: 'big' | 'little' = 'little', pages = 1): Uint8Array {
  const n = order === 'little' ? le : be
  const size = 2 + 12 * fields.length + 4
  const page = (index: number): number[] => [
    ...n(fields.length, 2),
    ...fields.flatMap(([tag, type, value]) => {
      const width = type === 1 ? 1 : type === 3 ? 2 : 4
      return [...n(tag, 2), ...n(type, 2), ...n(1, 4), ...n(value, width), ...Array<number>(4 - width).fill(0)]
    }),
    ...n(index + 1 < pages ? 8 + size * (index + 1) : 0, 4),
  ]
  return join(
    latin(order === 'little' ? 'II' : 'MM'),
    n(42, 2),
    n(8, 4),
    ...Array.from({ length: pages }, (_, i) => page(i)),
  )
}
const plainTiff: readonly Field[] = [
  [256, 4, 30],
  [257, 3, 20],
  [258, 3, 16],
  [262, 3, 2],
  [274, 3, 6],
  [277, 3, 4],
]

function heif(brand: string, { codec = 'av1C', sequence = 0 } = {}): Uint8Array {
  const small = box('ispe', be(0, 4), be(8, 4), be(8, 4))
  const large = box('ispe', be(0, 4), be(640, 4), be(480, 4))
  const properties = box(
    'ipco',
    small,
    large,
    box('irot', [3]),
    box('pixi', be(0, 4), [3, 10, 10, 10]),
    box(codec, [0x81, 0, 0x40, 0]),
    box('auxC', be(0, 4), latin('urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0')),
  )
  // Item 1 is a thumbnail, item 2 the image.
  const associations = box('ipma', be(0, 4), be(2, 4), be(1, 2), [1, 1], be(2, 2), [4, 0x82, 0x83, 4, 5])
  return join(
    box('ftyp', latin(brand), be(0, 4), latin('mif1')),
    box('meta', be(0, 4), box('pitm', be(0, 4), be(2, 2)), box('iprp', properties, associations)),
    sequence
      ? box(
          'moov',
          box('trak', box('mdia', box('minf', box('stbl', box('stsz', be(0, 4), be(0, 4), be(sequence, 4)))))),
        )
      : [],
  )
}

const SAMPLES: readonly Uint8Array[] = [
  jpeg(7, 5),
  encodePng({ width: 3, height: 2, channels: 4, data: new Uint8Array(24) }),
  withPngChunk(png(3, 2), 'eXIf', exifBytes(6, 'big')),
  gif(3, 2, 3),
  webp(vp8x(9, 8, 0x12), chunk('ANMF', [1, 2, 3]), chunk('EXIF', exifBytes(3, 'little'))),
  webp(chunk('VP8L', [0x2f, ...le(6 | (4 << 14) | (1 << 28), 4)])),
  tiff(plainTiff, 'big', 3),
  heif('avif', { sequence: 5 }),
  heif('heic', { codec: 'hvcC' }),
  ...Object.values(OPTIONAL_FILES),
]

function thrown(work: () => unknown): KoutuError {
  try {
    work()
  } catch (error) {
    if (isKoutuError(error)) return error
    throw error
  }
  throw new Error('expected an error')
}

/** A header that the pipeline can work with, or an error of the table. */
/** Matchers only for what is wrong: a hundred thousand of them would take longer than the headers. */
function expectSaneHeader(bytes: Uint8Array): void {
  try {
    const { width, height, frames, bitDepth, orientation } = inspectPicture(bytes, WIDE)
    const isSane = Math.min(width, height, frames, bitDepth) >= 1 && ORIENTATIONS.has(orientation)
    if (!isSane) expect.fail(`${width} x ${height}, ${frames} frames, ${bitDepth} bits, orientation ${orientation}`)
  } catch (error) {
    if (!isKoutuError(error)) throw error
    if (!HEADER_ERRORS.has(error.code)) expect.fail(`${error.code}: ${error.message}`)
  }
}
const ORIENTATIONS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 7, 8])
const HEADER_ERRORS: ReadonlySet<string> = new Set([
  'IMAGE_CORRUPT',
  'IMAGE_UNSUPPORTED',
  'IMAGE_TOO_LARGE',
  'IMAGE_TOO_MANY_FRAMES',
])

describe('sniff', () => {
  it.each([
    ['svg', '<?xml version="1.0"?><!-- a drawing --><svg xmlns="http://www.w3.org/2000/svg">'],
    ['svg', '\xef\xbb\xbf  <svg>'],
    ['svg', '\xff\xfe<\0s\0v\0g\0>\0'],
    ['base64', '/9j/4AAQSkZJRgABAQ'],
    ['base64', 'data:image/png;base64,iVBORw0KGgo'],
    ['decoded', '\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\0\x10JFIF'],
    ['decoded', '\xef\xbf\xbdPNG\r\n\x1a\n'],
    ['lfs-pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:4d'],
    ['pdf', '%PDF-1.4'],
    ['postscript', '%!PS-Adobe-3.0'],
    ['bmp', 'BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0'],
    ['text', 'BMW drivers'],
    ['tga', '\0\0\x02\0\0\0\0\0\0\0\0\0\x05\0\x03\0\x18\x20'],
    ['psd', '8BPS\0\x01'],
    ['xcf', 'gimp xcf v011\0'],
    ['jxl', '\xff\x0a\0'],
    ['jxl', '\0\0\0\x0cJXL \r\n\x87\n'],
    ['jp2', '\0\0\0\x0cjP  \r\n\x87\n'],
    ['ico', '\0\0\x01\0\x01\0'],
    ['mp4', '\0\0\0\x18ftypisom\0\0\0\0isommp42'],
    ['mp4', '\0\0\0\x14ftypqt  \0\0\0\0qt  '],
    ['raw', '\0\0\0\x18ftypcrx \0\0\0\x01crx isom'],
    ['raw', 'II*\0\x10\0\0\0CR\x02\0'],
    ['avi', 'RIFF\0\0\0\0AVI LIST'],
    ['audio', 'RIFF\0\0\0\0WAVEfmt '],
    ['matroska', '\x1a\x45\xdf\xa3\x01'],
    ['zip', 'PK\x03\x04'],
    ['archive', '\x1f\x8b\x08'],
    ['html', '<!DOCTYPE html><title>404</title>'],
    ['xml', '<?xml version="1.0"?><feed/>'],
    ['json', '{"error": "not found"}'],
    ['netpbm', 'P6\n3 2\n255\n'],
    ['empty', ''],
    ['unknown', '\0\x01\x02\x03'],
    ['unknown', 'RIFF\0\0\0\0CDDA'],
    ['avif', '\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf'],
    ['heic', '\0\0\0\x18ftypheic\0\0\0\0mif1heic'],
    ['heic', '\0\0\0\x14ftypmif1\0\0\0\0mif1'],
    ['tiff', 'MM\0*'],
    ['tiff', 'II+\0'],
    ['gif', 'GIF87a'],
    ['jpeg', '\xff\xd8\xff\xe0'],
  ])('says %s', (type, text) => {
    expect(sniff(latin(text))).toBe(type)
  })

  it('answers any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(typeof sniff(bytes)).toBe('string')
      }),
      { numRuns: 500 },
    )
  })
})

/** A file of which only `pageBytes` are in memory. */
function paged(bytes: Uint8Array, pageBytes: number): ByteSource {
  return {
    length: bytes.length,
    piece: (at, count) => ({ from: at, bytes: bytes.slice(at, at + Math.max(count, pageBytes)) }),
  }
}

describe('inspectPicture', () => {
  it('takes sides of up to 65,535 pixels and not one more', () => {
    expect(inspectPicture(png(65_535, 1), WIDE)).toMatchObject({ width: 65_535, height: 1 })
    for (const strip of [png(65_536, 1), png(1, 65_536), png(100_000, 1)]) {
      expect(thrown(() => inspectPicture(strip, WIDE))).toMatchObject({
        code: 'IMAGE_TOO_LARGE',
        data: { limit: 65_535 },
      })
    }
  })

  it('says the same of a file read in pages as of bytes in memory', () => {
    const outcome = (picture: Uint8Array | ByteSource): unknown => {
      try {
        return inspectPicture(picture, WIDE)
      } catch (error) {
        return isKoutuError(error) ? error.toJSON() : error
      }
    }
    const mutated = fc
      .tuple(fc.constantFrom(...SAMPLES), fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }), fc.nat(400))
      .map(([sample, changes, cut]) => {
        const copy = sample.slice(0, sample.length - (cut % sample.length))
        for (const [at, value] of changes) copy[at % copy.length] = value
        return copy
      })
    fc.assert(
      fc.property(mutated, fc.integer({ min: 1, max: 64 }), (bytes, pageBytes) => {
        expect(outcome(paged(bytes, pageBytes))).toEqual(outcome(bytes))
      }),
      { numRuns: 1000, examples: SAMPLES.map((sample) => [sample, 1]) },
    )
  })

  const header = (bytes: Uint8Array): PictureHeader => inspectPicture(bytes, WIDE)

  it.each<[string, Uint8Array, Partial<PictureHeader>]>([
    ['jpeg', jpeg(700, 500), { format: 'jpeg', width: 700, height: 500, frames: 1, bitDepth: 8, hasAlpha: false }],
    ['progressive jpeg', jpeg(7, 5, 0xc2), { width: 7, height: 5 }],
    ['png', png(7, 5), { format: 'png', width: 7, height: 5, frames: 1, bitDepth: 8, hasAlpha: false }],
    ['16-bit png with alpha', png(7, 5, 16, 6), { bitDepth: 16, hasAlpha: true }],
    [
      'palette png with transparency',
      withPngChunk(png(7, 5, 4, 3), 'tRNS', latin('\0')),
      { bitDepth: 4, hasAlpha: true },
    ],
    ['animated png', withPngChunk(png(7, 5), 'acTL', Uint8Array.from([...be(12, 4), ...be(0, 4)])), { frames: 12 }],
    ['turned png', withPngChunk(png(7, 5), 'eXIf', exifBytes(6, 'little')), { orientation: 6, width: 7, height: 5 }],
    ['gif', gif(3, 2, 3), { format: 'gif', width: 3, height: 2, frames: 3, hasAlpha: false }],
    ['gif with a canvas smaller than its frame', gif(1, 1, 1), { width: 3, height: 2 }],
    [
      'gif whose first frame does not fill it',
      gif(4, 2, 1),
      { width: 4, height: 2, hasAlpha: true, firstFrame: { left: 0, top: 0, width: 3, height: 2 } },
    ],
    [
      'webp',
      webp(chunk('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, ...le(300, 2), ...le(200, 2)])),
      { format: 'webp', width: 300, height: 200, hasAlpha: false },
    ],
    [
      'lossless webp',
      webp(chunk('VP8L', [0x2f, ...le(6 | (4 << 14) | (1 << 28), 4)])),
      { width: 7, height: 5, hasAlpha: true },
    ],
    [
      'animated webp',
      webp(vp8x(70, 50, 0x12), chunk('ANMF', [1]), chunk('ANMF', [])),
      { width: 70, height: 50, frames: 2, hasAlpha: true },
    ],
    [
      'animated webp whose first frame does not fill it',
      webp(vp8x(70, 50), chunk('ANMF', [...le(5, 3), ...le(10, 3), ...le(59, 3), ...le(29, 3)])),
      { width: 70, height: 50, hasAlpha: true, firstFrame: { left: 10, top: 20, width: 60, height: 30 } },
    ],
    ['turned webp', webp(vp8x(7, 5), chunk('EXIF', exifBytes(8, 'big'))), { orientation: 8, frames: 1 }],
    [
      'tiff',
      tiff(plainTiff),
      { format: 'tiff', width: 30, height: 20, bitDepth: 16, hasAlpha: true, orientation: 6, frames: 1 },
    ],
    ['big-endian tiff of three pages', tiff(plainTiff, 'big', 3), { width: 30, height: 20, frames: 3 }],
    [
      'avif',
      heif('avif'),
      { format: 'avif', width: 640, height: 480, bitDepth: 10, hasAlpha: true, orientation: 6, frames: 1 },
    ],
    ['avif sequence', heif('avis', { sequence: 24 }), { frames: 24 }],
    ['heic', heif('heic', { codec: 'hvcC' }), { format: 'heic', width: 640, height: 480 }],
    ['heif that holds av1', heif('mif1'), { format: 'avif' }],
  ])('reads the header of a %s', (_, bytes, expected) => {
    expect(header(bytes)).toMatchObject(expected)
  })

  it('holds the limits: at the limit yes, one over no, with both numbers', () => {
    const bytes = gif(30, 20, 4)
    const exact = { maxBytes: bytes.length, maxPixels: 600, maxFrames: 4 }
    expect(inspectPicture(bytes, exact).frames).toBe(4)
    const over = (limits: Partial<Limits>) => thrown(() => inspectPicture(bytes, { ...exact, ...limits })).toJSON()
    expect(over({ maxBytes: bytes.length - 1 })).toMatchObject({
      code: 'IMAGE_TOO_MANY_BYTES',
      data: { limit: bytes.length - 1, actual: bytes.length },
    })
    expect(over({ maxPixels: 599 })).toMatchObject({ code: 'IMAGE_TOO_LARGE', data: { limit: 599, actual: 600 } })
    expect(over({ maxFrames: 3 })).toMatchObject({ code: 'IMAGE_TOO_MANY_FRAMES', data: { limit: 3, actual: 4 } })
  })

  it('refuses bombs by their header', () => {
    const limits = { maxBytes: 1e8, maxPixels: 1e8, maxFrames: 100 }
    const code = (bytes: Uint8Array): string => thrown(() => inspectPicture(bytes, limits)).code
    expect(code(png(30_000, 30_000))).toBe('IMAGE_TOO_LARGE')
    expect(code(png(0x7fffffff, 0x7fffffff))).toBe('IMAGE_TOO_LARGE')
    expect(code(jpeg(65535, 65535))).toBe('IMAGE_TOO_LARGE')
    expect(code(webp(vp8x(2 ** 24, 2 ** 24)))).toBe('IMAGE_TOO_LARGE')
    expect(code(tiff([...plainTiff, [322, 4, 1e6], [323, 4, 1e6]]))).toBe('IMAGE_TOO_LARGE')
    expect(code(gif(3, 2, 101))).toBe('IMAGE_TOO_MANY_FRAMES')
    expect(code(tiff(plainTiff, 'little', 101))).toBe('IMAGE_TOO_MANY_FRAMES')
    expect(code(heif('avis', { sequence: 1e9 }))).toBe('IMAGE_TOO_MANY_FRAMES')
    expect(code(png(0, 5))).toBe('IMAGE_CORRUPT')
  })

  it('refuses what decoders would not read rightly, by name', () => {
    const message = (bytes: Uint8Array): string => {
      const error = thrown(() => header(bytes))
      return `${error.code} ${error.message}`
    }
    expect(message(jpeg(7, 5, 0xc3))).toMatch(/^IMAGE_UNSUPPORTED .*lossless/)
    expect(message(jpeg(7, 5, 0xc1, 12))).toMatch(/^IMAGE_UNSUPPORTED .*12 bits/)
    expect(message(tiff([...plainTiff, [339, 3, 3]]))).toMatch(/^IMAGE_UNSUPPORTED .*floating/)
    expect(message(tiff([...plainTiff, [50706, 1, 1]]))).toMatch(
      /^IMAGE_UNSUPPORTED .*raw camera photo without a JPEG preview/,
    )
    for (const [type, words] of Object.entries(REFUSED)) expect(words, type).not.toBe('')
    expect(message(latin('%PDF-1.7'))).toContain('a PDF document')
  })

  it('ends on a TIFF whose pages go round in a circle', () => {
    const bytes = tiff(plainTiff)
    new DataView(bytes.buffer).setUint32(8 + 2 + 12 * plainTiff.length, 8, true)
    expect(thrown(() => header(bytes)).code).toBe('IMAGE_CORRUPT')
  })

  it('answers each single changed byte with a header of at least one pixel, frame and bit, or a coded error', () => {
    for (const sample of SAMPLES) {
      for (let at = 0; at < Math.min(sample.length, 700); at++) {
        for (const value of [0, 1, 0x7f, 0x80, 0xff]) {
          const bytes = sample.slice()
          bytes[at] = value
          expectSaneHeader(bytes)
        }
      }
    }
  })

  it('answers mutated and cut headers with a header or a coded error', () => {
    const edit = fc.record({ at: fc.nat(400), value: fc.integer({ min: 0, max: 255 }) })
    fc.assert(
      fc.property(
        fc.constantFrom(...SAMPLES),
        fc.array(edit, { maxLength: 6 }),
        fc.nat(400),
        fc.boolean(),
        (sample, edits, length, cut) => {
          const bytes = sample.slice(0, cut ? length : undefined)
          for (const { at, value } of edits) if (bytes.length > 0) bytes[at % bytes.length] = value
          expectSaneHeader(bytes)
        },
      ),
      { numRuns: 5000 },
    )
  })

  it('answers noise behind every signature', () => {
    const starts = SAMPLES.map((sample) => sample.slice(0, 16))
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 500 }), (start, noise) => {
        try {
          header(join(start, noise))
        } catch (error) {
          if (!isKoutuError(error)) throw error
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('EXIF', () => {
  it.each(['big', 'little'] as const)('is read and cleaned in %s-endian order', (order) => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const exif = exifBytes(orientation, order)
      expect(exifOrientation(exif)).toBe(orientation)
      expect(exifOrientation(join(latin('Exif\0\0'), exif))).toBe(orientation)
      const clean = cleanExif(exif)!
      expect(exifOrientation(clean)).toBe(1)
      expect(String.fromCharCode(...clean)).toContain('koutu')
      expect(String.fromCharCode(...clean)).not.toContain('thumbnail')
      expect(clean).toHaveLength(exif.length)
      expect(exifOrientation(exif)).toBe(orientation)
    }
  })

  it('means nothing where it is damaged', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, begun) => {
        const bytes = begun ? join(latin('MM\0*'), noise) : noise
        expect(exifOrientation(bytes)).toBeGreaterThanOrEqual(1)
        expect(cleanExif(bytes)?.length ?? bytes.length).toBe(bytes.length)
      }),
    )
  })

  it('is set upright in XMP too, as attribute and as element', () => {
    const clean = (text: string): string => String.fromCharCode(...cleanXmp(latin(text)))
    expect(clean('<a tiff:Orientation="6"/>')).toBe('<a tiff:Orientation="1"/>')
    expect(clean('<tiff:Orientation>8</tiff:Orientation>')).toBe('<tiff:Orientation>1</tiff:Orientation>')
    expect(clean('<b>8</b>')).toBe('<b>8</b>')
  })
})

describe('the header of a JPEG XL', () => {
  it.each(Object.entries(OPTIONAL_FILES).filter(([name]) => name.startsWith('jxl')))(
    'is read from %s',
    (name, file) => {
      expect(inspectPicture(file, WIDE)).toEqual({
        format: 'jxl',
        width: FILE_WIDTH,
        height: FILE_HEIGHT,
        frames: 1,
        bitDepth: /16 bit|HDR/.test(name) ? 16 : 8,
        hasAlpha: /alpha|animation/.test(name),
        orientation: name.includes('turned') ? 6 : 1,
        blockPixels: 0,
      })
    },
  )

  /** Bits as text, least significant first, behind the signature. */
  const codestream = (bits: string): Uint8Array =>
    join(
      [0xff, 0x0a],
      (bits.padEnd(256, '0').match(/.{8}/g) ?? []).map((byte) => Number.parseInt([...byte].reverse().join(''), 2)),
    )
  const lsb = (value: number, count: number): string => [...value.toString(2).padStart(count, '0')].reverse().join('')
  const WAYS = [9, 13, 18, 30]
  const side = (value: number, way: number): string => lsb(way, 2) + lsb(value - 1, WAYS[way]!)

  it('gives any size in each way that it can be written', () => {
    const size = fc
      .integer({ min: 0, max: 3 })
      .chain((way) =>
        fc.record({ way: fc.constant(way), value: fc.integer({ min: 1, max: Math.min(2 ** WAYS[way]!, 65_535) }) }),
      )
    fc.assert(
      fc.property(size, size, (width, height) => {
        const bits = `0${side(height.value, height.way)}000${side(width.value, width.way)}1`
        expect(inspectPicture(codestream(bits), WIDE)).toMatchObject({ width: width.value, height: height.value })
      }),
    )
  })

  it.each([
    [1, 240],
    [2, 288],
    [3, 320],
    [4, 360],
    [5, 426],
    [6, 300],
    [7, 480],
  ])('gives the width of ratio %i', (ratio, width) => {
    expect(inspectPicture(codestream(`0${side(240, 0)}${lsb(ratio, 3)}1`), WIDE)).toMatchObject({ width, height: 240 })
    expect(inspectPicture(codestream(`1${lsb(29, 5)}${lsb(ratio, 3)}1`), WIDE)).toMatchObject({ width, height: 240 })
  })

  it('refuses premultiplied alpha and CMYK by name', () => {
    // A height of 2 with ratio 1:1; neither default nor extra fields; 8 bits; 16-bit integers; one extra channel.
    const file = (channel: string): Uint8Array => codestream(`0${side(2, 0)}100${'00'}${'000'}1${'10'}${channel}`)
    // Not the usual alpha; type; 8 bits; full size; no name.
    const [alpha, black] = ['00', `01${lsb(2, 4)}`].map((type) => `0${type}${'000'}${'00'}${'00'}`)
    expect(inspectPicture(file(`${alpha}0`), WIDE)).toMatchObject({ width: 2, height: 2, hasAlpha: true })
    expect(thrown(() => inspectPicture(file(`${alpha}1`), WIDE)).message).toContain('premultiplied')
    expect(thrown(() => inspectPicture(file(black!), WIDE)).message).toContain('CMYK')
  })
})

describe('the header of a JPEG 2000', () => {
  it.each(Object.entries(OPTIONAL_FILES).filter(([name]) => name.startsWith('j') && !/jxl|alpha/.test(name)))(
    'is read from %s',
    (name, file) => {
      expect(inspectPicture(file, WIDE)).toMatchObject({
        format: 'jp2',
        width: FILE_WIDTH,
        height: FILE_HEIGHT,
        bitDepth: name.includes('16 bit') ? 16 : 8,
      })
    },
  )

  const components = (...parts: readonly (readonly [bits: number, across: number, down: number])[]): Uint8Array =>
    join([0xff, 0x4f, 0xff, 0x51, 0, 0, 0, 0], be(9, 4), be(7, 4), be(0, 24), be(parts.length, 2), parts.flat())

  it.each([
    ['signed samples', [[0x87, 1, 1]]],
    [
      'samples of 12 bits beside 8',
      [
        [7, 1, 1],
        [11, 1, 1],
        [7, 1, 1],
      ],
    ],
    [
      '2 channels',
      [
        [7, 1, 1],
        [7, 1, 1],
      ],
    ],
    [
      'a sample for each 4 x 1 pixels',
      [
        [7, 1, 1],
        [7, 4, 1],
        [7, 4, 1],
      ],
    ],
  ] as const)('refuses %s by name', (words, parts) => {
    const error = thrown(() => inspectPicture(components(...parts), WIDE))
    expect(error).toMatchObject({ code: 'IMAGE_UNSUPPORTED', message: expect.stringContaining(words) })
  })
})
