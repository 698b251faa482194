// What every Codec must do, as one vitest suite. Truths come from formulas and from the PNG reader and writer of this package.

import {
  type Codec,
  type DecodeRequest,
  type EncodeRequest,
  exifOrientation,
  isKoutuError,
  type OutputFormat,
  type Picture,
  type Raster,
} from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { drawCutout, drawGradient } from './drawn.ts'
import { decodePng, encodePng } from './dreamina-fake/png.ts'
import {
  exifBytes,
  matrixProfile,
  toSrgb,
  WIDE_SPACE,
  withJpegExif,
  withPngChunk,
  withPngProfile,
} from './file-parts.ts'

const LIMITS = { maxBytes: 1e7, maxPixels: 1e6, maxFrames: 100 }
const DECODE: DecodeRequest = { keepIcc: false, keepMetadata: false, limits: LIMITS }
const NONE = { exif: null, xmp: null }

/** What not every runtime has. What a codec has not, it tells in a warning. */
export interface CodecFeatures {
  /** Formats that it writes and cannot read. */
  readonly unread: readonly OutputFormat[]
  /** Formats that color profiles, EXIF and XMP go through. */
  readonly keepsExtras: readonly OutputFormat[]
  /** Whether the print resolution goes through it. */
  readonly keepsDensity: boolean
}

const FORMATS = ['png', 'webp', 'avif', 'jpeg', 'tiff'] as const satisfies readonly OutputFormat[]
const EVERYTHING: CodecFeatures = { unread: [], keepsExtras: FORMATS, keepsDensity: true }
/** Formats that hold less than they are given. */
const LOSSY = ['webp', 'avif', 'jpeg'] as const

const plain = (format: OutputFormat): EncodeRequest => ({ format, lossyQuality: 95, icc: null, metadata: NONE })

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'none'
  } catch (error) {
    if (isKoutuError(error)) return error.code
    throw error
  }
}

function meanDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!)
  return a.length === b.length ? sum / a.length : Number.POSITIVE_INFINITY
}

function rgbOf({ data, channels }: Raster): number[] {
  return [...data].filter((_, i) => channels !== 4 || i % 4 !== 3)
}

/** The stored pixel shown at (x, y) of an image whose stored size is w x h. CIPA DC-008, tag 274. */
const SHOWN: Readonly<Record<number, (x: number, y: number, w: number, h: number) => [number, number]>> = {
  1: (x, y) => [x, y],
  2: (x, y, w) => [w - 1 - x, y],
  3: (x, y, w, h) => [w - 1 - x, h - 1 - y],
  4: (x, y, _w, h) => [x, h - 1 - y],
  5: (x, y) => [y, x],
  6: (x, y, _w, h) => [y, h - 1 - x],
  7: (x, y, w, h) => [w - 1 - y, h - 1 - x],
  8: (x, y, w) => [w - 1 - y, x],
}

/** Gaussian blur by its definition, the edge pixels going on outside. */
function naiveBlur({ width, height, channels, data }: Raster, sigma: number): number[] {
  const reach = Math.ceil(sigma * 4)
  const kernel = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)))
  const total = kernel.reduce((sum, weight) => sum + weight, 0)
  const pass = (from: ArrayLike<number>, dx: number, dy: number): number[] => {
    const out: number[] = []
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < channels; c++) {
          let sum = 0
          for (let k = -reach; k <= reach; k++) {
            const sx = Math.min(width - 1, Math.max(0, x + k * dx))
            const sy = Math.min(height - 1, Math.max(0, y + k * dy))
            sum += from[(sy * width + sx) * channels + c]! * kernel[k + reach]!
          }
          out.push(sum / total)
        }
    return out
  }
  return pass(pass(data, 1, 0), 0, 1)
}

/** Registers the suite; `make` is called once a test. */
export function codecContract(name: string, make: () => Codec, features: CodecFeatures = EVERYTHING): void {
  const { keepsExtras, keepsDensity } = features
  /** Those of the formats that come back. */
  const written = <F extends OutputFormat>(formats: readonly F[]) =>
    formats.filter((one) => !features.unread.includes(one))
  const kept = <F extends OutputFormat>(formats: readonly F[]) => formats.filter((one) => keepsExtras.includes(one))
  const depths = [8, 16] as const
  const decode = (bytes: Uint8Array, request: Partial<DecodeRequest> = {}): Promise<Picture> =>
    make().decode(bytes, { ...DECODE, ...request }, {})
  const encode = (raster: Raster, request: EncodeRequest): Promise<Uint8Array> => make().encode(raster, request, {})

  describe(`codec contract: ${name}`, () => {
    it.each([1, 2, 3, 4] as const)(
      'reads every sample of a PNG of %i channels, written by another hand',
      async (channels) => {
        const [width, height] = [7, 5]
        const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 37 + 11) % 256)
        const picture = await decode(encodePng({ width, height, channels, data }))
        const pixels = Array.from({ length: width * height }, (_, i) => [
          ...data.subarray(i * channels, (i + 1) * channels),
        ])
        expect([...picture.color.data]).toEqual(
          pixels.flatMap((p) => (channels >= 3 ? p.slice(0, 3) : [p[0]!, p[0]!, p[0]!])),
        )
        expect(picture.color).toMatchObject({ width, height, channels: 3, alpha: 'none' })
        expect(picture.srgb).toBe(picture.color)
        const alpha = channels % 2 === 0 ? pixels.map((p) => Math.fround(p.at(-1)! / 255)) : null
        expect(picture.alpha && [...picture.alpha.data]).toEqual(alpha)
        expect(picture.icc).toBeNull()
        expect(picture.metadata).toEqual(NONE)
      },
    )

    it('gives no alpha where every pixel is opaque', async () => {
      const data = Uint8Array.from({ length: 4 * 4 * 4 }, (_, i) => (i % 4 === 3 ? 255 : i))
      expect((await decode(encodePng({ width: 4, height: 4, channels: 4, data }))).alpha).toBeNull()
    })

    it('writes PNGs that another reader reads the same', async () => {
      for (const raster of [drawGradient(9, 6, 8), drawCutout(20, 16, 8)]) {
        const read = decodePng(await encode(raster, plain('png')))
        expect(read).toMatchObject({ width: raster.width, height: raster.height, channels: raster.channels })
        expect([...read.data]).toEqual([...raster.data])
      }
    })

    it.each(written(['png', 'tiff']))('keeps every sample through %s', async (format) => {
      for (const raster of depths.flatMap((depth) => [drawGradient(33, 21, depth), drawCutout(40, 30, depth)])) {
        const picture = await decode(await encode(raster, plain(format)))
        const max = raster.data instanceof Uint16Array ? 65535 : 255
        expect(picture.color.data.constructor).toBe(raster.data.constructor)
        expect([...picture.color.data]).toEqual(rgbOf(raster))
        const alpha = [...raster.data].filter((_, i) => i % 4 === 3).map((value) => Math.fround(value / max))
        expect(picture.alpha && [...picture.alpha.data]).toEqual(raster.channels === 4 ? alpha : null)
      }
    })

    it.each(written(['png', 'tiff']))('keeps gray through %s', async (format) => {
      for (const data of depths.map((depth) =>
        depth === 8 ? Uint8Array.of(0, 1, 128, 255) : Uint16Array.of(0, 1, 32768, 65535),
      )) {
        const grey: Raster = { width: 2, height: 2, channels: 1, alpha: 'none', data }
        const picture = await decode(await encode(grey, plain(format)))
        expect([...picture.color.data]).toEqual([...data].flatMap((value) => [value, value, value]))
      }
    })

    it('rounds 16 bits to 8 for networks, to the nearest', async () => {
      const raster = drawGradient(64, 48, 16)
      const { srgb } = await decode(await encode(raster, plain('png')))
      const nearest = [...raster.data].map((value) => Math.round(value / 257))
      expect([...srgb.data]).toEqual(nearest)
    })

    it.each(written(LOSSY))('comes close through %s, from 8 and from 16 bits', async (format) => {
      const eight = drawGradient(64, 48, 8)
      for (const raster of [eight, drawGradient(64, 48, 16)]) {
        const picture = await decode(await encode(raster, plain(format)))
        expect(picture.format).toBe(format)
        expect(meanDifference(picture.color.data, eight.data)).toBeLessThan(3)
      }
    })

    it.each(written(['webp', 'avif']))('keeps the alpha through %s', async (format) => {
      const raster = drawCutout(64, 48, 8)
      const { alpha } = await decode(await encode(raster, plain(format)))
      const expected = [...raster.data].filter((_, i) => i % 4 === 3).map((value) => value / 255)
      expect(meanDifference(alpha!.data, expected)).toBeLessThan(0.01)
    })

    it('refuses transparency in a JPEG', async () => {
      expect(await codeOf(encode(drawCutout(8, 8, 8), plain('jpeg')))).toBe('INVALID_OPTIONS')
    })

    it.each([1, 2, 3, 4, 5, 6, 7, 8])('shows an image of EXIF orientation %i upright', async (orientation) => {
      const [w, h] = [48, 32]
      const stored = new Uint8Array(w * h * 3)
      for (let i = 0; i < w * h; i++) {
        const block = Math.floor((i % w) / 16) + 3 * Math.floor(i / w / 16)
        stored.set([(block * 50) % 256, (block * 90) % 256, 255 - block * 40], i * 3)
      }
      const turned = orientation >= 5
      const [width, height] = turned ? [h, w] : [w, h]
      const expected: number[] = []
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++) {
          const [sx, sy] = SHOWN[orientation]!(x, y, w, h)
          expected.push(...stored.subarray((sy * w + sx) * 3, (sy * w + sx) * 3 + 3))
        }
      const png = encodePng({ width: w, height: h, channels: 3, data: stored })
      for (const order of ['big', 'little'] as const) {
        const exact = await decode(withPngChunk(png, 'eXIf', exifBytes(orientation, order)))
        expect(exact).toMatchObject({ width, height })
        expect([...exact.color.data]).toEqual(expected)
        const jpeg = await encode({ width: w, height: h, channels: 3, alpha: 'none', data: stored }, plain('jpeg'))
        const close = await decode(withJpegExif(jpeg, exifBytes(orientation, order)))
        expect(close).toMatchObject({ width, height })
        expect(meanDifference(close.color.data, expected)).toBeLessThan(3)
      }
    })

    it.each(depths)('converts %i-bit images of another RGB space to sRGB', async (depth) => {
      const raster = drawGradient(24, 24, depth)
      const max = depth === 16 ? 65535 : 255
      const file = withPngProfile(await encode(raster, plain('png')), matrixProfile(WIDE_SPACE))
      const { color, srgb, icc } = await decode(file)
      expect(icc).toBeNull()
      const expected = Array.from({ length: 24 * 24 }, (_, i) =>
        toSrgb(
          WIDE_SPACE,
          [...raster.data.subarray(i * 3, i * 3 + 3)].map((value) => value / max),
        ),
      ).flat()
      const worst = (data: ArrayLike<number>, top: number): number =>
        expected.reduce((most, value, i) => Math.max(most, Math.abs(value - data[i]! / top)), 0) * 255
      // The profile states its gamma in steps of 1/256 and its primaries in steps of 1/65536: hence not exactly half a step.
      expect(worst(srgb.data, 255)).toBeLessThan(1.5)
      expect(worst(color.data, max)).toBeLessThan(depth === 16 ? 0.3 : 1.5)
    })

    it.each(depths)('keeps %i-bit samples and profile when asked, with sRGB beside', async (depth) => {
      const raster = drawCutout(24, 20, depth)
      const profile = matrixProfile(WIDE_SPACE)
      const file = await encode(raster, { ...plain('png'), icc: profile })
      const kept = await decode(file, { keepIcc: true })
      expect([...kept.color.data]).toEqual(rgbOf(raster))
      expect(kept.icc && [...kept.icc]).toEqual([...profile])
      expect(kept.srgb.data).toBeInstanceOf(Uint8Array)
      expect([...kept.srgb.data]).toEqual([...(await decode(file)).srgb.data])
      expect(meanDifference(kept.srgb.data, rgbOf(drawCutout(24, 20, 8)))).toBeGreaterThan(1)
    })

    it.each(kept(FORMATS))('embeds a profile in %s', async (format) => {
      const profile = matrixProfile(WIDE_SPACE)
      const file = await encode(drawGradient(16, 16, 8), { ...plain(format), icc: profile })
      const kept = await decode(file, { keepIcc: true })
      expect(kept.icc && [...kept.icc]).toEqual([...profile])
      expect(meanDifference(kept.color.data, drawGradient(16, 16, 8).data)).toBeLessThan(6)
    })

    it.each(kept(['png', 'webp', 'avif', 'jpeg']))(
      'embeds EXIF in %s, upright and without thumbnail, and XMP',
      async (format) => {
        const exif = exifBytes(6, 'big', Buffer.from('THE-OLD-PICTURE'))
        const xmp = new TextEncoder().encode(
          '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>',
        )
        const raster = drawGradient(24, 16, 8)
        const file = await encode(raster, { ...plain(format), metadata: { exif, xmp } })
        const picture = await decode(file, { keepMetadata: true })
        expect(picture).toMatchObject({ width: 24, height: 16 })
        expect(exifOrientation(picture.metadata.exif!)).toBe(1)
        expect(Buffer.from(picture.metadata.exif!).includes('koutu')).toBe(true)
        expect(Buffer.from(file).includes('THE-OLD-PICTURE')).toBe(false)
        expect(Buffer.from(picture.metadata.xmp!).toString()).toContain('tiff:Orientation="1"')
        expect((await decode(file)).metadata).toEqual(NONE)
      },
    )

    it.runIf(keepsDensity).each(FORMATS)(
      'keeps the print resolution through %s, and states none of its own',
      async (format) => {
        const raster = drawGradient(24, 16, 8)
        const exif = exifBytes(1, 'little')
        for (const metadata of [NONE, { exif, xmp: null }]) {
          const file = await encode(raster, { ...plain(format), metadata, densityPpi: 300 })
          expect((await decode(file)).densityPpi).toBe(300)
        }
        expect((await decode(await encode(raster, plain(format)))).densityPpi).toBeUndefined()
      },
    )

    it('holds the limits: at the limit yes, one over no', async () => {
      const file = await encode(drawGradient(10, 10, 8), plain('png'))
      const limited = (limits: Partial<typeof LIMITS>): Promise<string> =>
        codeOf(decode(file, { limits: { ...LIMITS, ...limits } }))
      expect(await limited({ maxBytes: file.length, maxPixels: 100 })).toBe('none')
      expect(await limited({ maxBytes: file.length - 1 })).toBe('IMAGE_TOO_MANY_BYTES')
      expect(await limited({ maxPixels: 99 })).toBe('IMAGE_TOO_LARGE')
    })

    it.each([
      ['svg', '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'],
      ['pdf', '%PDF-1.7'],
      ['text', 'hello'],
      ['empty', ''],
    ])('refuses %s by name', async (type, text) => {
      const refusal = decode(new TextEncoder().encode(text))
      await expect(refusal).rejects.toMatchObject({ code: 'IMAGE_UNSUPPORTED', data: { type } })
    })

    it.each(written(FORMATS))('refuses a %s that ends early instead of giving half an image', async (format) => {
      const file = await encode(drawGradient(64, 64, 8), plain(format))
      for (const share of [0.3, 0.6, 0.9]) {
        const part = file.slice(0, Math.floor(file.length * share))
        expect(await codeOf(decode(part)), `${share}`).toBe('IMAGE_CORRUPT')
      }
    })

    it('stops when asked to', async () => {
      const ctx = { signal: AbortSignal.abort() }
      const raster = drawGradient(8, 8, 8)
      const codec = make()
      const file = await codec.encode(raster, plain('png'), {})
      expect(await codeOf(codec.decode(file, DECODE, ctx))).toBe('ABORTED')
      expect(await codeOf(codec.encode(raster, plain('png'), ctx))).toBe('ABORTED')
      expect(await codeOf(codec.cover(raster, { width: 4, height: 4 }, ctx))).toBe('ABORTED')
      expect(await codeOf(codec.blur(raster, 2, ctx))).toBe('ABORTED')
    })

    it.each([8, 16] as const)('covers a size with %i-bit pixels, cropping at the center', async (depth) => {
      const raster = drawGradient(40, 20, depth)
      const same = await make().cover(raster, raster, {})
      expect([...same.data]).toEqual([...raster.data])
      const square = await make().cover(raster, { width: 20, height: 20 }, {})
      expect(square).toMatchObject({ width: 20, height: 20, channels: 3, alpha: 'none' })
      const middle = Array.from({ length: 20 }, (_, y) => [
        ...raster.data.subarray((y * 40 + 10) * 3, (y * 40 + 30) * 3),
      ])
      expect([...square.data]).toEqual(middle.flat())
      const half = await make().cover(raster, { width: 20, height: 10 }, {})
      expect(half.data.constructor).toBe(raster.data.constructor)
      const scale = depth === 16 ? 257 : 1
      expect(meanDifference(half.data, drawGradient(20, 10, depth).data) / scale).toBeLessThan(5)
    })

    it.each([
      [8, 1.5],
      [8, 6],
      [16, 3],
      [8, 16],
    ] as const)('blurs %i-bit pixels with sigma %d as the Gaussian does, edges going on', async (depth, sigma) => {
      const [width, height] = sigma < 10 ? [80, 60] : [240, 180]
      const raster = drawGradient(width, height, depth)
      const scale = depth === 16 ? 257 : 1
      // A step and a dot: the gradient alone would hide a wrong width.
      for (let i = 0; i < raster.data.length; i += 3) raster.data[i] = (i / 3) % width < width / 2 ? 0 : 255 * scale
      raster.data[(30 * width + 20) * 3 + 1] = 255 * scale
      const blurred = await make().blur(raster, sigma, {})
      expect(blurred).toMatchObject({ width, height, channels: 3 })
      const expected = naiveBlur(raster, sigma)
      expect(blurred.data.constructor).toBe(raster.data.constructor)
      expect(meanDifference(blurred.data, expected) / scale).toBeLessThan(1.5)
      const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - blurred.data[i]!)), 0)
      expect(worst / scale).toBeLessThan(5)
    })

    it('leaves a constant image constant when blurred', async () => {
      const raster: Raster = { width: 30, height: 30, channels: 3, alpha: 'none', data: new Uint8Array(2700).fill(77) }
      expect(new Set((await make().blur(raster, 5, {})).data)).toEqual(new Set([77]))
    })
  })
}
