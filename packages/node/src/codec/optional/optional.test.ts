// Formats that optional packages decode, from files of other encoders; what their missing packages and hostile bytes come to.

import { isKoutuError, type Picture } from '@koutu/core'
import { drawnAlpha, drawnPixel, FILE_HEIGHT, FILE_WIDTH, OPTIONAL_FILES, type OptionalFile } from '@koutu/testing'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createSharpCodec } from '../sharp-codec.ts'

const LIMITS = { maxBytes: 1e6, maxPixels: 1e4, maxFrames: 10 }

function decode(bytes: Uint8Array, limits = LIMITS, codec = createSharpCodec()): Promise<Picture> {
  return codec.decode(bytes, { keepIcc: false, keepMetadata: true, limits }, {})
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error) => (isKoutuError(error) ? error.code : String(error)),
  )
}

/** Differences of all samples from what was drawn, in 8-bit levels. */
function errorsOf({ color }: Picture, truth: (x: number, y: number) => readonly number[]): number[] {
  const levels = color.data instanceof Uint16Array ? 257 : 1
  return Array.from(color.data, (sample, i) => {
    const at = Math.floor(i / 3)
    return Math.abs(sample / levels - truth(at % FILE_WIDTH, Math.floor(at / FILE_WIDTH))[i % 3]!)
  })
}

const gray = (x: number, y: number): readonly number[] => Array<number>(3).fill(drawnPixel(x, y)[0])

it.each<[OptionalFile, 8 | 16, typeof gray]>([
  ['jxl lossless', 8, drawnPixel],
  ['jxl 16 bit', 16, drawnPixel],
  ['jxl gray', 8, gray],
  ['jxl in boxes, alpha', 8, drawnPixel],
  ['jp2 lossless', 8, drawnPixel],
  ['jp2 16 bit', 16, drawnPixel],
  ['jp2 gray', 8, gray],
  ['j2k', 8, drawnPixel],
  ['j2k in tiles', 8, drawnPixel],
])('%s is read as it was drawn', async (name, bits, truth) => {
  const picture = await decode(OPTIONAL_FILES[name])
  expect(picture).toMatchObject({
    width: FILE_WIDTH,
    height: FILE_HEIGHT,
    format: name.startsWith('jxl') ? 'jxl' : 'jp2',
  })
  expect(picture.color.data.BYTES_PER_ELEMENT * 8).toBe(bits)
  expect(Math.max(...errorsOf(picture, truth))).toBe(0)
  expect(picture.warnings).toEqual([])
})

it('alpha of a JPEG XL is read', async () => {
  const { alpha } = await decode(OPTIONAL_FILES['jxl in boxes, alpha'])
  const values = Array.from(alpha!.data, (value) => Math.round(value * 255))
  expect(values).toEqual(values.map((_, i) => drawnAlpha(i % FILE_WIDTH, Math.floor(i / FILE_WIDTH))))
})

it.each<[OptionalFile, number]>([
  ['jxl lossy', 10],
  ['jp2 lossy', 10],
])('%s is near what was drawn', async (name, levels) => {
  const errors = errorsOf(await decode(OPTIONAL_FILES[name]), drawnPixel)
  expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThan(levels)
})

it('Display P3 of a JPEG XL is converted', async () => {
  const { color, warnings } = await decode(OPTIONAL_FILES['jxl Display P3'])
  expect(warnings).toEqual([])
  // (16, 200, 0) lies outside sRGB. Green by the matrix between the spaces, red and blue are clipped.
  const linear = (level: number): number => ((level / 255 + 0.055) / 1.055) ** 2.4
  const green = 255 * (1.055 * (1.0421 * linear(200) - 0.0421 * linear(16)) ** (1 / 2.4) - 0.055)
  expect([...color.data.slice(0, 3)]).toEqual([0, Math.round(green), 0])
})

it('an HDR JPEG XL is mapped to SDR, with a warning', async () => {
  const { color, warnings } = await decode(OPTIONAL_FILES['jxl HDR'])
  expect(warnings.map(({ code }) => code)).toEqual(['hdr-tone-mapped'])
  expect(color.data).toBeInstanceOf(Uint8Array)
})

it('a JPEG XL made of a turned JPEG stands upright and keeps resolution and EXIF', async () => {
  const { width, height, densityPpi, metadata } = await decode(OPTIONAL_FILES['jxl of a turned JPEG'])
  expect([width, height, densityPpi]).toEqual([FILE_HEIGHT, FILE_WIDTH, 300])
  expect(Buffer.from(metadata.exif!).toString('latin1')).toContain('koutu')
})

it('of an animated JPEG XL the first frame is used, and the limit on frames holds', async () => {
  const { warnings } = await decode(OPTIONAL_FILES['jxl animation'])
  expect(warnings.map(({ code }) => code)).toEqual(['first-frame-only'])
  expect(await codeOf(decode(OPTIONAL_FILES['jxl animation'], { ...LIMITS, maxFrames: 1 }))).toBe(
    'IMAGE_TOO_MANY_FRAMES',
  )
})

it('a JPEG 2000 in sYCC with fewer samples of color is converted', async () => {
  const { color } = await decode(OPTIONAL_FILES['jp2 sYCC'])
  // Y 150, Cb 100, Cr 180: BT.601, full range.
  expect([...color.data.slice(0, 3)]).toEqual(
    [150 + 1.402 * 52, 150 - 0.344 * -28 - 0.714 * 52, 150 + 1.772 * -28].map((v) => expect.closeTo(v, -0.4)),
  )
})

it('a JPEG 2000 with alpha is refused by name', async () => {
  await expect(decode(OPTIONAL_FILES['jp2 alpha'])).rejects.toMatchObject({
    code: 'IMAGE_UNSUPPORTED',
    message: expect.stringContaining('4 channels'),
  })
})

it.each(['jxl lossless', 'jp2 lossless'] as const)('%s without its package says what to install', async (name) => {
  const codec = createSharpCodec({ packages: { jxl: 'not-installed', jp2: 'not-installed' } })
  const file = OPTIONAL_FILES[name]
  await expect(decode(file, LIMITS, codec)).rejects.toMatchObject({
    code: 'CODEC_MISSING',
    message: expect.stringContaining('npm install not-installed'),
  })
})

it.each(Object.keys(OPTIONAL_FILES) as OptionalFile[])('%s over the limit is refused from its header', async (name) => {
  const codec = createSharpCodec({ packages: { jxl: 'not-installed', jp2: 'not-installed' } })
  const code = await codeOf(decode(OPTIONAL_FILES[name], { ...LIMITS, maxPixels: 383 }, codec))
  expect(code).toBe(name === 'jp2 alpha' ? 'IMAGE_UNSUPPORTED' : 'IMAGE_TOO_LARGE')
})

it('files that are cut off or changed are errors of the image, never partial in silence', async () => {
  const names = Object.keys(OPTIONAL_FILES) as OptionalFile[]
  const known = ['none', 'IMAGE_CORRUPT', 'IMAGE_UNSUPPORTED', 'IMAGE_TOO_LARGE', 'IMAGE_TOO_MANY_FRAMES']
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), fc.nat(), async (name, at) => {
      const file = OPTIONAL_FILES[name]
      const cut = await codeOf(decode(file.slice(0, at % file.length)))
      expect(known.slice(1)).toContain(cut)
      const changed = file.slice()
      changed[at % file.length]! ^= 1 << (at % 8)
      expect(known).toContain(await codeOf(decode(changed)))
    }),
    { numRuns: 8 },
  )
})
