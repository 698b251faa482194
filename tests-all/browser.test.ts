// @koutu/browser in Chromium: files as `koutu browser-assets` writes them, a page as a bundler makes it, served from loopback.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzip } from '@koutu/testing'
import { createRemover } from 'koutu'
import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPage, startChromium } from './browser/chromium.ts'
import { writeAssets, writePage, writeTinyModel, writeTinyRefiner } from './browser/kit.ts'
import { ISOLATION, openSite, type Site, type SiteOptions } from './browser/site.ts'

const EXAMPLES = join(import.meta.dirname, '../examples')

let folder: string
let browser: Browser
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-browser-'))
  const tiny = await writeTinyModel(folder)
  await writePage(join(folder, 'page'))
  const networks = ['--model', `isnet-general-use,${tiny}`, '--refiner', await writeTinyRefiner(folder)]
  await writeAssets(join(folder, 'assets'), [...networks, '--precision', 'int8'])
  browser = await startChromium()
})
afterAll(async () => {
  await browser?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

const site = (headers: Record<string, string> = ISOLATION, intercept?: SiteOptions['intercept']): Promise<Site> =>
  openSite({
    folders: { '/': join(folder, 'page'), '/koutu/': join(folder, 'assets'), '/images/': EXAMPLES },
    headers,
    ...(intercept && { intercept }),
  })

/** Bytes from the page. */
const bytesOf = (base64: string) => Buffer.from(base64, 'base64')

describe('the default network', () => {
  it('finds the alpha that the library finds in Node, in the same precision', async () => {
    await using served = await site()
    const { page, errors, hosts } = await openPage(browser, served.origin)
    const found = await page.evaluate(async () => {
      const events: string[] = []
      const onEvent = (event: { type: string }) => void events.push(event.type)
      const { image, alpha, report } = await koutu.removeBackground(
        'images/photo.jpg',
        { precision: 'int8' },
        { onEvent },
      )
      const base64 = (bytes: Uint8Array) => (bytes as unknown as { toBase64(): string }).toBase64()
      const data = new Uint8Array(alpha.data.buffer as ArrayBuffer)
      return { alpha: base64(data), png: base64(await image.bytes()), report, events }
    })
    expect(found.report).toMatchObject({
      subject: true,
      input: { width: 1200, height: 900, format: 'jpeg' },
      warnings: [],
    })
    expect(found.report.precision).toContain('int8')
    expect(found.events.at(-1)).toBe('done')
    expect(new Set(found.events)).toEqual(new Set(['stage', 'progress', 'model', 'done']))

    await using remover = await createRemover({ precision: 'int8' })
    const expected = await remover.remove(join(EXAMPLES, 'photo.jpg'))
    const alpha = bytesOf(found.alpha)
    const floats = new Float32Array(alpha.buffer, alpha.byteOffset, alpha.byteLength / 4)
    const sum = expected.alpha.data.reduce((total, value, i) => total + Math.abs(value - floats[i]!), 0)
    expect(sum / floats.length).toBeLessThan(0.004)

    // The file holds the pixels that Node's codec reads, and soft edges keep their colors.
    const { data, info } = await sharp(bytesOf(found.png)).raw().toBuffer({ resolveWithObject: true })
    const node = await sharp(await expected.image.bytes())
      .raw()
      .toBuffer()
    expect([info.width, info.height, info.channels]).toEqual([1200, 900, 4])
    const difference = data.reduce((total, value, i) => total + Math.abs(value - node[i]!), 0) / data.length
    expect(difference).toBeLessThan(1.5)
    expect(errors).toEqual([])
    expect([...hosts]).toEqual([new URL(served.origin).host])
  })
})

/** The folder's index without plans, so that onnxruntime runs its networks. */
const withoutPlans: SiteOptions['intercept'] = (path, _, response) => {
  if (!path.endsWith('/manifest.json')) return false
  void readFile(join(folder, 'assets/manifest.json'), 'utf8').then((text) => {
    response.end(text.replaceAll('"plan":', '"noPlan":'))
  })
  return true
}

describe("koutu's own engine", () => {
  it('finds the alpha of onnxruntime to the bit, with any products and threads, and downloads no runtime', async () => {
    const answers: string[] = []
    // A processor of x64 without 8-bit products.
    await using older = await startChromium(['--js-flags=--no-enable-avx-vnni'])
    for (const [started, headers, intercept] of [
      [browser, ISOLATION],
      [browser, {}],
      [older, ISOLATION],
      [browser, ISOLATION, withoutPlans],
    ] as const) {
      await using served = await site(headers, intercept)
      const { page, errors } = await openPage(started, served.origin)
      const options = { device: 'wasm', precision: 'int8' } as const
      const { alpha, precision } = await page.evaluate(async (given) => {
        const { alpha, report } = await koutu.removeBackground('images/photo.jpg', given)
        const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', alpha.data.buffer as ArrayBuffer))
        return { alpha: bytes.join(), precision: report.precision }
      }, options)
      answers.push(alpha)
      expect(precision).toMatch(headers === ISOLATION ? /^int8 on wasm x \d+$/ : /^int8 on wasm$/)
      expect(served.requests.some((path) => path.includes('ort-wasm'))).toBe(intercept !== undefined)
      expect(served.requests.some((path) => path.endsWith('.plan'))).toBe(intercept === undefined)
      if (started === older && process.arch === 'x64')
        expect(served.requests.some((path) => path.includes('integers-wide'))).toBe(true)
      expect(errors).toEqual([])
    }
    expect(new Set(answers).size).toBe(1)
  })

  it('runs on one thread where others cannot be started, and says so', async () => {
    await using served = await site(ISOLATION, (path, _, response) => {
      if (!path.includes('integer-thread')) return false
      response.writeHead(404).end()
      return true
    })
    const { page } = await openPage(browser, served.origin)
    const report = await page.evaluate(async () => {
      const options = { device: 'wasm', precision: 'int8', quality: 'fast' } as const
      return (await koutu.removeBackground('images/photo.jpg', options)).report
    })
    expect(report.precision).toBe('int8 on wasm')
    expect(report.warnings.map(({ code }) => code)).toEqual(['device-unavailable'])
  })
})

/** A bright disc with a soft and ragged rim on a dark ground, without loss. */
async function writeDisc(path: string): Promise<void> {
  const size = { width: 360, height: 240 }
  const data = Uint8Array.from({ length: size.width * size.height * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % size.width, Math.floor(i / 3 / size.width)]
    const inside = 85 + 6 * Math.sin(x / 5) * Math.cos(y / 7) - Math.hypot(x - 180, y - 120)
    return 30 + 200 * Math.min(1, Math.max(0, inside / 24)) + ((x * 7 + y * 13 + i) % 9)
  })
  await sharp(data, { raw: { ...size, channels: 3 } })
    .png()
    .toFile(path)
}

describe('a matting network', () => {
  it('finds the alpha that it finds in Node, tile by tile', async () => {
    const image = join(folder, 'page/disc.png')
    await writeDisc(image)
    await using served = await site()
    const { page, errors } = await openPage(browser, served.origin)
    const found = await page.evaluate(async () => {
      const options = { model: 'tiny', refiner: 'tiny-refiner' }
      const { alpha, report, coarse } = await koutu.removeBackground('disc.png', options)
      const remover = await koutu.createRemover(options)
      const again = await remover.refine('disc.png', coarse!)
      const base64 = ({ data }: { data: Float32Array }) =>
        (new Uint8Array(data.buffer as ArrayBuffer) as unknown as { toBase64(): string }).toBase64()
      return { alpha: base64(alpha), again: base64(again.alpha), report }
    })
    expect(found.report).toMatchObject({ refiner: 'tiny-refiner' })
    expect(found.report.timingsMs).toHaveProperty('refine')
    expect(found.again).toBe(found.alpha)

    await using remover = await createRemover({ model: join(folder, 'tiny.onnx') })
    const expected = await remover.remove(image, { refiner: join(folder, 'tiny-refiner.onnx') })
    expect(expected.report.refiner).toBe('tiny-refiner')
    expect(found.report.warnings).toEqual(expected.warnings)
    const floats = new Float32Array(new Uint8Array(bytesOf(found.alpha)).buffer)
    const difference = (other: Float32Array) =>
      other.reduce((total, value, i) => total + Math.abs(value - floats[i]!), 0) / other.length
    expect(difference(expected.alpha.data)).toBeLessThan(0.004)
    // And it is another than koutu's own.
    expect(difference((await remover.remove(image)).alpha.data)).toBeGreaterThan(0.01)
    expect(errors).toEqual([])
  })
})

describe('inputs and outputs', () => {
  it('takes every form of an image, and leaves each as it is', async () => {
    await using served = await site()
    const { page, errors } = await openPage(browser, served.origin)
    const sums = await page.evaluate(async () => {
      const size = 96
      const canvas = document.createElement('canvas')
      canvas.width = canvas.height = size
      const context = canvas.getContext('2d')!
      context.fillStyle = '#fff'
      context.fillRect(24, 24, 48, 48)
      const opaque = new OffscreenCanvas(size, size)
      const drawn = opaque.getContext('2d')!
      drawn.fillStyle = '#000'
      drawn.fillRect(0, 0, size, size)
      drawn.drawImage(canvas, 0, 0)
      const blob = await opaque.convertToBlob()
      const url = URL.createObjectURL(blob)
      const img = new Image()
      img.src = url
      const shown = document.createElement('canvas')
      shown.width = shown.height = size
      shown.getContext('2d')!.drawImage(opaque, 0, 0)
      const buffer = await blob.arrayBuffer()
      const bitmap = await createImageBitmap(blob)
      const frame = new VideoFrame(opaque, { timestamp: 0 })
      const inputs = {
        blob,
        file: new File([blob], 'a.png'),
        url,
        urlObject: new URL(url),
        buffer,
        view: new Uint8Array(buffer, 0),
        response: new Response(blob),
        stream: blob.stream(),
        imageData: drawn.getImageData(0, 0, size, size),
        bitmap,
        img,
        canvas: shown,
        offscreen: opaque,
        frame,
      }
      const found: Record<string, unknown> = {}
      for (const [name, input] of Object.entries(inputs)) {
        const { alpha } = await koutu.removeBackground(input as never, { model: 'tiny' })
        found[name] = [alpha.width, Math.round(alpha.data.reduce((sum, value) => sum + value, 0) / 24)]
      }
      found.kept = [buffer.byteLength > 0, bitmap.width, frame.codedWidth]
      frame.close()
      return found
    })
    const { kept, blob, ...others } = sums
    expect(blob).toEqual([96, 96])
    for (const [name, sum] of Object.entries(others)) expect(sum, name).toEqual(blob)
    expect(kept).toEqual([true, 96, 96])
    expect(errors).toEqual([])
  })

  it('gives blob, bytes, pixels and a bitmap, in the formats that browsers write', async () => {
    await using served = await site()
    const { page } = await openPage(browser, served.origin)
    const found = await page.evaluate(async () => {
      const options = { model: 'tiny', maxOutputPixels: 120 * 90 }
      const results = []
      for (const format of ['png', 'webp', 'jpeg'] as const) {
        const background = format === 'jpeg' ? 'white' : 'transparent'
        const { image } = await koutu.removeBackground('images/photo.jpg', { ...options, format, background })
        const blob = await image.blob()
        const { width } = await createImageBitmap(blob)
        const { data } = await image.imageData()
        const bitmap = await image.bitmap()
        results.push([
          image.mimeType,
          blob.type,
          width,
          (await image.bytes()).length === blob.size,
          data.length,
          bitmap.height,
        ])
      }
      return results
    })
    expect(found).toEqual(
      ['png', 'webp', 'jpeg'].map((name) => [`image/${name}`, `image/${name}`, 120, true, 120 * 90 * 4, 90]),
    )
  })

  it('gives files of layers, as Node does', async () => {
    await using served = await site()
    const { page } = await openPage(browser, served.origin)
    const found = await page.evaluate(async () => {
      const options = { model: 'tiny', background: '#204060', maxOutputPixels: 120 * 90 }
      const base64 = (bytes: Uint8Array) => (bytes as unknown as { toBase64(): string }).toBase64()
      const files: Record<string, [string, string, string]> = {}
      for (const format of ['zip', 'psd'] as const) {
        const { image } = await koutu.removeBackground('images/photo.jpg', { ...options, format })
        files[format] = [image.mimeType, (await image.blob()).type, base64(await image.bytes())]
      }
      return files
    })
    const types = Object.values(found).map(([stated, actual]) => [stated, actual])
    expect(types).toEqual([
      ['application/zip', 'application/zip'],
      ['image/vnd.adobe.photoshop', 'image/vnd.adobe.photoshop'],
    ])
    const members = await unzip(bytesOf(found.zip![2]))
    expect([...members.keys()]).toEqual(['color.jpg', 'alpha.png'])
    const sizes = await Promise.all([...members.values()].map((bytes) => sharp(bytes).metadata()))
    expect(sizes.map(({ width, height, channels }) => [width, height, channels])).toEqual([
      [120, 90, 3],
      [120, 90, 1],
    ])
    const psd = bytesOf(found.psd![2])
    expect(psd.toString('latin1', 0, 4)).toBe('8BPS')
    for (const layer of ['Original', 'Background', 'Cutout', 'Mask']) expect(psd.includes(layer), layer).toBe(true)
  })

  it('turns images as EXIF says, and writes PNG whose pixels are exact', async () => {
    await using served = await site()
    const { page } = await openPage(browser, served.origin)
    const photo = await sharp(join(EXAMPLES, 'photo.jpg'))
      .resize(90, 60)
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    const found = await page.evaluate(async (base64) => {
      const bytes = (Uint8Array as unknown as { fromBase64(text: string): Uint8Array<ArrayBuffer> }).fromBase64(base64)
      const { image, report } = await koutu.removeBackground(bytes, { model: 'tiny' })
      const { data } = await image.imageData()
      const text = (part: Uint8Array | Uint8ClampedArray) =>
        (new Uint8Array(part) as unknown as { toBase64(): string }).toBase64()
      return { input: report.input, pixels: text(data), png: text(await image.bytes()) }
    }, photo.toString('base64'))
    expect(found.input).toEqual({ width: 60, height: 90, format: 'jpeg' })
    const { data } = await sharp(bytesOf(found.png)).raw().toBuffer({ resolveWithObject: true })
    expect(data.equals(bytesOf(found.pixels))).toBe(true)
  })
})

describe('errors', () => {
  it('have the codes of the library', async () => {
    await using served = await site()
    const { page } = await openPage(browser, served.origin)
    const photo = await readFile(join(EXAMPLES, 'photo.jpg'))
    const codes = await page.evaluate(async (base64) => {
      const bytes = (Uint8Array as unknown as { fromBase64(text: string): Uint8Array<ArrayBuffer> }).fromBase64(base64)
      const code = (input: unknown, options: object = {}) =>
        koutu.removeBackground(input as never, { model: 'tiny', ...options }).then(
          () => 'none',
          (error) => (koutu.isKoutuError(error) ? error.code : String(error)),
        )
      return {
        option: await code(bytes, { margin: 'wide' }),
        unknown: await code(bytes, { wrong: true }),
        model: await code(bytes, { model: 'nobody' }),
        pixels: await code(bytes, { maxPixels: 1000 }),
        file: await code(bytes, { maxBytes: 1000 }),
        text: await code(new Blob(['hello'])),
        number: await code(7),
        missing: await code('images/nothing.jpg'),
        folder: await code(bytes, { baseUrl: '/elsewhere/' }),
        none: await code(bytes, { margin: '5%', crop: true }),
      }
    }, photo.toString('base64'))
    expect(codes).toEqual({
      option: 'INVALID_OPTIONS',
      unknown: 'INVALID_OPTIONS',
      model: 'MODEL_MISSING',
      pixels: 'IMAGE_TOO_LARGE',
      file: 'IMAGE_TOO_MANY_BYTES',
      text: 'IMAGE_UNSUPPORTED',
      number: 'INPUT_UNREADABLE',
      missing: 'FETCH_FAILED',
      folder: 'ASSET_MISSING',
      none: 'none',
    })
  })

  it('an abort ends the worker, and the next call starts another', async () => {
    await using served = await site()
    const { page } = await openPage(browser, served.origin)
    const workers: string[] = []
    page.on('worker', (worker) => workers.push(worker.url()))
    const found = await page.evaluate(async () => {
      const controller = new AbortController()
      const { signal } = controller
      const onEvent = ({ type }: { type: string }) => type === 'stage' && controller.abort()
      const first = await koutu.removeBackground('images/photo.jpg', { model: 'tiny' }, { signal, onEvent }).then(
        () => 'none',
        (error) => error.code,
      )
      const { report } = await koutu.removeBackground('images/photo.jpg', { model: 'tiny' })
      return { first, subject: report.input.width }
    })
    expect(found).toEqual({ first: 'ABORTED', subject: 1200 })
    expect(new Set(workers.filter((url) => url.includes('/koutu/worker.'))).size).toBe(1)
    expect(workers.filter((url) => url.includes('/koutu/worker.')).length).toBe(2)
  })
})

describe('a page that is not isolated', () => {
  it('works on one thread and says what isolation would bring', async () => {
    await using served = await site({})
    const { page, errors } = await openPage(browser, served.origin)
    const codes = await page.evaluate(async () => {
      const { warnings } = await koutu.removeBackground('images/photo.jpg', { model: 'tiny' })
      return [crossOriginIsolated, navigator.hardwareConcurrency > 1, warnings.map(({ code }) => code)]
    })
    expect(codes).toEqual([false, true, expect.arrayContaining(['not-isolated'])])
    expect(errors).toEqual([])
  })
})
