import { describe, expect, it } from 'vitest'
import { resolveOptions } from '../options/resolve.ts'
import type { Raster } from '../pixels/raster.ts'
import type { Engine, Picture } from '../ports/ports.ts'
import { segmentPicture } from './segment.ts'

/** 3 x 2, the red channel counts the pixels. */
const srgb: Raster = {
  width: 3,
  height: 2,
  channels: 3,
  alpha: 'none',
  data: Uint8Array.from({ length: 18 }, (_, i) => (i % 3 === 0 ? i / 3 : 9)),
}
const picture: Picture = {
  width: 3,
  height: 2,
  color: srgb,
  srgb,
  alpha: null,
  format: 'png',
  icc: null,
  metadata: { exif: null, xmp: null },
  warnings: [],
}

/** Says of each pixel its red value divided by 10, and `lean` more at the left border of what it is shown. */
function engine(produces: Engine['produces'], lean = 0): Engine & { readonly seen: number[][] } {
  const seen: number[][] = []
  return {
    specVersion: 1,
    id: 'fake',
    produces,
    seen,
    warm: async () => {},
    segment: async ({ srgb }) => {
      const red = [...srgb.data].filter((_, i) => i % 3 === 0)
      seen.push(red)
      const data = Float32Array.from(red, (value, i) => value / 10 + (i % 3 === 0 ? lean : 0))
      const alpha = { width: 3, height: 2, data }
      return { alpha, foreground: null, model: 'm', precision: 'p', timingsMs: { infer: 5 }, warnings: [] }
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

describe('segmentPicture', () => {
  it('asks once, unless the best quality is wanted', async () => {
    for (const quality of ['fast', 'balanced'] as const) {
      const one = engine('alpha')
      const { timingsMs } = await segmentPicture(one, picture, resolveOptions({ quality }), {})
      expect([one.seen.length, timingsMs.infer]).toEqual([1, 5])
    }
  })

  it('asks about the mirror image too, and lays the answers upon each other', async () => {
    const two = engine('alpha', 0.1)
    const { alpha, timingsMs } = await segmentPicture(two, picture, resolveOptions({ quality: 'best' }), {})
    expect(two.seen).toEqual([
      [0, 1, 2, 3, 4, 5],
      [2, 1, 0, 5, 4, 3],
    ])
    // Half of the lean at the left border from the first answer, half at the right from the second.
    const expected = [0.05, 0.1, 0.25, 0.35, 0.4, 0.55]
    alpha.data.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i]!, 6)
    })
    expect(timingsMs.infer).toBe(10)
    expect(srgb.data[0]).toBe(0)
  })

  it('never asks a service twice', async () => {
    const service = engine('cutout')
    await segmentPicture(service, picture, resolveOptions({ quality: 'best' }), {})
    expect(service.seen).toHaveLength(1)
  })
})
