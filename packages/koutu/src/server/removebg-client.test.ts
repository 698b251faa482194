// The npm package `remove.bg`, somebody else's client, as it was published: only the address in its text is ours.

import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { encodePng } from '@koutu/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PictureServer, startPictureServer } from './picture-server.fixture.ts'

interface Result {
  readonly base64img: string
  readonly creditsCharged: string
  readonly detectedType: string
  readonly resultWidth: string
  readonly resultHeight: string
  readonly rateLimit: string
  readonly rateLimitRemaining: string
  readonly rateLimitReset: string
  readonly retryAfter: string | undefined
}
type Call = (options: Readonly<Record<string, unknown>>) => Promise<Result>
interface Client {
  readonly removeBackgroundFromImageFile: Call
  readonly removeBackgroundFromImageUrl: Call
  readonly removeBackgroundFromImageBase64: Call
}

/** The client's own text, evaluated as Node would, with another address in it. */
async function loadClient(url: string): Promise<Client> {
  const require = createRequire(import.meta.url)
  const path = require.resolve('remove.bg')
  const text = await readFile(path, 'utf8')
  const patched = text.replace('https://api.remove.bg', url)
  expect(patched).not.toBe(text)
  const module = { exports: {} }
  new Function('exports', 'require', 'module', patched)(module.exports, createRequire(path), module)
  return module.exports as Client
}

/** A red square of 20 x 10 on green, where red is what the test's network takes for a subject. */
function draw(): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(60 * 40 * 3)
  for (let i = 0; i < 60 * 40; i++) {
    const [x, y] = [i % 60, Math.floor(i / 60)]
    data.set(x >= 10 && x < 30 && y >= 15 && y < 25 ? [255, 0, 0] : [0, 200, 0], i * 3)
  }
  return new Uint8Array(encodePng({ width: 60, height: 40, channels: 3, data }))
}

let server: PictureServer
let client: Client
const photo = draw()

beforeAll(async () => {
  server = await startPictureServer({ network: { 'https://example.org/photo.png': photo } })
  await writeFile(join(server.folder, 'photo.png'), photo)
  client = await loadClient(server.url)
})
afterAll(() => server[Symbol.asyncDispose]())

async function corners(bytes: Uint8Array): Promise<object> {
  const { data, info } = await sharp(bytes).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * 4, (y * info.width + x + 1) * 4)]
  const { width, height } = info
  return { width, height, corner: at(0, 0), middle: at(Math.floor(width / 2), Math.floor(height / 2)) }
}

describe('the npm client remove.bg', () => {
  it('cuts a file out, writes it, and tells what the headers said', async () => {
    const outputFile = join(server.folder, 'cutout.png')
    const path = join(server.folder, 'photo.png')
    const result = await client.removeBackgroundFromImageFile({ path, apiKey: 'any', size: 'regular', outputFile })
    const written = await readFile(outputFile)
    expect(written.equals(Buffer.from(result.base64img, 'base64'))).toBe(true)
    const { data } = await sharp(written).raw().toBuffer({ resolveWithObject: true })
    for (const [x, y, pixel] of [
      [0, 0, [0, 0, 0, 0]],
      [10, 15, [255, 0, 0, 255]],
      [29, 24, [255, 0, 0, 255]],
      [30, 24, [0, 0, 0, 0]],
    ] as const) {
      expect([...data.subarray((y * 60 + x) * 4, (y * 60 + x + 1) * 4)], `${x} ${y}`).toEqual(pixel)
    }
    expect(result).toMatchObject({
      creditsCharged: '0',
      detectedType: 'other',
      resultWidth: '60',
      resultHeight: '40',
      rateLimit: '500',
      rateLimitRemaining: expect.stringMatching(/^4\d\d$/),
      rateLimitReset: expect.stringMatching(/^\d{10}$/),
      retryAfter: undefined,
    })
  })

  it('passes its options on, from a file, an address and base64 alike', async () => {
    const options = {
      apiKey: 'any',
      size: 'full',
      type: 'product',
      crop: true,
      crop_margin: '5px 10%',
      bg_color: '#0000ff',
      format: 'png',
    }
    const results = [
      await client.removeBackgroundFromImageFile({ ...options, path: join(server.folder, 'photo.png') }),
      await client.removeBackgroundFromImageUrl({ ...options, url: 'https://example.org/photo.png' }),
      await client.removeBackgroundFromImageBase64({ ...options, base64img: Buffer.from(photo).toString('base64') }),
    ]
    for (const { base64img, detectedType, resultWidth } of results) {
      expect([detectedType, resultWidth]).toEqual(['product', '24'])
      expect(await corners(Buffer.from(base64img, 'base64'))).toEqual({
        width: 24,
        height: 20,
        corner: [expect.closeTo(0, -1), expect.closeTo(0, -1), expect.closeTo(255, -1), 255],
        middle: [expect.closeTo(255, -1), expect.closeTo(0, -1), expect.closeTo(0, -1), 255],
      })
    }
  })

  it('reads our errors as it reads theirs', async () => {
    const failed = client.removeBackgroundFromImageFile({
      path: join(server.folder, 'photo.png'),
      apiKey: 'any',
      size: 'giant',
    })
    expect(await failed.catch((errors: unknown) => errors)).toEqual([
      { title: 'Invalid size parameter given', code: 'invalid_size', detail: expect.stringContaining('"giant"') },
    ])
  })
})
