// TIFF's own kinds: samples behind the colors, fewer bits than are stored, and what no decoder here reads.

import { isKoutuError, type Picture } from '@koutu/core'
import { type TiffParts, writeTiff } from '@koutu/testing'
import { describe, expect, it } from 'vitest'
import { createSharpCodec } from './sharp-codec.ts'

const [WIDTH, HEIGHT] = [9, 7]
const [EXTRA_SAMPLES, MAX_SAMPLE_VALUE, COMPRESSION, BITS] = [338, 281, 259, 258]
const [GRAY, RGB, CMYK, LAB] = [1, 2, 5, 8]
const COLORS: Readonly<Record<number, readonly number[]>> = {
  [GRAY]: [90],
  [RGB]: [90, 80, 50],
  [CMYK]: [165, 175, 205, 0],
  [LAB]: [128, 10, 10],
}

function drawn(
  photometric: number,
  extras: readonly number[],
  depth: 8 | 16,
  tags: TiffParts['tags'] = {},
): Uint8Array {
  const pixel = [...COLORS[photometric]!, ...extras].map((value) => value * (depth === 16 ? 257 : 1))
  const list = Array.from({ length: WIDTH * HEIGHT }, () => pixel).flat()
  const samples = depth === 16 ? Uint16Array.from(list) : Uint8Array.from(list)
  return writeTiff({ width: WIDTH, height: HEIGHT, samplesPerPixel: pixel.length, samples, photometric, tags })
}

function decode(bytes: Uint8Array): Promise<Picture> {
  const limits = { maxBytes: 1e6, maxPixels: 1e4, maxFrames: 10 }
  return createSharpCodec().decode(bytes, { keepIcc: false, keepMetadata: false, limits }, {})
}

async function codeOf(bytes: Uint8Array): Promise<string> {
  return decode(bytes).then(
    () => 'none',
    (error) => (isKoutuError(error) ? error.code : String(error)),
  )
}

/** Kinds of the samples behind the colors, their values, and the alpha that is to come out. */
const EXTRAS: readonly (readonly [
  name: string,
  kinds: readonly number[] | null,
  values: readonly number[],
  alpha: number | null,
])[] = [
  ['a saved selection', [0], [128], null],
  ['alpha', [2], [128], 128],
  ['no tag', null, [128], 128],
  ['a selection and alpha', [0, 2], [7, 128], 128],
  ['alpha and a selection', [2, 0], [128, 7], 128],
  ['two selections', [0, 0], [128, 7], null],
  ['five selections', [0, 0, 0, 0, 0], [1, 2, 3, 4, 5], null],
  ['alpha behind four selections', [0, 0, 0, 0, 2], [1, 2, 3, 4, 128], 128],
]

describe.each([
  ['gray', GRAY, [90, 90, 90]],
  ['RGB', RGB, [90, 80, 50]],
  ['CMYK', CMYK, null],
] as const)('%s', (_, photometric, expected) => {
  describe.each([8, 16] as const)('%i bits', (depth) => {
    it.each(EXTRAS)('%s', async (_name, kinds, values, alpha) => {
      // Refused: see below.
      if (photometric === CMYK && depth === 16 && alpha !== null) return
      const file = drawn(photometric, values, depth, kinds ? { [EXTRA_SAMPLES]: kinds } : {})
      const { color, srgb, alpha: found, warnings } = await decode(file)
      const plain = await decode(drawn(photometric, [], depth))
      expect(color.data).toEqual(plain.color.data)
      if (expected) expect([...srgb.data.subarray(0, 3)]).toEqual(expected)
      expect(found && Math.round(found.data[0]! * 255)).toBe(alpha)
      const ignored = values.length - (alpha === null ? 0 : 1)
      expect(warnings.filter(({ code }) => code === 'extra-channels-ignored').length).toBe(ignored > 0 ? 1 : 0)
    })
  })
})

it('stretches 12 bits stored in 16 to the whole range', async () => {
  const samples = Uint16Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 65) % 4096)
  const parts = { width: WIDTH, height: HEIGHT, samplesPerPixel: 3, samples, photometric: RGB }
  const { color } = await decode(writeTiff({ ...parts, tags: { [MAX_SAMPLE_VALUE]: [4095, 4095, 4095] } }))
  expect([...color.data]).toEqual([...samples].map((value) => Math.round((value * 65535) / 4095)))
})

it.each([
  ['Lab of 8 bits', drawn(LAB, [], 8)],
  ['Lab with alpha', drawn(LAB, [128], 16, { [EXTRA_SAMPLES]: [2] })],
  ['16-bit CMYK with alpha', drawn(CMYK, [128], 16, { [EXTRA_SAMPLES]: [2] })],
  ['old-style JPEG', drawn(RGB, [], 8, { [COMPRESSION]: [6] })],
  ['a compression that is not built in', drawn(RGB, [], 8, { [COMPRESSION]: [34925] })],
  ['a compression that nobody knows', drawn(RGB, [], 8, { [COMPRESSION]: [60000] })],
  ['12 bits, packed', drawn(RGB, [], 8, { [BITS]: [12, 12, 12] })],
  [
    'seventeen samples',
    drawn(
      RGB,
      Array.from({ length: 14 }, (_, i) => i),
      8,
    ),
  ],
])('refuses %s as unsupported, not as damaged', async (_, file) => {
  expect(await codeOf(file)).toBe('IMAGE_UNSUPPORTED')
})

const [NEW_SUBFILE_TYPE, SUBFILE_TYPE, STRIP_OFFSETS] = [254, 255, 273]

/** Gray: no value of its directory lies outside of it. */
function gray(width: number, value: number, tags: TiffParts['tags'] = {}): Uint8Array {
  const samples = new Uint8Array(width * HEIGHT).fill(value)
  return writeTiff({ width, height: HEIGHT, samplesPerPixel: 1, samples, photometric: GRAY, tags })
}

/** One file with the directories of both, in this order. */
function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const out = new Uint8Array(first.length + second.length)
  out.set(first)
  out.set(second, first.length)
  const view = new DataView(out.buffer)
  const entriesAt = (directory: number) =>
    Array.from({ length: view.getUint16(directory, true) }, (_, i) => directory + 2 + 12 * i)
  const own = view.getUint32(4, true)
  const other = first.length + view.getUint32(first.length + 4, true)
  view.setUint32(own + 2 + 12 * entriesAt(own).length, other, true)
  for (const entry of entriesAt(other)) {
    if (view.getUint16(entry, true) !== STRIP_OFFSETS) continue
    view.setUint32(entry + 8, view.getUint32(entry + 8, true) + first.length, true)
  }
  return out
}

it.each([
  ['a thumbnail first', gray(3, 9, { [NEW_SUBFILE_TYPE]: [1] }), gray(WIDTH, 90), 0],
  ['a thumbnail by the older tag', gray(3, 9, { [SUBFILE_TYPE]: [2] }), gray(WIDTH, 90), 0],
  ['a thumbnail last', gray(WIDTH, 90), gray(3, 9, { [NEW_SUBFILE_TYPE]: [1] }), 0],
  ['a page of several first', gray(WIDTH, 90, { [NEW_SUBFILE_TYPE]: [2] }), gray(3, 9), 1],
  ['nothing but thumbnails', gray(WIDTH, 90, { [NEW_SUBFILE_TYPE]: [1] }), gray(3, 9, { [NEW_SUBFILE_TYPE]: [1] }), 0],
])('%s: the image is read, and other images are told of', async (_, first, second, told) => {
  const { width, srgb, warnings } = await decode(joined(first, second))
  expect({ width, value: srgb.data[0] }).toEqual({ width: WIDTH, value: 90 })
  expect(warnings.filter(({ code }) => code === 'first-frame-only').length).toBe(told)
})

it('never takes the components of YCbCr for RGB', async () => {
  const YCBCR = 6
  const samples = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => [76, 85, 255][i % 3]!)
  const parts = { width: WIDTH, height: HEIGHT, samplesPerPixel: 3, samples, photometric: YCBCR }
  expect(await codeOf(writeTiff(parts))).toBe('IMAGE_UNSUPPORTED')
})
