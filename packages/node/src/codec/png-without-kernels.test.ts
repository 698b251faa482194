// PNG files written where the kernels cannot be loaded.

import type { Raster } from '@koutu/core'
import sharp from 'sharp'
import { expect, it, vi } from 'vitest'
import { writePng } from './png.ts'

vi.mock('../kernels/load.ts', async (original) => ({
  ...(await original<object>()),
  loadKernels: async () => ({ pool: null, reason: 'ENOENT' }),
}))

/** A gradient over several strips of rows. */
function gradient(data: Uint8Array | Uint16Array, width: number, height: number): Raster {
  for (let i = 0; i < data.length; i++) data[i] = (i % (width * 4)) + Math.floor(i / width) * 3
  return { width, height, channels: 4, alpha: 'straight', data }
}

it.each(['deflate', 'stored'] as const)('%s: the same pixels come back', async (compression) => {
  const [width, height] = [301, 700]
  const samples = width * height * 4
  for (const data of [new Uint8Array(samples), new Uint16Array(samples)]) {
    const raster = gradient(data, width, height)
    const file = await writePng(raster, { icc: null, exif: null, xmp: null }, compression, undefined)
    const depth = data instanceof Uint16Array ? 'ushort' : 'uchar'
    const read = await sharp(file, { failOn: 'warning' })
      .toColourspace(depth === 'ushort' ? 'rgb16' : 'srgb')
      .raw({ depth })
      .toBuffer()
    expect(read.equals(new Uint8Array(data.buffer))).toBe(true)
  }
})
