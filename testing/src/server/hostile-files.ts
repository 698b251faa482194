// Images made to harm, byte by byte: headers that promise more than anybody has, real bombs, and files that are two things.
// Each is to be refused with its code from the header alone, by limits of 20 megapixels and 1000 frames.

import { crc32, deflateSync } from 'node:zlib'
import { encodePng } from '../dreamina-fake/png.ts'

export interface HostileFile {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly code: string
}

const tiny = encodePng({ width: 2, height: 2, channels: 3, data: new Uint8Array(12) })
const be = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256)
const le = (value: number, bytes: number): number[] => be(value, bytes).reverse()
const bytes = (...parts: readonly (string | readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))),
  )

function pngChunk(type: string, body: Uint8Array): Uint8Array {
  const typed = bytes(type, body)
  return bytes(be(body.length, 4), typed, be(crc32(typed), 4))
}
/** A real one: `width * height` zeros, deflated a thousand to one. */
function pngBomb(width: number, height: number): Uint8Array<ArrayBuffer> {
  const rows = deflateSync(new Uint8Array((width + 1) * height), { level: 9 })
  const header = bytes(be(width, 4), be(height, 4), [8, 0, 0, 0, 0])
  return bytes(
    '\x89PNG\r\n\x1a\n',
    pngChunk('IHDR', header),
    pngChunk('IDAT', rows),
    pngChunk('IEND', new Uint8Array()),
  )
}
const webpBomb = bytes(
  'RIFF',
  le(100, 4),
  'WEBPVP8L',
  le(50, 4),
  [0x2f],
  le(16382 | (16382 << 14), 4),
  new Uint8Array(45),
)
const webpCanvas = bytes('RIFF', le(30, 4), 'WEBPVP8X', le(10, 4), [0, 0, 0, 0], le(2 ** 24 - 1, 3), le(2 ** 24 - 1, 3))
const tiffOf = (fields: readonly (readonly [number, number])[]): Uint8Array<ArrayBuffer> =>
  bytes(
    'II*\0',
    le(8, 4),
    le(fields.length, 2),
    ...fields.map(([tag, value]) => [...le(tag, 2), 4, 0, 1, 0, 0, 0, ...le(value, 4)]),
    le(0, 4),
  )
const box = (type: string, ...parts: readonly (string | readonly number[] | Uint8Array)[]): Uint8Array => {
  const body = bytes(...parts)
  return bytes(be(body.length + 8, 4), type, body)
}
const avifBomb = bytes(
  box('ftyp', 'avif', be(0, 4), 'mif1avif'),
  box(
    'meta',
    be(0, 4),
    box('pitm', be(0, 4), be(1, 2)),
    box(
      'iprp',
      box('ipco', box('ispe', be(0, 4), be(60_000, 4), be(60_000, 4))),
      box('ipma', be(0, 4), be(1, 4), be(1, 2), [1, 1]),
    ),
  ),
)
const gifFrames = bytes(
  'GIF89a',
  le(9, 2),
  le(9, 2),
  [0, 0, 0],
  ...Array(2000).fill([0x2c, ...le(0, 4), ...le(3, 2), ...le(2, 2), 0, 2, 2, 0x4c, 1, 0]),
  [0x3b],
)
const gifCanvas = bytes(
  'GIF89a',
  le(65_535, 2),
  le(65_535, 2),
  [0, 0, 0],
  [0x2c, ...le(0, 4), ...le(3, 2), ...le(2, 2), 0, 2, 2, 0x4c, 1, 0, 0x3b],
)
const jpegOf = (width: number, height: number) =>
  bytes([0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, ...be(height, 2), ...be(width, 2), 1, 1, 0x11, 0, 0xff, 0xda, 0, 2])

export const HOSTILE_FILES: readonly HostileFile[] = (
  [
    ['a PNG of 36 megapixels in 35 kB', pngBomb(6_000, 6_000), 'IMAGE_TOO_LARGE'],
    [
      'a PNG header of 4e18 pixels',
      bytes('\x89PNG\r\n\x1a\n', be(13, 4), 'IHDR', be(2 ** 31 - 1, 4), be(2 ** 31 - 1, 4), [8, 2, 0, 0, 0]),
      'IMAGE_TOO_LARGE',
    ],
    ['a WebP of 268 megapixels', webpBomb, 'IMAGE_TOO_LARGE'],
    ['a WebP canvas of 16 million squared', webpCanvas, 'IMAGE_TOO_LARGE'],
    [
      'a TIFF of 10 gigapixels',
      tiffOf([
        [256, 100_000],
        [257, 100_000],
        [277, 3],
      ]),
      'IMAGE_TOO_LARGE',
    ],
    [
      'a TIFF with one tile of 16 gigapixels',
      tiffOf([
        [256, 10],
        [257, 10],
        [277, 3],
        [322, 2 ** 17],
        [323, 2 ** 17],
      ]),
      'IMAGE_TOO_LARGE',
    ],
    [
      'a TIFF whose directories go in a circle',
      bytes('II*\0', le(8, 4), le(1, 2), le(256, 2), [4, 0, 1, 0, 0, 0], le(5, 4), le(8, 4)),
      'IMAGE_CORRUPT',
    ],
    ['an AVIF of 3.6 gigapixels', avifBomb, 'IMAGE_TOO_LARGE'],
    ['a GIF of 4 gigapixels', gifCanvas, 'IMAGE_TOO_LARGE'],
    ['a GIF of 2000 frames', gifFrames, 'IMAGE_TOO_MANY_FRAMES'],
    ['a JPEG of 4 gigapixels', jpegOf(65_535, 65_535), 'IMAGE_TOO_LARGE'],
    ['a strip of 100,000 x 1', pngBomb(100_000, 1), 'IMAGE_TOO_LARGE'],
    ['a strip of 1 x 100,000', pngBomb(1, 100_000), 'IMAGE_TOO_LARGE'],
    ['an image of 0 x 0', pngBomb(0, 0), 'IMAGE_CORRUPT'],
    ['nothing', new Uint8Array(), 'IMAGE_UNSUPPORTED'],
    [
      'an SVG',
      bytes('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'),
      'IMAGE_UNSUPPORTED',
    ],
    ['a PDF', bytes('%PDF-1.7\n'), 'IMAGE_UNSUPPORTED'],
    ['a script that begins like a GIF', bytes('GIF89a=1;alert(document.domain)//', 'x'.repeat(100)), 'IMAGE_CORRUPT'],
    ['a PDF with a JPEG in it', bytes('%PDF-1.4\n', jpegOf(10, 10)), 'IMAGE_UNSUPPORTED'],
    ['a zip with a PNG in it', bytes('PK\x03\x04', tiny), 'IMAGE_UNSUPPORTED'],
    ['a page with a PNG in it', bytes('<!doctype html><!-- ', tiny, ' -->'), 'IMAGE_UNSUPPORTED'],
    ['PostScript', bytes('%!PS-Adobe-3.0\n(/etc/passwd) (r) file'), 'IMAGE_UNSUPPORTED'],
    ['text', bytes('version https://git-lfs.github.com/spec/v1\n'), 'IMAGE_UNSUPPORTED'],
  ] as const satisfies readonly (readonly [string, Uint8Array<ArrayBuffer>, string])[]
).map(([name, bytes, code]) => ({ name, bytes, code }))

/** Headers of every format, most of them sane, to be damaged at random. */
export const HEADER_SAMPLES: readonly Uint8Array<ArrayBuffer>[] = [
  pngBomb(30, 20),
  webpBomb,
  tiffOf([
    [256, 30],
    [257, 20],
    [277, 3],
  ]),
  avifBomb,
  gifFrames,
  jpegOf(30, 20),
]

const SWOLLEN_BYTES = 2 ** 28

/**
 * Files whose header is harmless, and whose contents swell when they are unpacked: text and a color profile of 256 MB, and
 * rows that go on long after the image's end. Decoders have limits of their own for these, or skip them.
 */
export function swellingFiles(): readonly { readonly name: string; readonly bytes: Uint8Array<ArrayBuffer> }[] {
  const zeros = deflateSync(new Uint8Array(SWOLLEN_BYTES))
  const header = pngChunk('IHDR', bytes(be(100, 4), be(100, 4), [8, 0, 0, 0, 0]))
  const rows = pngChunk('IDAT', deflateSync(new Uint8Array(101 * 100)))
  const png = (...chunks: readonly Uint8Array[]) =>
    bytes('\x89PNG\r\n\x1a\n', header, ...chunks, pngChunk('IEND', bytes()))
  return [
    { name: 'a PNG with a text of 256 MB', bytes: png(pngChunk('zTXt', bytes('Comment\0\0', zeros)), rows) },
    { name: 'a PNG with a profile of 256 MB', bytes: png(pngChunk('iCCP', bytes('Profile\0\0', zeros)), rows) },
    { name: 'a PNG with 256 MB of rows too many', bytes: png(pngChunk('IDAT', zeros)) },
  ]
}
