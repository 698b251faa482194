// Networks of the served folder: which refiner a name means, what a session is fed, and devices that fail in the middle.

import type { KoutuError } from '@koutu/core/errors'
import { createPlane } from '@koutu/core/pixels'
import type { Ctx, Picture } from '@koutu/core/ports'
import { describe, expect, it } from 'vitest'
import type { AssetStore } from '../files/asset-store.ts'
import type { AssetModel } from '../files/manifest.ts'
import { type Choose, createLane, createTurn } from './lane.ts'
import type { Provider, ProviderName } from './provider.ts'
import type { Runtime } from './runtime.ts'
import { runtimeRunner } from './runtime-runner.ts'
import { chooseRefiner, openEdgeRefiner } from './web-refiner.ts'

const SIDE = 16
const file = (bytes: number) => ({ name: '', bytes, sha256: '' })
const model = (id: string, bytes = 4): AssetModel => ({
  id,
  precision: 'fp32',
  isFast: false,
  input: { width: SIDE, height: SIDE, fit: 'stretch', multiple: 1, mean: [0, 0, 0], std: [1, 1, 1] },
  output: { kind: 'prob', name: null },
  license: '',
  graph: file(1),
  weights: file(bytes),
  weightsName: '',
  weightsType: 'as-is',
})
const files = { read: async ({ bytes }) => new Uint8Array(bytes) } as Partial<AssetStore> as AssetStore

describe('the name of a matting network', () => {
  const refiners = [model('vitmatte-base', 9), model('vitmatte-small', 3), model('own', 1)]
  it('is that of one of the folder; vitmatte is the smallest of its family', () => {
    expect(chooseRefiner(refiners, 'own').id).toBe('own')
    expect(chooseRefiner(refiners, 'vitmatte-base').id).toBe('vitmatte-base')
    expect(chooseRefiner(refiners, 'vitmatte').id).toBe('vitmatte-small')
  })
  it('is an error that names what the folder holds, and the flag that adds one', () => {
    for (const [held, told] of [
      [refiners, 'vitmatte-base, vitmatte-small, own'],
      [undefined, 'none'],
    ] as const) {
      try {
        chooseRefiner(held, 'other')
        expect.fail('expected an error')
      } catch (error) {
        expect(error).toMatchObject({ code: 'MODEL_MISSING', message: expect.stringContaining(`(${told})`) })
        expect((error as KoutuError).message).toContain("'other'; koutu browser-assets adds one with --refiner")
      }
    }
  })
})

/** Answers 0.75 everywhere, until `fails` says otherwise. */
function providerOf(name: ProviderName, fed: unknown[], fails: () => boolean, value = 0.75): Provider {
  class Tensor {
    readonly data: Float32Array
    constructor(_: string, data: Float32Array, dims: number[]) {
      this.data = data
      fed.push({ name, data, dims })
    }
  }
  const session = {
    inputNames: ['pixel_values'],
    outputNames: ['alphas'],
    inputMetadata: [{ isTensor: true, type: 'float32' }],
    async run() {
      if (fails()) throw new Error('lost')
      const data = new Float32Array(SIDE * SIDE).fill(value)
      return { alphas: { type: 'float32', dims: [1, 1, SIDE, SIDE], getData: async () => data, dispose() {} } }
    },
    async release() {},
  }
  const runtime = { Tensor, InferenceSession: { create: async () => session } } as unknown as Runtime
  const warnings = name === 'wasm' ? [{ code: 'device-unavailable', message: 'lost' }] : []
  return { name, threads: 1, hasHalves: false, products: null, runner: runtimeRunner(name, runtime), warnings }
}

interface Fed {
  readonly name: string
  readonly data: Float32Array
  readonly dims: readonly number[]
}

async function refine(ctx: Ctx, fails: () => boolean) {
  const fed: Fed[] = []
  let current = providerOf('webgpu', fed, fails)
  const lane = createLane({
    provider: async () => current,
    async replace() {
      current = providerOf('wasm', fed, () => false)
      return current
    },
    files,
    inTurn: createTurn(),
  })
  const refiner = await openEdgeRefiner(model('own'), lane, ctx)
  const [width, height] = [40, 12]
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => i % 256)
  const srgb = { width, height, channels: 3 as const, alpha: 'none' as const, data }
  const seen = { width, height, srgb } as Partial<Picture> as Picture
  const solved = createPlane(width, height, 0.5)
  return { fed, ...(await refiner.refineEdges({ seen, hints: null }, solved, ctx)) }
}

it('a network that overflows in half precision runs on another device, in its own precision', async () => {
  const [halves, floats] = [{ ...model('own'), precision: 'fp16' as const }, model('own')]
  let current = providerOf('webgpu', [], () => false, Number.NaN)
  const lane = createLane({
    provider: async () => current,
    async replace(_, error) {
      expect(error).toMatchObject({ code: 'MODEL_INVALID', message: expect.stringContaining('overflowed') })
      current = providerOf('wasm', [], () => false)
      return current
    },
    files,
    inTurn: createTurn(),
  })
  const choose: Choose = ({ name }) => ({ model: name === 'webgpu' ? halves : floats, warnings: [] })
  const pixels = new Uint8Array(SIDE * SIDE * 3)
  const { result, model: ran } = await lane.run(choose, {}, (session) =>
    session.run(pixels, { width: SIDE, height: SIDE }),
  )
  expect([ran.precision, result.data[0]]).toEqual(['fp32', 0.75])
})

describe('a matting network of the folder', () => {
  it('is fed RGB and trimap in 0..1, tile by tile, and decides what is unknown', async () => {
    const { fed, alpha, warnings } = await refine({}, () => false)
    expect(fed.length).toBeGreaterThan(1)
    for (const { data, dims } of fed) {
      expect(dims).toEqual([1, 4, SIDE, SIDE])
      // Each sample of the image is one more than the one before.
      const [red, green] = [data[0]!, data[SIDE * SIDE]!].map((value) => Math.round(value * 255))
      expect(green).toBe((red! + 1) % 256)
      expect(data.subarray(3 * SIDE * SIDE).every((value) => value === Math.fround(128 / 255))).toBe(true)
    }
    expect(alpha!.data.every((value) => value === 0.75)).toBe(true)
    expect(warnings).toEqual([])
  })

  it('goes on elsewhere where its device is lost between two tiles, with a warning', async () => {
    let runs = 0
    const { fed, alpha, warnings } = await refine({}, () => ++runs > 1)
    expect(new Set(fed.map(({ name }) => name))).toEqual(new Set(['webgpu', 'wasm']))
    expect(alpha!.data.every((value) => value === 0.75)).toBe(true)
    expect(warnings.map(({ code }) => code)).toEqual(['device-unavailable'])
  })

  it('stops when it is aborted', async () => {
    const abort = new AbortController()
    const fails = () => {
      abort.abort()
      return false
    }
    await expect(refine({ signal: abort.signal }, fails)).rejects.toMatchObject({ code: 'ABORTED' })
  })
})
