// PNG files as other readers read them: libvips, and the small reader of the test package.

import { crc32 } from 'node:zlib'
import type { Raster } from '@koutu/core'
import { decodePng, matrixProfile, WIDE_SPACE } from '@koutu/testing'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { random } from '../../../core/src/matting/scenes.fixture.ts'
import { encodeRaster } from './encode.ts'
import { writePng } from './png.ts'

const NOTHING = { icc: null, exif: null, xmp: null }
const write = (raster: Raster, signal?: AbortSignal) => writePng(raster, NOTHING, 'deflate', signal)

/** Smooth with a little noise, partly clear: every filter and long runs. */
function draw(width: number, height: number, channels: Raster['channels'], depth: 8 | 16, seed = 1): Raster {
  const next = random(seed)
  const samples = width * height * channels
  const data = depth === 16 ? new Uint16Array(samples) : new Uint8Array(samples)
  const most = 2 ** depth - 1
  for (let i = 0; i < samples; i++) {
    const x = Math.floor(i / channels) % width
    const y = Math.floor(i / channels / width)
    const clear = (x >> 5) % 3 === 0 || (y >> 4) % 4 === 0
    data[i] = clear ? 0 : most * Math.abs(Math.sin((x + y * 0.7) / 40 + (i % channels))) * (0.97 + 0.03 * next())
  }
  return { width, height, channels, alpha: channels === 4 ? 'straight' : 'none', data }
}

async function expectReadable(file: Uint8Array, raster: Raster): Promise<void> {
  const { width, height, channels, data } = raster
  const deep = data instanceof Uint16Array
  const image = sharp(file, { limitInputPixels: false, failOn: 'warning' })
  const { format, depth } = await image.metadata()
  expect({ format, depth }).toEqual({ format: 'png', depth: deep ? 'ushort' : 'uchar' })
  const space = channels === 1 ? (deep ? 'grey16' : 'b-w') : deep ? 'rgb16' : 'srgb'
  const read = await image
    .toColourspace(space)
    .raw({ depth: deep ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true })
  expect(read.info).toMatchObject({ width, height, channels })
  expect(read.data.equals(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))).toBe(true)
  if (deep) return
  const other = decodePng(file)
  expect(other).toMatchObject({ width, height, channels })
  expect(Buffer.from(other.data).equals(data)).toBe(true)
}

interface Chunk {
  readonly type: string
  readonly body: Buffer
}

/** Every chunk of the file, its checksum compared. */
function chunksOf(file: Uint8Array): Chunk[] {
  const bytes = Buffer.from(file)
  expect(bytes.toString('latin1', 0, 8)).toBe('\x89PNG\r\n\x1a\n')
  const chunks: Chunk[] = []
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(bytes.subarray(at + 4, at + 8 + length)))
    chunks.push({ type: bytes.toString('latin1', at + 4, at + 8), body: bytes.subarray(at + 8, at + 8 + length) })
    at += length + 12
  }
  return chunks
}

const typesOf = (file: Uint8Array) => chunksOf(file).map(({ type }) => type)

const kinds = ([1, 3, 4] as const).flatMap((channels) => ([8, 16] as const).map((depth) => ({ channels, depth })))

describe.each(kinds)('a PNG of $channels channels of $depth bits', ({ channels, depth }) => {
  it.each([
    [1, 1],
    [1, 300],
    [300, 1],
    [17, 5],
    // Wider than a strip.
    [300_001, 2],
    // More strips than are worked on at once, the last of which is short.
    [1001, channels * depth > 24 ? 1013 : 4013],
  ])('of %i x %i pixels comes back as it was', async (width, height) => {
    const raster = draw(width, height, channels, depth)
    for (const compression of ['deflate', 'stored'] as const) {
      await expectReadable(await writePng(raster, NOTHING, compression, undefined), raster)
    }
  })

  it('of any size and content comes back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 90 }),
        fc.nat(1e6),
        fc.boolean(),
        async (width, height, seed, noise) => {
          const raster = draw(width, height, channels, depth, seed)
          const next = random(seed)
          if (noise) for (let i = 0; i < raster.data.length; i++) raster.data[i] = 65536 * next()
          await expectReadable(await write(raster), raster)
        },
      ),
      { numRuns: 40 },
    )
  })
})

it('takes a view of a larger buffer', async () => {
  for (const depth of [8, 16] as const) {
    const whole = draw(50, 40, 3, depth)
    const raster: Raster = { ...whole, height: 30, data: whole.data.subarray(50 * 3 * 10) }
    await expectReadable(await write(raster), raster)
  }
})

it('gives the same bytes whatever else the threads do', async () => {
  const raster = draw(1200, 900, 4, 8)
  const alone = Buffer.from(await write(raster))
  const together = await Promise.all(Array.from({ length: 5 }, () => write(raster)))
  for (const file of together) expect(alone.equals(file)).toBe(true)
})

it('owns all of its memory, which may be handed to another thread', async () => {
  const file = await write(draw(9, 9, 4, 8))
  expect(file.constructor).toBe(Uint8Array)
  expect(file.buffer.byteLength).toBe(file.length)
})

it('has an IDAT chunk for every strip and nothing that koutu does not know', async () => {
  expect(typesOf(await write(draw(40, 30, 4, 8)))).toEqual(['IHDR', 'IDAT', 'IEND'])
  const types = typesOf(await write(draw(1200, 900, 4, 8)))
  expect(types.length).toBeGreaterThan(10)
  expect(new Set(types.slice(1, -1))).toEqual(new Set(['IDAT']))
})

it('has profile, EXIF and XMP before the pixels, as they were given', async () => {
  const exif = Uint8Array.from({ length: 50 }, (_, i) => i)
  const xmp = new TextEncoder().encode('<x:xmpmeta xmlns:x="adobe:ns:meta/">抠图</x:xmpmeta>')
  const icc = matrixProfile(WIDE_SPACE)
  const raster = draw(20, 20, 3, 8)
  const file = await writePng(raster, { icc, exif, xmp }, 'deflate', undefined)
  const chunks = chunksOf(file)
  expect(chunks.map(({ type }) => type)).toEqual(['IHDR', 'iCCP', 'eXIf', 'iTXt', 'IDAT', 'IEND'])
  expect([...chunks[2]!.body]).toEqual([...exif])
  expect(chunks[3]!.body.subarray(-xmp.length).equals(xmp)).toBe(true)
  const read = await sharp(file).metadata()
  expect(read.icc!.equals(icc)).toBe(true)
  expect(read.xmp!.equals(xmp)).toBe(true)
  expect(decodePng(file).data).toEqual(raster.data)
})

it('stops between two strips', async () => {
  const raster = draw(2000, 1500, 4, 8)
  const controller = new AbortController()
  const stopped = write(raster, controller.signal)
  setImmediate(() => controller.abort())
  await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' })
  await expect(write(raster, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' })
})

it('refuses rows that a kernel could not hold', async () => {
  const width = 2 ** 25 + 1
  const wide: Raster = { width, height: 1, channels: 1, alpha: 'none', data: new Uint8Array(width) }
  const request = { format: 'png', lossyQuality: 90, icc: null, metadata: { exif: null, xmp: null } } as const
  await expect(encodeRaster(wide, request, {})).rejects.toMatchObject({ code: 'INVALID_OPTIONS' })
})
