// The image's own colors are overwritten with the foreground's where nothing else of a result needs them.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { discScene } from '../matting/scenes.fixture.ts'
import type { Options } from '../options/options.ts'
import { resolve } from '../options/resolve.ts'
import type { Raster, Size } from '../pixels/raster.ts'
import type { Codec, Engine, MatteKernels } from '../ports/ports.ts'
import { typescriptKernels } from './kernels.ts'
import { photoOf } from './photo.fixture.ts'
import { cutout } from './pipeline.ts'

const { photo, alpha } = discScene(40)

const codec: Codec = {
  id: 'fake',
  decode: async () => photoOf({ ...photo, data: photo.data.slice() }),
  encode: async () => new Uint8Array(),
  cover: async ({ data }: Raster, { width, height }: Size) => {
    const covered = Uint8Array.from({ length: width * height * 3 }, (_, i) => data[i % data.length]!)
    return { width, height, channels: 3, alpha: 'none', data: covered }
  },
  blur: async (raster) => ({ ...raster, data: raster.data.slice().reverse() }),
}

const engine: Engine = {
  specVersion: 1,
  id: 'onnx',
  produces: 'alpha',
  warm: async () => {},
  segment: async () => ({ alpha, foreground: null, model: '', precision: '', timingsMs: {}, warnings: [] }),
  [Symbol.asyncDispose]: async () => {},
}

/** The matte is the same every time, and not what is tested. */
const regions = typescriptKernels.decideRegions(alpha, photo, { quality: 'balanced' })
const matte = typescriptKernels.refineAlpha(alpha, photo, { quality: 'balanced', regions })
const overwriting: MatteKernels = {
  ...typescriptKernels,
  decideRegions: () => regions,
  refineAlpha: () => ({ ...matte, data: matte.data.slice() }),
}
const copying: MatteKernels = {
  ...overwriting,
  estimateForeground: (color, plane) => typescriptKernels.estimateForeground(color, plane),
}

async function resultOf(options: Options, kernels: MatteKernels) {
  const source = { read: async () => new Uint8Array() }
  const deps = { codec, engine: () => engine, source, clock: { nowMs: () => 0 }, kernels: async () => kernels }
  const { raster, alpha, encode } = await cutout(source.read, resolve(options), deps)
  return { raster, alpha, layers: encode.layers }
}

const anyOptions: fc.Arbitrary<Options> = fc
  .record({
    background: fc.constantFrom<NonNullable<Options['background']>>(
      { type: 'transparent' },
      { type: 'color', color: '#204060' },
      { type: 'blur' },
      { type: 'picture', source: 'other.jpg' },
    ),
    format: fc.constantFrom('png', 'psd', 'zip'),
    shadow: fc.constantFrom('none', 'drop', 'keep'),
    invert: fc.boolean(),
    crop: fc.boolean(),
    edgeShift: fc.constantFrom(0, 2),
    feather: fc.constantFrom(0, 1.5),
  })
  // The two do not go together.
  .map(({ shadow, ...options }) => (options.invert ? options : { ...options, shadow }))

it('which changes no result', async () => {
  await fc.assert(
    fc.asyncProperty(anyOptions, async (options) => {
      expect(await resultOf(options, overwriting)).toEqual(await resultOf(options, copying))
    }),
    { numRuns: 20 },
  )
})

it('and saves a copy', async () => {
  const given: Raster[] = []
  const made: Raster[] = []
  const kernels: MatteKernels = {
    ...overwriting,
    estimateForeground(color, ...rest) {
      given.push(color)
      made.push(typescriptKernels.estimateForeground(color, ...rest))
      return made.at(-1)!
    },
  }
  await resultOf({}, kernels)
  expect(made[0]!.data).toBe(given[0]!.data)
})
