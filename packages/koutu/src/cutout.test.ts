// The result as a program gets it, with the codec in this thread.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPlane, type EncodeRequest, isKoutuError, type Raster, type Report } from '@koutu/core'
import { createSharpCodec } from '@koutu/node'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toCutout } from './cutout.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-cutout-'))
})
afterAll(() => rm(folder, { recursive: true }))

const codec = createSharpCodec()
const report = { timingsMs: {}, warnings: [] } as unknown as Report
const rgba = Uint8Array.from({ length: 6 * 5 * 4 }, (_, i) => (i * 37) % 256)

function cutout(format: EncodeRequest['format'] = 'png', channels: 3 | 4 = 4) {
  const data = channels === 4 ? rgba.slice() : rgba.slice(0, 6 * 5 * 3)
  const raster: Raster = { width: 6, height: 5, channels, alpha: channels === 4 ? 'straight' : 'none', data }
  const request: EncodeRequest = { format, lossyQuality: 90, icc: null, metadata: { exif: null, xmp: null } }
  // As in another thread: the pixels are away while they are encoded.
  const result = { raster, alpha: createPlane(6, 5, 1), coarse: null, report, encode: request }
  return toCutout(result, async (given, wanted) => {
    const there = structuredClone(given, { transfer: [given.data.buffer as ArrayBuffer] })
    return { bytes: await codec.encode(there, wanted, {}), raster: there }
  })
}

const code = (error: unknown) => (isKoutuError(error) ? error.code : error)

describe('toFile', () => {
  it.each([
    ['a.png', 'png'],
    ['deep/below/b.webp', 'webp'],
    ['c.TIF', 'tiff'],
    ['no-extension', 'png'],
  ])('writes %s as %s', async (name, format) => {
    const path = join(folder, name)
    await cutout().toFile(path)
    const { data, info } = await sharp(path).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
    expect([(await sharp(path).metadata()).format, info.width, info.height]).toEqual([format, 6, 5])
    if (format !== 'webp') expect(new Uint8Array(data)).toEqual(rgba)
  })

  it('writes the same bytes as bytes() gives, and other formats before and after', async () => {
    const result = cutout()
    await Promise.all([result.toFile(join(folder, 'x.webp')), result.toFile(join(folder, 'x.png'))])
    await result.toFile(join(folder, 'x.avif'))
    expect(Buffer.from(await result.image.bytes()).equals(await readFile(join(folder, 'x.png')))).toBe(true)
    expect((await sharp(join(folder, 'x.avif')).metadata()).format).toBe('heif')
  })

  it('refuses what the result cannot be, and places that cannot be written', async () => {
    expect(await cutout().toFile(join(folder, 'x.psd')).catch(code)).toBe('INVALID_OPTIONS')
    expect(await cutout().toFile(join(folder, 'x.jpg')).catch(code)).toBe('INVALID_OPTIONS')
    expect(await cutout('jpeg', 3).toFile(join(folder, 'x.jpg'))).toBeUndefined()
    expect(await cutout().toFile(folder).catch(code)).toBe('OUTPUT_UNWRITABLE')
    await expect(cutout().toFile(join(folder, 'x.xyz'))).rejects.toMatchObject({
      code: 'INVALID_OPTIONS',
      message: expect.stringMatching(/png, webp, .*x\.xyz/),
    })
    expect(await readdir(folder)).not.toContain('x.xyz')
  })
})

describe('raw', () => {
  it('gives a copy of the pixels, before the file and after it', async () => {
    const { image } = cutout()
    const first = await image.raw()
    expect(first).toEqual({ data: rgba, width: 6, height: 5, channels: 4 })
    first.data.fill(0)
    await image.bytes()
    expect((await image.raw()).data).toEqual(rgba)
  })
})
