// PNG files that were cut anywhere: what is left of them is a whole file with the rows that were there.

import type { PictureHeader } from '@koutu/core/formats'
import type { Picture } from '@koutu/core/ports'
import fc from 'fast-check'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { keepDamaged } from './damaged.ts'

const [WIDTH, HEIGHT] = [23, 40]
const samples = (count: number) => Uint8Array.from({ length: count }, (_, i) => (((i * 2_654_435_761) >>> 9) % 251) + 1)
const header = (bitDepth: number): PictureHeader => ({
  format: 'png',
  width: WIDTH,
  height: HEIGHT,
  frames: 1,
  bitDepth,
  hasAlpha: false,
  orientation: 1,
  blockPixels: 0,
})

/** As the browser's decoder would: here, sharp. */
async function decode(bytes: Uint8Array): Promise<Picture> {
  const { data, info } = await sharp(bytes, { failOn: 'warning' })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const color = {
    width: info.width,
    height: info.height,
    channels: 3,
    alpha: 'none',
    data: new Uint8Array(data),
  } as const
  const metadata = { exif: null, xmp: null }
  return { ...color, color, srgb: color, alpha: null, format: 'png', icc: null, metadata, warnings: [] } as Picture
}

describe.each([
  ['RGB', 8, () => sharp(samples(WIDTH * HEIGHT * 3), { raw: { width: WIDTH, height: HEIGHT, channels: 3 } }).png()],
  ['RGBA', 8, () => sharp(samples(WIDTH * HEIGHT * 4), { raw: { width: WIDTH, height: HEIGHT, channels: 4 } }).png()],
] as const)('%s', (_, bitDepth, make) => {
  it('keeps the rows that are there, and marks the others', async () => {
    const file = new Uint8Array(await make().toBuffer())
    const whole = await decode(file)
    let kept = 0
    await fc.assert(
      fc.asyncProperty(fc.nat(file.length - 13), async (length) => {
        const part = file.subarray(0, length)
        const error = new Error('cut')
        const picture = await keepDamaged(part, header(bitDepth), decode, error).catch((reason) => reason)
        if (picture instanceof Error) {
          expect(picture).toMatchObject({ code: 'IMAGE_CORRUPT', message: expect.stringContaining('damaged') })
          return
        }
        const { alpha, color, warnings } = picture as Picture
        expect(warnings.map(({ code }) => code)).toEqual(['damaged'])
        const rows = alpha ? alpha.data.indexOf(0) / WIDTH : HEIGHT
        expect(Number.isInteger(rows) && rows > 0).toBe(true)
        expect(alpha ? [...alpha.data.subarray(rows * WIDTH)].every((value) => value === 0) : true).toBe(true)
        const there = rows * WIDTH * 3
        expect([...color.data.subarray(0, there)]).toEqual([...whole.color.data.subarray(0, there)])
        kept = Math.max(kept, rows)
      }),
      { numRuns: 60 },
    )
    expect(kept).toBeGreaterThan(HEIGHT / 2)
  })
})
