// Every option of the schema in the page and in Node, on the same image with the same network: the same result, the same error, or
// one that names the option.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isKoutuError, Options } from '@koutu/core'
import { unzip } from '@koutu/testing'
import { createRemover, type Remover } from 'koutu'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PAGE_REFUSALS } from '../packages/browser/src/worker/page-options.ts'
import { openPage } from './browser/chromium.ts'
import type { Site } from './browser/site.ts'
import { openTinySite, useTiny } from './browser/tiny-site.ts'

const EXAMPLES = join(import.meta.dirname, '../examples')
const SIZE = { width: 120, height: 90 }

type Given = Readonly<Record<string, unknown>>
interface Case {
  readonly options: Given
  /** Which of the images. Default: the photo. */
  readonly image?: ImageName
  /** Whether the result is that without the option, as for what is the default already or has no part in this image. */
  readonly isDefault?: boolean
}

const photo = () => sharp(join(EXAMPLES, 'photo.jpg')).resize(SIZE.width, SIZE.height, { fit: 'fill' })
const solid = (background: string) => sharp({ create: { ...SIZE, channels: 3, background } })
type ImageName = 'photo' | 'wide' | 'deep' | 'cut' | 'cutPng' | 'drawing' | 'shapes' | 'frames'
const IMAGES: Readonly<Record<ImageName, () => Promise<Buffer>>> = {
  photo: () => photo().jpeg({ quality: 95 }).toBuffer(),
  wide: () =>
    photo()
      .withIccProfile('p3')
      .withExif({ IFD0: { Make: 'koutu' } })
      .jpeg({ quality: 95 })
      .toBuffer(),
  deep: () => photo().toColourspace('rgb16').png().toBuffer(),
  cut: async () => (await IMAGES.photo()).subarray(0, 3000),
  cutPng: async () => (await photo().png().toBuffer()).subarray(0, 15_000),
  drawing: () =>
    solid('#fff')
      .composite([
        { input: Buffer.from('<svg width="60" height="50"><circle cx="30" cy="25" r="20" fill="#c02040"/></svg>') },
      ])
      .png()
      .toBuffer(),
  /** Two subjects, a hole and a soft rim on black. */
  shapes: () =>
    solid('#000')
      .composite([
        {
          input: Buffer.from(
            '<svg width="120" height="90"><rect x="20" y="20" width="40" height="50" fill="#fff"/><rect x="30" y="30" width="15" height="15" fill="#000"/><rect x="75" y="30" width="20" height="20" fill="#ddd"/><rect x="10" y="15" width="4" height="60" fill="#555"/></svg>',
          ),
        },
      ])
      .jpeg({ quality: 95 })
      .toBuffer(),
  frames: async () => {
    const frames = await Promise.all(['#fff', '#f00'].map((background) => solid(background).png().toBuffer()))
    return sharp(frames, { join: { animated: true } })
      .gif()
      .toBuffer()
  },
}

/** For every option, so that a new one needs a case. */
const CASES: Readonly<Record<keyof typeof Options.shape, readonly Case[]>> = {
  engine: [{ options: { engine: 'onnx' }, isDefault: true }, { options: { engine: 'dreamina' } }],
  model: [{ options: { model: 'isnet-anime' } }],
  quality: [{ options: { quality: 'fast' } }, { options: { quality: 'best' } }],
  precision: [{ options: { precision: 'fp32' }, isDefault: true }],
  modelSize: [{ options: { modelSize: 64 } }],
  modelMean: [{ options: { modelMean: [0.5, 0.5, 0.5] } }],
  modelStd: [{ options: { modelStd: [0.2, 0.2, 0.2] } }],
  modelOutput: [{ options: { modelOutput: 'minmax' } }],
  subject: [{ options: { subject: 'graphic' }, image: 'drawing' }],
  subjects: [{ options: { subjects: 1 }, image: 'shapes' }],
  roi: [{ options: { roi: '10%,10%,50%,60%' } }],
  keep: [{ options: { keep: '10,10 100,15@6' } }],
  erase: [{ options: { erase: '60,10 60,80@9' } }],
  refiner: [{ options: { refiner: 'tiny-refiner' }, image: 'shapes' }, { options: { refiner: 'vitmatte' } }],
  speckArea: [{ options: { speckArea: '10%' } }],
  keepHoles: [{ options: { keepHoles: true, speckArea: '20%' }, image: 'shapes' }],
  fillHoles: [{ options: { fillHoles: true } }],
  edgeShift: [{ options: { edgeShift: 3 } }],
  feather: [{ options: { feather: 2 } }],
  hardMask: [{ options: { hardMask: true } }],
  hardMaskThreshold: [{ options: { hardMask: true, hardMaskThreshold: 0.8 } }],
  decontaminate: [{ options: { decontaminate: false } }],
  background: [
    { options: { background: '#204060' } },
    { options: { background: 'blur' } },
    { options: { background: 'BACKGROUND' } },
  ],
  shadow: [{ options: { shadow: 'drop' } }, { options: { shadow: 'keep' }, image: 'shapes', isDefault: true }],
  shadowOpacity: [{ options: { shadow: 'drop', shadowOpacity: 0.9 } }],
  crop: [{ options: { crop: true }, image: 'shapes' }],
  margin: [{ options: { crop: true, margin: '10%' }, image: 'shapes' }],
  canvas: [{ options: { canvas: '200x100' } }],
  scale: [{ options: { canvas: '1:1', scale: 50 } }],
  position: [{ options: { canvas: '200x100', position: '10% 80%' } }],
  maxOutputPixels: [{ options: { maxOutputPixels: 5000 } }],
  cropThreshold: [{ options: { crop: true, cropThreshold: 0.6 }, image: 'shapes' }],
  mask: [{ options: { mask: true } }],
  invert: [{ options: { invert: true } }],
  format: [
    ...['webp', 'avif', 'tiff', 'zip', 'psd'].map((format) => ({ options: { format } })),
    { options: { format: 'jpeg', background: 'white' } },
    { options: { format: 'jpeg' } },
    { options: { format: 'tiff', mask: true } },
    { options: { format: 'tiff' }, image: 'deep' },
    { options: { format: 'psd', background: 'blur' }, image: 'deep' },
  ],
  lossyQuality: [
    { options: { format: 'webp', lossyQuality: 20 } },
    { options: { format: 'avif', lossyQuality: 20 } },
    { options: { format: 'jpeg', background: 'white', lossyQuality: 20 } },
  ],
  keepIcc: [
    ...['png', 'webp', 'tiff', 'psd', 'avif'].map((format) => ({
      options: { keepIcc: true, format },
      image: 'wide' as const,
    })),
    { options: { keepIcc: true, format: 'jpeg', background: 'blur' }, image: 'wide' },
    { options: { keepIcc: true }, image: 'photo', isDefault: true },
  ],
  keepMetadata: ['png', 'webp', 'tiff', 'avif'].map((format) => ({
    options: { keepMetadata: true, format },
    image: 'wide' as const,
  })),
  damaged: [
    { options: { damaged: 'keep' }, image: 'cut' },
    { options: { damaged: 'error' }, image: 'cut', isDefault: true },
  ],
  maxBytes: [{ options: { maxBytes: 1000 } }],
  maxPixels: [{ options: { maxPixels: 1000 } }],
  maxFrames: [{ options: { maxFrames: 1 }, image: 'frames' }],
  offline: [{ options: { offline: true }, isDefault: true }],
  allowPrivateUrls: [{ options: { allowPrivateUrls: true }, isDefault: true }],
  fetchTimeout: [{ options: { fetchTimeout: 5 }, isDefault: true }],
}

interface Outcome {
  readonly code: string
  readonly message: string
  readonly warnings: readonly string[]
  readonly mimeType: string
  readonly bytes: Buffer
}

const failed = (error: unknown): Outcome => {
  if (!isKoutuError(error)) throw error
  return { code: error.code, message: error.message, warnings: [], mimeType: '', bytes: Buffer.alloc(0) }
}

const tiny = useTiny()
let served: Site
let page: Page
let remover: Remover
const images = new Map<string, Buffer>()
const background = () => readFile(join(EXAMPLES, 'photo.jpg'))

beforeAll(async () => {
  served = await openTinySite(tiny, (path, _request, response) => {
    if (path !== '/background.jpg') return false
    void background().then((bytes) => response.end(bytes))
    return true
  })
  ;({ page } = await openPage(tiny.browser, served.origin))
  await page.evaluate(() => koutu.preload({ model: 'tiny' }))
  remover = await createRemover({ model: join(tiny.folder, 'tiny.onnx') })
  for (const [name, make] of Object.entries(IMAGES)) images.set(name, await make())
})
afterAll(async () => {
  await remover?.[Symbol.asyncDispose]()
  await served?.[Symbol.asyncDispose]()
})

async function inNode(image: string, given: Given): Promise<Outcome> {
  const files = {
    ...(given.background === 'BACKGROUND' ? { background: join(EXAMPLES, 'photo.jpg') } : {}),
    ...(given.refiner === 'tiny-refiner' ? { refiner: join(tiny.folder, 'tiny-refiner.onnx') } : {}),
  }
  const options = { ...given, ...files }
  try {
    const result = await remover.remove(new Uint8Array(images.get(image)!), options)
    const bytes = Buffer.from(await result.image.bytes())
    return { code: '', message: '', warnings: codes(result.warnings), mimeType: result.image.mimeType, bytes }
  } catch (error) {
    return failed(error)
  }
}

async function inPage(image: string, given: Given): Promise<Outcome> {
  const options = given.background === 'BACKGROUND' ? { ...given, background: 'background.jpg' } : given
  const found = await page.evaluate(
    async ({ base64, options }) => {
      const bytes = (Uint8Array as unknown as { fromBase64(text: string): Uint8Array<ArrayBuffer> }).fromBase64(base64)
      try {
        const { image, warnings } = await koutu.removeBackground(bytes, { model: 'tiny', ...options })
        const file = (await image.bytes()) as unknown as { toBase64(): string }
        return {
          code: '',
          message: '',
          warnings: warnings.map(({ code }) => code),
          mimeType: image.mimeType,
          file: file.toBase64(),
        }
      } catch (error) {
        if (!koutu.isKoutuError(error))
          return { code: String(error), message: '', warnings: [], mimeType: '', file: '' }
        return { code: error.code, message: error.message, warnings: [], mimeType: '', file: '' }
      }
    },
    { base64: images.get(image)!.toString('base64'), options },
  )
  return { ...found, bytes: Buffer.from(found.file, 'base64') }
}

const codes = (warnings: readonly { readonly code: string }[]) => warnings.map(({ code }) => code)

/** What a file shows and holds. */
async function contentsOf({ mimeType, bytes }: Outcome) {
  if (mimeType === 'application/zip') {
    const members = [...(await unzip(bytes))]
    const parts = await Promise.all(members.map(async ([name, file]) => [name, await imageOf(file)] as const))
    return {
      holds: parts.map(([name, { holds }]) => [name, holds]),
      pixels: parts.flatMap(([, { pixels }]) => [...pixels]),
    }
  }
  // PSD is compared by its header and size: Node's own tests read it by another hand.
  if (mimeType.includes('photoshop'))
    return { holds: bytes.toString('hex', 0, 26), pixels: [bytes.includes('ICC_PROFILE') ? 1 : 0] }
  return imageOf(bytes)
}

async function imageOf(bytes: Buffer | Uint8Array) {
  const { width, height, channels, depth, icc, exif, xmp, format } = await sharp(bytes).metadata()
  const { data } = await sharp(bytes, { ignoreIcc: true } as object)
    .toColourspace(depth === 'ushort' ? 'rgb16' : 'srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const isGray = channels < 3
  return {
    holds: {
      format,
      width,
      height,
      isGray,
      depth,
      profile: profileOf(icc),
      exif: exif?.includes('koutu') ?? false,
      xmp: xmp !== undefined,
    },
    pixels: [...data],
  }
}

/** Chromium says of sRGB that it is sRGB, which is the same without. */
function profileOf(icc: Buffer | undefined): number {
  return icc && !icc.includes('s\0R\0G\0B') && !icc.includes('sRGB') ? icc.length : 0
}

function meanDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / Math.max(1, a.length)
}

const named = Object.entries(CASES).flatMap(([name, cases]) =>
  cases.map((one) => [name, JSON.stringify(one.options), one] as const),
)

it('there is a case for every option', () => {
  expect(Object.keys(CASES).sort()).toEqual(Object.keys(Options.shape).sort())
})

describe('in the page as in Node', () => {
  it.each(named)('%s: %s', async (name, _, { options, image = 'photo', isDefault = false }) => {
    const [here, there] = [await inNode(image, options), await inPage(image, options)]
    if ((name in PAGE_REFUSALS && there.code) || options.engine === 'dreamina') {
      expect(there).toMatchObject({ code: 'INVALID_OPTIONS', message: expect.stringContaining(name) })
      return
    }
    expect([there.code, there.warnings, there.mimeType]).toEqual([here.code, here.warnings, here.mimeType])
    if (here.code) return
    const [expected, found] = [await contentsOf(here), await contentsOf(there)]
    expect(found.holds).toEqual(expected.holds)
    expect(meanDifference(found.pixels, expected.pixels)).toBeLessThan(options.lossyQuality ? 6 : 3)
    const plain = await inNode(image, {})
    expect(here.bytes.equals(plain.bytes) && here.mimeType === plain.mimeType).toBe(isDefault)
  })

  it('a PNG that was cut keeps at least the rows that it keeps in Node', async () => {
    const results = [await inNode('cutPng', { damaged: 'keep' }), await inPage('cutPng', { damaged: 'keep' })]
    expect(results.map(({ warnings }) => warnings)).toEqual([['damaged'], ['damaged']])
    const pixels = await Promise.all(results.map(({ bytes }) => sharp(bytes).raw().toBuffer()))
    const rows = pixels.map(
      (data) => Array.from({ length: SIZE.height }, (_, y) => data[(y * SIZE.width + 9) * 4 + 3]!).lastIndexOf(255) + 1,
    )
    expect(rows[0]).toBeGreaterThan(0)
    expect(rows[1]).toBeGreaterThanOrEqual(rows[0]!)
    const [here, there] = pixels.map((data) => [...data.subarray(0, (rows[0]! >> 1) * SIZE.width * 4)])
    expect(meanDifference(here!, there!)).toBeLessThan(3)
  })

  it('offline refuses what is on the network, by its name', async () => {
    const given = { offline: true, background: 'BACKGROUND' }
    expect(await inPage('photo', given)).toMatchObject({ code: 'OFFLINE', message: expect.stringContaining('offline') })
  })
})
