// Alpha in place of an engine: kept as it is, scaled where it must be, refused where it belongs to another image. Engines that are
// asked fail these tests.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { KoutuError } from '../errors/koutu-error.ts'
import type { Options } from '../options/options.ts'
import { resolve } from '../options/resolve.ts'
import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import type { Codec, Picture } from '../ports/ports.ts'
import { alphaFinder, alphaOf } from './given-alpha.ts'
import { photoOf } from './photo.fixture.ts'
import { cutout, type PipelineDeps } from './pipeline.ts'

const WIDTH = 12
const HEIGHT = 8
const EXACT = { speckArea: { value: 0, unit: 'px' } } as const

const color: Raster = {
  width: WIDTH,
  height: HEIGHT,
  channels: 3,
  alpha: 'none',
  data: Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 37) % 256),
}
const photo = photoOf(color)

function apply(alpha: Plane, options: Options = {}, picture: Partial<Picture> = {}) {
  const unused = () => Promise.reject(new Error('not to be asked'))
  const codec: Codec = {
    id: 'fake',
    decode: async () => ({ ...photo, ...picture }),
    encode: unused,
    cover: unused,
    blur: unused,
  }
  const deps: PipelineDeps = {
    codec,
    engine: () => {
      throw new Error('not to be asked')
    },
    finder: alphaFinder(async () => alpha),
    source: { read: unused },
    clock: { nowMs: () => 0 },
  }
  return cutout(async () => Uint8Array.of(1), resolve({ ...EXACT, ...options }), deps)
}

const planeOf = (values: readonly number[]): Plane => ({
  width: WIDTH,
  height: HEIGHT,
  data: Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => values[i % values.length]!),
})

describe('alpha that is given', () => {
  it('is the result of any image, sample by sample, and stays the caller’s', async () => {
    const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 96 })
    await fc.assert(
      fc.asyncProperty(values, async (drawn) => {
        const given = planeOf(drawn)
        const { alpha, coarse, report } = await apply(given)
        expect(alpha.data).toEqual(given.data)
        expect(alpha.data).not.toBe(given.data)
        expect([coarse, report.engine, report.model, report.precision]).toEqual([null, 'none', 'none', 'none'])
      }),
      { numRuns: 50 },
    )
  })

  it('never shows what the image itself hides', async () => {
    const own = planeOf([1, 0.5, 0])
    const { alpha } = await apply(planeOf([0.5]), {}, { alpha: own })
    expect([...alpha.data.subarray(0, 3)]).toEqual([0.5, 0.25, 0])
  })

  it('is scaled from another size, which is a warning', async () => {
    const half: Plane = {
      width: WIDTH / 2,
      height: HEIGHT / 2,
      data: new Float32Array((WIDTH * HEIGHT) / 4).fill(0.25),
    }
    const { alpha, report } = await apply(half)
    expect([alpha.width, alpha.height]).toEqual([WIDTH, HEIGHT])
    for (const value of alpha.data) expect(value).toBeCloseTo(0.25, 6)
    expect(report.warnings.map(({ code }) => code)).toContain('alpha-resampled')
    expect((await apply(planeOf([1]))).report.warnings).toEqual([])
  })

  it.each([
    ['of another aspect ratio', createPlane(HEIGHT, WIDTH), `aspect ratio of ${WIDTH} x ${HEIGHT}`],
    ['in levels', planeOf([255]), 'from 0 to 1 but received 255'],
    ['that is no number', planeOf([Number.NaN]), 'received NaN'],
  ])('is refused: %s', async (_, alpha, message) => {
    const error = (await apply(alpha).catch((reason) => reason)) as KoutuError
    expect([error.code, error.message]).toEqual(['INVALID_OPTIONS', expect.stringContaining(message)])
  })

  it('counts inside of the region of interest only', async () => {
    const roi = { left: 3, top: 2, width: 4, height: 3, unit: 'px' } as const
    const given = planeOf(Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % 10) / 10))
    const { alpha } = await apply(given, { roi })
    for (const [i, value] of alpha.data.entries()) {
      const [x, y] = [i % WIDTH, Math.floor(i / WIDTH)]
      expect(value).toBe(x >= 3 && x < 7 && y >= 2 && y < 5 ? given.data[i] : 0)
    }
  })
})

describe('the alpha that an image shows', () => {
  it('is its own where it has any, else its brightness, with 8 or 16 bits', () => {
    const own = planeOf([0.3])
    expect(alphaOf({ ...photo, alpha: own })).toBe(own)
    const gray = (data: Uint8Array | Uint16Array): Picture => ({
      ...photo,
      width: 2,
      height: 1,
      color: { width: 2, height: 1, channels: 3, alpha: 'none', data },
    })
    expect([...alphaOf(gray(Uint8Array.of(255, 255, 255, 51, 51, 51))).data]).toEqual([1, Math.fround(0.2)])
    expect([...alphaOf(gray(Uint16Array.of(65535, 65535, 65535, 257, 257, 257))).data]).toEqual([
      1,
      Math.fround(1 / 255),
    ])
  })
})
