import type { Raster } from '@koutu/core/pixels'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { writePng } from './png.ts'
import { storeRaster } from './stored-raster.ts'

const WITHOUT_KERNELS = { pool: null, reason: 'none in this test' }

it.each([
  [1, 8],
  [3, 8],
  [4, 8],
  [4, 16],
] as const)('%i channels of %i bits come back from another reader', async (channels, depth) => {
  // More rows than are read at a time, and a last strip that is not full.
  const [width, height] = [301, 6402]
  const data = new (depth === 8 ? Uint8Array : Uint16Array)(width * height * channels)
  for (let i = 0; i < data.length; i++) data[i] = (i * 2_654_435_761) >>> (i % 3 === 0 ? 8 : 20)
  const raster: Raster = { width, height, channels, alpha: channels === 4 ? 'straight' : 'none', data }
  const file = Buffer.from(await (await writePng(await storeRaster(raster), WITHOUT_KERNELS)).arrayBuffer())
  const read = sharp(file, { failOn: 'warning' }).toColourspace(
    depth === 16 ? 'rgb16' : channels === 1 ? 'b-w' : 'srgb',
  )
  const pixels = await read.raw({ depth: depth === 16 ? 'ushort' : 'uchar' }).toBuffer()
  expect(pixels.equals(new Uint8Array(data.buffer))).toBe(true)
})

it('stops between two strips', async () => {
  const raster: Raster = { width: 64, height: 64, channels: 3, alpha: 'none', data: new Uint8Array(64 * 64 * 3) }
  const writing = writePng(await storeRaster(raster), WITHOUT_KERNELS, [], AbortSignal.abort())
  await expect(writing).rejects.toMatchObject({ code: 'ABORTED' })
})
