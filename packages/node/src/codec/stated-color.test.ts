// Color stated without an ICC profile, against the conversion by its definition.

import { isKoutuError, type Picture } from '@koutu/core'
import { drawGradient, toSrgb, WIDE_SPACE, withJpegExif, withPngChunk } from '@koutu/testing'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { createSharpCodec } from './sharp-codec.ts'

const SOURCE = drawGradient(24, 20, 8)
const { width, height } = SOURCE
const raw = { raw: { width, height, channels: 3 as const } }

async function decode(bytes: Uint8Array, keepIcc = false): Promise<Picture> {
  const request = { keepIcc, keepMetadata: false, limits: { maxBytes: 1e6, maxPixels: 1e5, maxFrames: 10 } }
  return createSharpCodec().decode(bytes, request, {})
}

async function png(...chunks: readonly (readonly [string, Uint8Array])[]): Promise<Uint8Array> {
  const plain = new Uint8Array(await sharp(SOURCE.data, raw).png().toBuffer())
  return chunks.reduce<Uint8Array>((file, [name, body]) => withPngChunk(file, name, body), plain)
}

function numbers(...values: readonly number[]): Uint8Array {
  const out = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) out.writeUInt32BE(Math.round(value * 100_000), 4 * i)
  return new Uint8Array(out)
}

function cicp(primaries: number, transfer: number): readonly [string, Uint8Array] {
  return ['cICP', Uint8Array.of(primaries, transfer, 0, 1)]
}

function eachPixel(convert: (rgb: readonly number[]) => readonly number[]): number[] {
  return Array.from({ length: width * height }, (_, i) =>
    convert([...SOURCE.data.subarray(3 * i, 3 * i + 3)].map((value) => value / 255)),
  ).flatMap((rgb) => rgb.map((value) => value * 255))
}

function expectClose({ srgb }: Picture, expected: readonly number[]): void {
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - srgb.data[i]!)), 0)
  expect(worst).toBeLessThanOrEqual(1.5)
}

const decoded = (v: number): number => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
const encoded = (v: number): number => {
  const c = Math.min(1, Math.max(0, v))
  return c <= 0.0031308 ? c * 12.92 : 1.055 * c ** (1 / 2.4) - 0.055
}
/** Linear Display P3 to linear sRGB, as published with CSS Color 4. */
const P3 = [
  [1.2249401762805598, -0.22494017628055996, 0],
  [-0.042056954709688163, 1.0420569547096881, 0],
  [-0.019637554590334432, -0.078636045550631889, 1.0982736001409663],
]
const fromP3 = (rgb: readonly number[]) =>
  P3.map((row) => encoded(row.reduce((sum, weight, i) => sum + weight * decoded(rgb[i]!), 0)))

describe('PNG', () => {
  it('cICP of Display P3', async () => {
    expectClose(await decode(await png(cicp(12, 13))), eachPixel(fromP3))
  })

  it('cICP goes before gAMA', async () => {
    expectClose(await decode(await png(['gAMA', numbers(1)], cicp(12, 13))), eachPixel(fromP3))
  })

  it('gAMA and cHRM', async () => {
    const p3 = numbers(0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)
    const file = await png(['gAMA', numbers(1 / WIDE_SPACE.gamma)], ['cHRM', p3])
    expectClose(
      await decode(file),
      eachPixel((rgb) => toSrgb(WIDE_SPACE, rgb)),
    )
  })

  it('gAMA alone', async () => {
    expectClose(
      await decode(await png(['gAMA', numbers(1)])),
      eachPixel((rgb) => rgb.map(encoded)),
    )
  })

  it.each<[name: string, chunks: readonly (readonly [string, Uint8Array])[]]>([
    [
      'sRGB goes before gAMA',
      [
        ['gAMA', numbers(1)],
        ['sRGB', Uint8Array.of(0)],
      ],
    ],
    ['gAMA of sRGB', [['gAMA', numbers(0.45455)]]],
    [
      'numbers without sense',
      [
        ['gAMA', numbers(0)],
        ['cHRM', new Uint8Array(32)],
      ],
    ],
    ['primaries on one line', [['cHRM', numbers(0.3, 0.3, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3)]]],
    [
      'chunks too short',
      [
        ['gAMA', Uint8Array.of(1)],
        ['cHRM', Uint8Array.of(1, 2)],
        ['cICP', Uint8Array.of(12)],
      ],
    ],
  ])('%s: the samples as they are', async (_, chunks) => {
    const { color, warnings } = await decode(await png(...chunks))
    expect([...color.data]).toEqual([...SOURCE.data])
    expect(warnings).toEqual([])
  })

  it.each([
    ['PQ', cicp(9, 16), 'hdr-not-converted'],
    ['HLG', cicp(9, 18), 'hdr-not-converted'],
    ['primaries that are not known', cicp(10, 13), 'color-not-converted'],
  ] as const)('%s: a warning', async (_, chunk, code) => {
    const { color, warnings } = await decode(await png(chunk))
    expect([...color.data]).toEqual([...SOURCE.data])
    expect(warnings.map((warning) => warning.code)).toEqual([code])
  })

  it('hands on what was stated as a profile, where profiles are kept', async () => {
    const picture = await decode(await png(cicp(12, 13)), true)
    expect([...picture.color.data]).toEqual([...SOURCE.data])
    expectClose(picture, eachPixel(fromP3))
    const request = { format: 'png', lossyQuality: 90, icc: picture.icc, metadata: picture.metadata } as const
    const again = await createSharpCodec().encode(picture.color, request, {})
    expectClose(await decode(again), eachPixel(fromP3))
  })
})

/** EXIF whose ColorSpace is `space`, with an Interoperability index of R03 (Adobe RGB) or R98 (sRGB). */
function colorExif(space: number, index: 'R03' | 'R98'): Uint8Array {
  const out = Buffer.alloc(80)
  out.write('II*\0', 'latin1')
  out.writeUInt32LE(8, 4)
  const directory = (at: number, entries: readonly (readonly [tag: number, type: number, value: number])[]) => {
    out.writeUInt16LE(entries.length, at)
    for (const [i, [tag, type, value]] of entries.entries()) {
      out.writeUInt16LE(tag, at + 2 + 12 * i)
      out.writeUInt16LE(type, at + 4 + 12 * i)
      out.writeUInt32LE(type === 2 ? 4 : 1, at + 6 + 12 * i)
      out.writeUInt32LE(value, at + 10 + 12 * i)
    }
  }
  directory(8, [[0x8769, 4, 26]])
  directory(26, [
    [0xa001, 3, space],
    [0xa005, 4, 56],
  ])
  directory(56, [[0x0001, 2, Buffer.from(`${index}\0`, 'latin1').readUInt32LE()]])
  return new Uint8Array(out)
}

describe('JPEG', () => {
  /** Adobe RGB (1998) Color Image Encoding, section 4.3.5: D50 primaries; gamma of 2 + 51/256. */
  const ADOBE = {
    primaries: [
      [0.60974, 0.31111, 0.01947],
      [0.20528, 0.62567, 0.06087],
      [0.14919, 0.06322, 0.74457],
    ],
    gamma: 2 + 51 / 256,
  } as const

  it.each([
    ['Adobe RGB by its Interoperability index', 65_535, 'R03', true],
    ['Adobe RGB by a value outside the specification', 2, 'R98', true],
    ['sRGB', 1, 'R98', false],
    ['uncalibrated', 65_535, 'R98', false],
  ] as const)('EXIF says %s', async (_, space, index, isAdobe) => {
    const jpeg = new Uint8Array(
      await sharp(SOURCE.data, raw).jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer(),
    )
    const plain = await decode(jpeg)
    const { srgb } = await decode(withJpegExif(jpeg, colorExif(space, index)))
    const expected = [...plain.srgb.data].map((value) => value / 255)
    const converted = Array.from({ length: width * height }, (_unused, i) =>
      toSrgb(ADOBE, expected.slice(3 * i, 3 * i + 3)),
    )
    const truth = (isAdobe ? converted.flat() : expected).map((value) => value * 255)
    const worst = truth.reduce((most, value, i) => Math.max(most, Math.abs(value - srgb.data[i]!)), 0)
    expect(worst).toBeLessThanOrEqual(1.5)
  })
})

/** 16 x 16 pixels of one color in Display P3, 8 bits, written by avifenc. sharp writes no `nclx` box. */
const AVIF_P3 =
  'AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUEAAADybWV0YQAAAAAAAAAoaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAGxpYmF2aWYAAAAADnBpdG0AAAAAAAEAAAAeaWxvYwAAAABEAAABAAEAAAABAAABGgAAACEAAAAoaWluZgAAAAAAAQAAABppbmZlAgAAAAABAABhdjAxQ29sb3IAAAAAamlwcnAAAABLaXBjbwAAABRpc3BlAAAAAAAAABAAAAAQAAAAEHBpeGkAAAAAAwgICAAAAAxhdjFDgSAAAAAAABNjb2xybmNseAAMAA0ABoAAAAAXaXBtYQAAAAAAAAABAAEEAQKDBAAAACltZGF0EgAKCDgM/9hDA0GkMhMQAAAAFLm9tA4DEktR5N2vWvmT'

describe('AVIF', () => {
  function avif(primaries: number, transfer: number): Uint8Array {
    const file = Buffer.from(AVIF_P3, 'base64')
    const at = file.indexOf('colrnclx', 0, 'latin1')
    file.writeUInt16BE(primaries, at + 8)
    file.writeUInt16BE(transfer, at + 10)
    return new Uint8Array(file)
  }

  it('nclx of Display P3', async () => {
    const plain = [...(await decode(avif(1, 13))).srgb.data.subarray(0, 3)].map((value) => value / 255)
    const expected = fromP3(plain).map((value) => Math.round(value * 255))
    expect([...(await decode(avif(12, 13))).srgb.data.subarray(0, 3)]).toEqual(expected)
  })

  it('nclx of PQ: a warning', async () => {
    expect((await decode(avif(9, 16))).warnings.map(({ code }) => code)).toEqual(['hdr-not-converted'])
  })
})

describe('brands', () => {
  it('reads the still image of an AVIF sequence', async () => {
    const file = await sharp(SOURCE.data, raw).avif({ effort: 0 }).toBuffer()
    file.write('avis', 8, 'latin1')
    expect(
      await decode(new Uint8Array(file)).catch((error) => (isKoutuError(error) ? error.code : error)),
    ).toMatchObject({
      width,
      height,
      format: 'avif',
    })
  })
})
