// Images at the size of a network: the kernels against libvips alone.

import type { Picture } from '@koutu/core'
import fc from 'fast-check'
import sharp from 'sharp'
import { expect, it } from 'vitest'
import { random } from '../../../core/src/matting/scenes.fixture.ts'
import { scaleTo } from './scale-to.ts'

function noise(width: number, height: number, seed: number): Picture {
  const next = random(seed)
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i++) data[i] = 256 * next()
  const srgb = { width, height, channels: 3, alpha: 'none', data } as const
  const metadata = { exif: null, xmp: null }
  return { width, height, color: srgb, srgb, alpha: null, format: 'png', icc: null, metadata, warnings: [] }
}

async function libvips(
  { srgb: { data, width, height } }: Picture,
  toWidth: number,
  toHeight: number,
): Promise<Uint8Array> {
  return sharp(data, { raw: { width, height, channels: 3 } })
    .resize(toWidth, toHeight, { fit: 'fill', kernel: 'lanczos3' })
    .raw()
    .toBuffer()
}

const side = fc.integer({ min: 1, max: 200 })

/** Of what networks see, in 0..1: where an image is placed at exactly the middle between two weights, the last bit decides. */
const LARGEST_MEAN_DIFFERENCE = 2e-3

it('gives the samples of libvips, larger, smaller, or both', async () => {
  let exact = 0
  await fc.assert(
    fc.asyncProperty(side, side, side, side, fc.nat(), async (width, height, toWidth, toHeight, seed) => {
      const image = noise(width, height, seed)
      const scaled = await scaleTo(image, toWidth, toHeight)
      const expected = await libvips(image, toWidth, toHeight)
      expect(scaled.length).toBe(expected.length)
      const sum = expected.reduce((total, value, i) => total + Math.abs(value - scaled[i]!), 0)
      if (sum === 0) exact++
      expect(sum / expected.length / 255).toBeLessThan(LARGEST_MEAN_DIFFERENCE)
    }),
    { numRuns: 60 },
  )
  expect(exact).toBeGreaterThan(50)
})

it.each([
  [400, 267],
  [1200, 900],
  [972, 500],
  [1, 700],
  [1023, 1024],
])('gives them at the size of a usual network, from %i x %i', async (width, height) => {
  const image = noise(width, height, width)
  expect(Buffer.compare(await scaleTo(image, 1024, 1024), await libvips(image, 1024, 1024))).toBe(0)
})
