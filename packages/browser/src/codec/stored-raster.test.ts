import type { Raster } from '@koutu/core/pixels'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { loadRows, loadStrips, storeRaster } from './stored-raster.ts'

const rasterOf = (width: number, height: number, channels: 1 | 3 | 4, isDeep: boolean): Raster => {
  const data = new (isDeep ? Uint16Array : Uint8Array)(width * height * channels)
  for (let i = 0; i < data.length; i++) data[i] = Math.imul(i, 2_654_435_761) >>> 9
  return { width, height, channels, alpha: channels === 4 ? 'straight' : 'none', data }
}

const side = fc.integer({ min: 1, max: 40 })
const anyRaster = fc.tuple(side, side, fc.constantFrom(1, 3, 4), fc.boolean())

it('gives back what was stored', async () => {
  await fc.assert(
    fc.asyncProperty(anyRaster, async (given) => {
      const raster = rasterOf(...given)
      expect(await loadRows(await storeRaster(raster))).toEqual(raster)
    }),
    { numRuns: 50 },
  )
})

it('gives strips of so many rows that make up the image, however much is read at a time', async () => {
  await fc.assert(
    fc.asyncProperty(anyRaster, side, async (given, stripRows) => {
      const raster = rasterOf(...given)
      await expectStrips(raster, stripRows)
    }),
    { numRuns: 50 },
  )
  // Several parts.
  await expectStrips(rasterOf(1000, 2400, 4, false), 7)
  await expectStrips(rasterOf(1000, 900, 4, true), 2000)
})

async function expectStrips(raster: Raster, stripRows: number): Promise<void> {
  const { height, data } = raster
  let next = 0
  const samples: (Uint8Array | Uint16Array)[] = []
  for await (const { top, strip } of loadStrips(await storeRaster(raster), stripRows)) {
    expect([top, strip.height]).toEqual([next, Math.min(stripRows, height - next)])
    expect(strip.data.length).toBe(strip.height * raster.width * raster.channels)
    samples.push(strip.data.slice())
    next += strip.height
  }
  expect(next).toBe(height)
  const joined = data.slice().fill(0)
  let at = 0
  for (const one of samples) {
    joined.set(one, at)
    at += one.length
  }
  expect(Buffer.compare(bytesOf(joined), bytesOf(data))).toBe(0)
}

const bytesOf = ({ buffer }: Raster['data']) => new Uint8Array(buffer)
