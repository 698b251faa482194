// Every kernel against core's function of the same name, on drawn scenes and on noise of odd sizes.

import {
  type MatteKernels,
  type MatteQuality,
  type Plane,
  type Raster,
  resizePlane,
  typescriptKernels,
} from '@koutu/core'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { discScene, hairScene, motionScene, random } from '../../../core/src/matting/scenes.fixture.ts'
import { createKernels } from './load.ts'

let kernels: MatteKernels
beforeAll(async () => {
  kernels = await createKernels()
  // Otherwise core would be compared with itself.
  expect(kernels.warnings).toBeUndefined()
})

/** Values beside which a comparison turns: specks, softness, rounding to 8 bits. */
const EDGES = [0.05, 0.95, 1 / 510, 1 - 1 / 510, 0.5 / 255, 127.5 / 255].flatMap((value) => {
  const near = Math.fround(value)
  return [near, near * (1 - 2 ** -23), near * (1 + 2 ** -23)]
})

type Next = () => number

/** Ways to fill a plane: a value for each pixel, from a number in 0..1 that is drawn anew each time. */
const FILLS: Readonly<Record<string, (next: Next, x: number, y: number) => number>> = {
  clear: () => 0,
  opaque: () => 1,
  noise: (next) => next(),
  'hard noise': (next) => Math.round(next()),
  'rare specks': (next) => (next() < 0.03 ? 1 : 0),
  'rare holes': (next) => (next() < 0.03 ? 0 : 1),
  'soft rarely': (next) => (next() < 0.1 ? next() : next() < 0.5 ? 0 : 1),
  edges: (next) => EDGES[Math.floor(next() * EDGES.length)]!,
  blocks: (next, x, y) => (((x >> 2) + (y >> 2)) % 2) ^ (next() < 0.02 ? 1 : 0),
  ramp: (_, x, y) => Math.min(1, (x + y) / 50),
  stripes: (next, _, y) => [0, next(), 1][Math.floor(y / 150) % 3]!,
}

function planeOf(width: number, height: number, fill: string, seed: number): Plane {
  const next = random(seed)
  const valueAt = FILLS[fill]!
  const data = new Float32Array(width * height)
  for (let i = 0; i < data.length; i++) data[i] = valueAt(next, i % width, Math.floor(i / width))
  return { width, height, data }
}

function noisyPhoto({ width, height }: Plane, seed: number): Raster {
  const next = random(seed)
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i++) data[i] = 256 * next()
  return { width, height, channels: 3, alpha: 'none', data }
}

interface Scene {
  readonly alpha: Plane
  readonly photo: Raster
}

/** A scene in the top left corner of a plain square of that side: many pixels, few of them to solve. */
function onPlain({ alpha, photo }: Scene, side: number): Scene {
  const large = new Float32Array(side * side)
  const data = new Uint8Array(side * side * 3).fill(60)
  for (let y = 0; y < alpha.height; y++) {
    const row = y * alpha.width
    large.set(alpha.data.subarray(row, row + alpha.width), y * side)
    data.set(photo.data.subarray(row * 3, (row + alpha.width) * 3), y * side * 3)
  }
  return { alpha: { width: side, height: side, data: large }, photo: { ...photo, width: side, height: side, data } }
}

function noise(width: number, height: number, fill: string, seed: number): Scene {
  const alpha = planeOf(width, height, fill, seed)
  return { alpha, photo: noisyPhoto(alpha, seed + 1) }
}

const sizes = fc.oneof(
  fc.constantFrom([1, 1], [1, 7], [7, 1], [1, 70], [70, 1], [2, 2], [3, 5], [4, 4], [5, 4]),
  fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })),
)

const scenes: fc.Arbitrary<Scene> = fc
  .record({ size: sizes, fill: fc.constantFrom(...Object.keys(FILLS)), seed: fc.nat(1e6) })
  .map(({ size, fill, seed }) => noise(size[0]!, size[1]!, fill, seed))

/** More than a band of rows, wider than a band, and around sizes where the grid's cells grow. */
const LARGE = [
  [256, 256],
  [257, 256],
  [300, 419],
  [515, 510],
  [65_537, 1],
  [1, 65_537],
  [70_001, 3],
  [2605, 301],
] as const

const drawn: readonly (readonly [string, Scene])[] = [
  ['a disc', discScene()],
  ['hair', hairScene()],
  ['motion', motionScene()],
  ...LARGE.flatMap(([width, height]) =>
    ['soft rarely', 'stripes'].map((fill) => [`${width} x ${height}, ${fill}`, noise(width, height, fill, 1)] as const),
  ),
]

/** Compares, and looks whether the input is what it was. */
function forScenes(compare: (scene: Scene) => void): void {
  const check = (scene: Scene) => {
    const before = { alpha: scene.alpha.data.slice(), photo: scene.photo.data.slice() }
    compare(scene)
    expectSame(scene.alpha.data, before.alpha)
    expectSame(scene.photo.data, before.photo)
  }
  for (const [name, scene] of drawn) it(name, () => check(scene))
  it('noise of any size', () => {
    fc.assert(fc.property(scenes, check), { numRuns: 400 })
  })
}

type Numbers = Plane['data'] | Raster['data']

/** Bytes at once: a matcher's walk over millions of numbers would take minutes. */
function expectSame(actual: Numbers, expected: Numbers): void {
  expect(actual.constructor).toBe(expected.constructor)
  expect(bytesOf(actual).equals(bytesOf(expected))).toBe(true)
}

function bytesOf({ buffer, byteOffset, byteLength }: Numbers): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

function expectSameRaster({ data, ...rest }: Raster, { data: expected, ...others }: Raster): void {
  expect(rest).toEqual(others)
  expectSame(data, expected)
}

function largestDifference(actual: Numbers, expected: Numbers): number {
  let most = 0
  for (let i = 0; i < expected.length; i++) most = Math.max(most, Math.abs(actual[i]! - expected[i]!))
  return most
}

describe('removeSpecks is core’s', () => {
  for (const holes of ['keep', 'small', 'all'] as const) {
    describe(`holes: ${holes}`, () => {
      forScenes(({ alpha }) => {
        // No area, below and at single pixels, fractions, and what nothing reaches.
        for (const minAreaPx of alpha.data.length > 2000 ? [2, 12.5] : [0, 1, 1.5, 2, 12.5, 1e9]) {
          const actual = kernels.removeSpecks(alpha, { minAreaPx, holes })
          const expected = typescriptKernels.removeSpecks(alpha, { minAreaPx, holes })
          expect(actual === alpha).toBe(expected === alpha)
          expect([actual.width, actual.height]).toEqual([alpha.width, alpha.height])
          expectSame(actual.data, expected.data)
        }
      })
    })
  }
})

describe('surveyAlpha is core’s', () => {
  forScenes(({ alpha }) => {
    for (const threshold of [0, 0.05, 1]) {
      expect(kernels.surveyAlpha(alpha, threshold)).toEqual(typescriptKernels.surveyAlpha(alpha, threshold))
    }
  })
})

describe('estimateForeground is core’s, within 1 of 255', () => {
  forScenes(({ photo, alpha }) => {
    const { data, ...rest } = kernels.estimateForeground(photo, alpha)
    const { data: expected, ...others } = typescriptKernels.estimateForeground(photo, alpha)
    expect(rest).toEqual(others)
    expect(data.length).toBe(expected.length)
    expect(largestDifference(data, expected)).toBeLessThanOrEqual(1)
    const own = { ...photo, data: photo.data.slice() }
    expect(kernels.estimateForeground(own, alpha, { canOverwrite: true }).data).toBe(own.data)
    expect(own.data).toEqual(data)
  })
})

describe('refineAlpha is core’s, within 1e-6', () => {
  function expectSameAlpha({ alpha, photo }: Scene, quality: MatteQuality, side = 64): void {
    const coarse = resizePlane(alpha, side, side + 7)
    const actual = kernels.refineAlpha(coarse, photo, { quality })
    const expected = typescriptKernels.refineAlpha(coarse, photo, { quality })
    expect([actual.width, actual.height]).toEqual([expected.width, expected.height])
    expect(actual.data.length).toBe(expected.data.length)
    expect(largestDifference(actual.data, expected.data)).toBeLessThanOrEqual(1e-6)
  }

  // Larger than the working copy of 0.1 or 0.3 megapixels, and smaller; enlarged by the network and not.
  for (const [name, scene] of [
    ['a small disc', discScene()],
    ['small hair', hairScene()],
    ['a large disc', discScene(620)],
    ['a disc', discScene(460)],
    ['motion', motionScene(460)],
    ['noise', noise(501, 221, 'soft rarely', 1)],
    ['a strip of stripes', noise(221, 501, 'stripes', 1)],
  ] as const) {
    for (const quality of ['fast', 'balanced', 'best'] as const) {
      it(`${name}, ${quality}`, () => expectSameAlpha(scene, quality, 264))
    }
  }

  it('a disc in a corner of more than `best` works on', { timeout: 60_000 }, () =>
    expectSameAlpha(onPlain(discScene(300), 1460), 'best', 512),
  )
})

describe('decideRegions is core’s, and what refineAlpha decides itself', () => {
  // Colors that tell the doubtful half, colors that tell nothing, a color of its own, and nothing to decide.
  for (const [name, level] of [
    ['decided', (x: number) => (x < 50 ? 200 : 60)],
    ['open', () => 90],
    ['beside other colors', (x: number) => (x < 30 ? 200 : x < 90 ? 130 : 60)],
    ['sure', () => 90],
  ] as const) {
    it(name, () => {
      const size = { width: 150, height: 120 }
      const at = (value: (x: number) => number) => Float32Array.from({ length: 150 * 120 }, (_, i) => value(i % 150))
      const coarse: Plane = { ...size, data: at((x) => (name === 'sure' ? +(x < 75) : x < 30 ? 1 : x < 90 ? 0.4 : 0)) }
      const data = Uint8Array.from({ length: 150 * 120 * 3 }, (_, i) => level(Math.floor(i / 3) % 150) + (i % 7))
      const photo: Raster = { ...size, channels: 3, alpha: 'none', data }
      const options = { quality: 'balanced' } as const
      for (const own of [kernels, typescriptKernels]) {
        const regions = own.decideRegions(coarse, photo, options)
        expect(regions.decided === regions.grid).toBe(name === 'sure')
        expectSame(
          own.refineAlpha(coarse, photo, { ...options, regions }).data,
          own.refineAlpha(coarse, photo, options).data,
        )
        const core = typescriptKernels.decideRegions(coarse, photo, options)
        expect(largestDifference(regions.decided.data, core.decided.data)).toBeLessThanOrEqual(1e-6)
        expect(largestDifference(regions.flatness.data, core.flatness.data)).toBeLessThanOrEqual(1e-6)
      }
    })
  }
})

describe('what the kernels are not made for goes to core', () => {
  it('16 bits', () => {
    const { photo, alpha } = hairScene()
    const wide: Raster = { ...photo, data: Uint16Array.from(photo.data, (value) => value * 257) }
    expectSameRaster(kernels.estimateForeground(wide, alpha), typescriptKernels.estimateForeground(wide, alpha))
  })

  it('four channels', () => {
    const { photo, alpha } = hairScene()
    const four: Raster = { ...photo, channels: 4, data: new Uint8Array(photo.width * photo.height * 4).fill(90) }
    expectSameRaster(kernels.estimateForeground(four, alpha), typescriptKernels.estimateForeground(four, alpha))
  })
})
