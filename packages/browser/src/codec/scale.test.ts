// Scaling and blurring beside sharp, which does both for the library in Node.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type LoadedKernels, loadKernels } from '@koutu/core/kernels'
import type { Raster } from '@koutu/core/pixels'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { scaleRaster } from './scale.ts'
import { scaleTo } from './scale-to.ts'
import { blurRaster, coverRaster } from './transform.ts'

const KERNELS = join(import.meta.dirname, '../../../node/dist/kernels.wasm')

/** Waves with some grain: what photos are made of. */
function photo(width: number, height: number): Raster {
  let state = 1
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const [x, y] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width)]
    return 110 + 60 * Math.sin(x / 7 + (i % 3)) + 40 * Math.cos(y / 5 + x / 40) + (state >>> 29)
  })
  return { width, height, channels: 3, alpha: 'none', data }
}

const inSharp = ({ data, width, height }: Raster) => sharp(data, { raw: { width, height, channels: 3 } })

function difference(a: Raster, b: Uint8Array): { mean: number; worst: number } {
  let [sum, worst] = [0, 0]
  for (let i = 0; i < b.length; i++) {
    const off = Math.abs(a.data[i]! - b[i]!)
    sum += off
    worst = Math.max(worst, off)
  }
  expect(a.data.length).toBe(b.length)
  return { mean: sum / b.length, worst }
}

describe('scaleRaster', () => {
  it.each([
    [300, 200, 100, 100, 0.6],
    [97, 301, 64, 64, 0.6],
    [900, 500, 128, 128, 0.6],
  ])('%i x %i to %i x %i is what sharp makes of it', async (width, height, to, high, mostMean) => {
    const raster = photo(width, height)
    const expected = await inSharp(raster).resize(to, high, { fit: 'fill', kernel: 'lanczos3' }).raw().toBuffer()
    const { mean, worst } = difference(scaleRaster(raster, { width: to, height: high }, 'lanczos3'), expected)
    expect(mean).toBeLessThan(mostMean)
    expect(worst).toBeLessThanOrEqual(8)
  })

  it('leaves constants constant and sizes as they are', () => {
    const side = fc.integer({ min: 1, max: 40 })
    const kernel = fc.constantFrom('linear' as const, 'cubic' as const, 'lanczos3' as const)
    fc.assert(
      fc.property(side, side, side, side, kernel, (width, height, to, high, name) => {
        const flat: Raster = { ...photo(width, height), data: new Uint8Array(width * height * 3).fill(77) }
        expect(new Set(scaleRaster(flat, { width: to, height: high }, name).data)).toEqual(new Set([77]))
        const raster = photo(width, height)
        expect(scaleRaster(raster, { width, height }, name).data).toEqual(raster.data)
      }),
      { numRuns: 60 },
    )
  })
})

describe('scaleTo', () => {
  it.each([
    [40, 30, 128, 128],
    [99, 100, 100, 100],
    [5, 4, 300, 200],
  ])('%i x %i to %i x %i are the very samples of sharp', async (width, height, to, high) => {
    expect(await differenceOfScaled(width, height, to, high)).toEqual({ mean: 0, worst: 0 })
  })

  it.each([
    // One side grows, the other does not.
    [120, 90, 100, 100],
    [90, 120, 100, 100],
    [100, 70, 100, 96],
    [300, 200, 100, 100],
  ])('%i x %i to %i x %i is what sharp makes of it', async (width, height, to, high) => {
    const { mean, worst } = await differenceOfScaled(width, height, to, high)
    expect(mean).toBeLessThan(0.6)
    expect(worst).toBeLessThanOrEqual(8)
  })

  it('without the kernels, and of fewer pixels than splines take, has that size', async () => {
    const size = { width: 64, height: 48 }
    for (const [kernels, raster] of [
      [{ pool: null, reason: 'none' }, photo(40, 30)],
      [await kernelsOfNode(), photo(3, 30)],
    ] as const) {
      const { width, height, data } = scaleTo(kernels, raster, size)
      expect([width, height, data.length]).toEqual([64, 48, 64 * 48 * 3])
    }
  })
})

async function kernelsOfNode(): Promise<LoadedKernels> {
  const kernels = await loadKernels(
    () => readFile(KERNELS),
    () => () => {},
  )
  expect(kernels.pool).not.toBeNull()
  return kernels
}

async function differenceOfScaled(width: number, height: number, to: number, high: number) {
  const kernels = await kernelsOfNode()
  const raster = photo(width, height)
  const expected = await inSharp(raster).resize(to, high, { fit: 'fill', kernel: 'lanczos3' }).raw().toBuffer()
  return difference(scaleTo(kernels, raster, { width: to, height: high }), expected)
}

describe('backgrounds', () => {
  it('cover a canvas as sharp covers it', async () => {
    const raster = photo(200, 100)
    const expected = await inSharp(raster).resize(60, 60, { fit: 'cover', kernel: 'lanczos3' }).raw().toBuffer()
    expect(difference(coverRaster(raster, { width: 60, height: 60 }), expected).mean).toBeLessThan(1.5)
  })

  it.each([1.5, 12])('blurred with sigma %d are those that sharp blurs, and keep their mean', async (sigma) => {
    const raster = photo(160, 120)
    const expected = await inSharp(raster).blur({ sigma, minAmplitude: 0.001, precision: 'float' }).raw().toBuffer()
    const { mean } = difference(blurRaster(raster, sigma), expected)
    expect(mean).toBeLessThan(1.5)
    const flat: Raster = { ...raster, data: new Uint8Array(raster.data.length).fill(200) }
    expect(new Set(blurRaster(flat, sigma).data)).toEqual(new Set([200]))
  })
})
