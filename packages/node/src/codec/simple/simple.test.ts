// Simple formats, from files that are written here by their specifications; and what hostile bytes come to.

import { isKoutuError } from '@koutu/core'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { createSharpCodec } from '../sharp-codec.ts'

const [WIDTH, HEIGHT] = [5, 3]
const LIMITS = { maxBytes: 1e7, maxPixels: 1e5, maxFrames: 100 }
const REQUEST = { keepIcc: false, keepMetadata: false, limits: LIMITS }
const decode = (bytes: Uint8Array) => createSharpCodec().decode(bytes, REQUEST, {})

/** RGBA of each pixel. Alpha is never that of a plain image. */
const PIXELS = Array.from(
  { length: WIDTH * HEIGHT },
  (_, i) => [i * 17, 255 - i * 9, (i * 53) % 256, 1 + i * 16] as const,
)
const RGB = PIXELS.flatMap((pixel) => pixel.slice(0, 3))
const RGBA = PIXELS.flatMap((pixel) => [...pixel])
const rows = <T>(list: readonly T[], size: number): T[][] =>
  Array.from({ length: HEIGHT }, (_, y) => list.slice(y * size, (y + 1) * size))
const u16 = (value: number) => [value & 255, (value >> 8) & 255]
const u32 = (value: number) => [...u16(value & 0xffff), ...u16(value >>> 16)]
const text = (value: string) => [...Buffer.from(value, 'latin1')]

interface BmpParts {
  readonly bits: number
  readonly compression?: number
  readonly header?: readonly number[]
  readonly palette?: readonly number[]
  readonly data: readonly number[]
  readonly height?: number
}

/** Without its file header. */
function dib({ bits, compression = 0, header = [], palette = [], data, height = HEIGHT }: BmpParts): number[] {
  const size = [...u32(40 + header.length), ...u32(WIDTH), ...u32(height), 1, 0, ...u16(bits), ...u32(compression)]
  return [
    ...size,
    ...u32(data.length),
    ...u32(0),
    ...u32(0),
    ...u32(palette.length / 4),
    ...u32(0),
    ...header,
    ...palette,
    ...data,
  ]
}

function bmp(parts: BmpParts): number[] {
  const body = dib(parts)
  return [...text('BM'), ...u32(14 + body.length), ...u32(0), ...u32(14 + body.length - parts.data.length), ...body]
}

const padded = (row: readonly number[]) => [...row, ...Array((4 - (row.length % 4)) % 4).fill(0)]
const bgr = PIXELS.flatMap(([r, g, b]) => [b, g, r])
const bgra = PIXELS.flatMap(([r, g, b, a]) => [b, g, r, a])
const palette = PIXELS.flatMap(([r, g, b]) => [b, g, r, 0])
const indexes = PIXELS.map((_, i) => i)
const bottomUp = (list: readonly number[], size: number) => rows(list, size).reverse().flatMap(padded)
const MASKS = [...u32(0xff0000), ...u32(0xff00), ...u32(0xff), ...u32(0xff000000)]
const RUNS = [
  ...rows(indexes, WIDTH)
    .reverse()
    .flatMap((row) => [0, WIDTH, ...row, 0, 0, 0]),
  0,
  1,
]

const tga = (type: number, bits: number, flags: number, data: readonly number[]) => [
  ...[0, 0, type, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  ...u16(WIDTH),
  ...u16(HEIGHT),
  bits,
  flags,
  ...data,
]
const packets = rows(bgr, WIDTH * 3).flatMap((row) => [WIDTH - 1, ...row])

function icon(image: readonly number[]): number[] {
  return [0, 0, 1, 0, 1, 0, WIDTH, HEIGHT, 0, 0, 1, 0, 32, 0, ...u32(image.length), ...u32(22), ...image]
}
const mask = Array(HEIGHT * 4).fill(0)
const png = [
  ...(await sharp(Uint8Array.from(RGBA), { raw: { width: WIDTH, height: HEIGHT, channels: 4 } })
    .png()
    .toBuffer()),
]

const RGB_FILES: Readonly<Record<string, readonly number[]>> = {
  'BMP of 24 bits': bmp({ bits: 24, data: bottomUp(bgr, WIDTH * 3) }),
  'BMP from the top': bmp({ bits: 24, data: rows(bgr, WIDTH * 3).flatMap(padded), height: -HEIGHT }),
  'BMP of 32 bits, whose fourth byte means nothing': bmp({ bits: 32, data: bottomUp(bgra, WIDTH * 4) }),
  'BMP with a palette': bmp({ bits: 8, palette, data: bottomUp(indexes, WIDTH) }),
  'BMP in runs': bmp({ bits: 8, compression: 1, palette, data: RUNS }),
  PPM: [...text(`P6\n# a comment\n${WIDTH} ${HEIGHT}\n255\n`), ...RGB],
  'PPM in text': text(`P3 ${WIDTH} ${HEIGHT} 255\n${RGB.join('\n')} `),
  PAM: [...text(`P7\nWIDTH ${WIDTH}\nHEIGHT ${HEIGHT}\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n`), ...RGB],
  TGA: tga(
    2,
    24,
    0,
    rows(bgr, WIDTH * 3)
      .reverse()
      .flat(),
  ),
  'TGA from the top': tga(2, 24, 0x20, bgr),
  'TGA in packets': tga(10, 24, 0x20, packets),
}
const RGBA_FILES: Readonly<Record<string, readonly number[]>> = {
  'BMP with alpha': bmp({
    bits: 32,
    compression: 3,
    header: [...MASKS, ...Array(52).fill(0)],
    data: bottomUp(bgra, WIDTH * 4),
  }),
  'PAM with alpha': [
    ...text(`P7\nWIDTH ${WIDTH}\nHEIGHT ${HEIGHT}\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n`),
    ...RGBA,
  ],
  'TGA with alpha': tga(2, 32, 0x28, bgra),
  'icon with a bitmap': icon([...dib({ bits: 32, data: [...bottomUp(bgra, WIDTH * 4), ...mask], height: HEIGHT * 2 })]),
  'icon with a PNG': icon(png),
}
const FILES = { ...RGB_FILES, ...RGBA_FILES }

describe('simple formats', () => {
  it.each(Object.keys(RGB_FILES))('%s', async (name) => {
    const { width, height, color, alpha } = await decode(Uint8Array.from(RGB_FILES[name]!))
    expect([width, height, [...color.data], alpha]).toEqual([WIDTH, HEIGHT, RGB, null])
  })

  it.each(Object.keys(RGBA_FILES))('%s', async (name) => {
    const { color, alpha } = await decode(Uint8Array.from(RGBA_FILES[name]!))
    expect([...color.data]).toEqual(RGB)
    expect([...alpha!.data].map((value) => Math.round(value * 255))).toEqual(PIXELS.map(([, , , a]) => a))
  })

  it.each([
    ['P1', '1 0 1\n0 1 0 ', [0, 255, 0, 255, 0, 255]],
    ['P1', '101010', [0, 255, 0, 255, 0, 255]],
    ['P2', '3\n0 1 2 3 2 1 ', [0, 85, 170, 255, 170, 85]],
    ['P4', '\xa0\x40', [0, 255, 0, 255, 0, 255]],
    ['P5', '255\n\x00\x01\x02\x03\x04\x05', [0, 1, 2, 3, 4, 5]],
  ])('%s %j is gray', async (magic, rest, expected) => {
    const { color } = await decode(Uint8Array.from(text(`${magic}\n3 2\n${rest}`)))
    expect([...color.data].filter((_, i) => i % 3 === 0)).toEqual(expected)
  })

  it('keeps 16 bits', async () => {
    const { color } = await decode(Uint8Array.from([...text('P5 2 1 65535\n'), 0x12, 0x34, 0xff, 0xff]))
    expect(color.data).toEqual(Uint16Array.of(0x1234, 0x1234, 0x1234, 0xffff, 0xffff, 0xffff))
  })

  it.each(Object.keys(FILES))('%s, cut anywhere, is an error', async (name) => {
    const file = Uint8Array.from(FILES[name]!)
    // What may be missing: the mask of an icon, what a PNG has behind its pixels, the end of runs, digits of the last number.
    const last = file.length - (/icon/.test(name) ? 13 : 4)
    for (let length = 1; length < last; length++) {
      const failure = await decode(file.subarray(0, length)).catch((error: unknown) => error)
      expect(isKoutuError(failure) && failure.code, `${length} of ${file.length}`).toMatch(
        /^IMAGE_(CORRUPT|UNSUPPORTED)$/,
      )
    }
  })

  it('checks the size in the header before anything of that size is allocated', async () => {
    const huge = [
      bmp({ bits: 24, data: [] }).map((byte, i) => (i === 20 || i === 24 ? 0xff : byte)),
      text('P6 60000 60000 255\n'),
      tga(2, 24, 0, []).map((byte, i) => (i === 13 || i === 15 ? 0xea : byte)),
    ]
    for (const file of huge)
      await expect(decode(Uint8Array.from(file))).rejects.toMatchObject({ code: 'IMAGE_TOO_LARGE' })
  })

  it('gives an image or a coded error, whatever the bytes are', async () => {
    const starts = Object.values(FILES).map((file) => file.slice(0, 60))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(FILES), ...starts),
        fc.array(fc.tuple(fc.nat(150), fc.nat(255)), { maxLength: 6 }),
        fc.uint8Array({ maxLength: 200 }),
        async (file, changes, tail) => {
          const bytes = Uint8Array.from([...file, ...tail])
          for (const [at, value] of changes) bytes[at % bytes.length] = value
          const result = await decode(bytes).catch((error: unknown) => error)
          if (isKoutuError(result)) expect(result.code).toMatch(/^IMAGE_/)
          else expect(result).toMatchObject({ width: expect.any(Number) })
        },
      ),
      { numRuns: 400 },
    )
  })
})

it('the print resolution of a BMP is read', async () => {
  const file = Uint8Array.from(bmp({ bits: 24, data: bottomUp(bgr, WIDTH * 3) }))
  expect((await decode(file)).densityPpi).toBeUndefined()
  // Pixels per meter: 300 an inch.
  file.set(u32(11_811), 14 + 24)
  expect((await decode(file)).densityPpi).toBe(300)
})
