// A matting network in its process: what it is fed, which files are none, and that an abort spoils nothing.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KoutuError, Refiners, TilePixels } from '@koutu/core'
import { buildTestModel, buildTestRefiner } from '@koutu/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRefinerLocator } from '../models/locator.ts'
import { createModelStore } from '../models/store.ts'
import { createOnnxRefiners } from './onnx-refiners.ts'

const SIZE = 16
let folder = ''
let path = ''
let refiners: Refiners

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-refiners-'))
  path = join(folder, 'tiny.onnx')
  await writeFile(path, buildTestRefiner(SIZE))
  const store = createModelStore({ cacheDir: join(folder, 'cache'), offline: true })
  refiners = createOnnxRefiners({ locate: createRefinerLocator(store), idleMs: 60_000 })
})
afterAll(async () => {
  await refiners[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

function tile(): TilePixels {
  const rgb = Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, i) => (i * 37) % 256)
  const trimap = Uint8Array.from({ length: SIZE * SIZE }, (_, i) => [0, 128, 255][i % 3]!)
  return { width: SIZE, height: SIZE, rgb, trimap }
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: KoutuError = await work.then(
    () => expect.fail('expected an error'),
    (reason) => reason,
  )
  return error.code
}

describe('a matting network', () => {
  it('is fed RGB and trimap in 0..1, and says its size and name', async () => {
    const refiner = await refiners.open(path, {})
    expect(refiner).toMatchObject({ model: 'tiny', tile: { width: SIZE, height: SIZE } })
    const { rgb, trimap, ...size } = tile()
    const alpha = await refiner.refine({ rgb, trimap, ...size }, {})
    expect(alpha).toMatchObject(size)
    alpha.data.forEach((value, i) => {
      const mean = (rgb[3 * i]! + rgb[3 * i + 1]! + rgb[3 * i + 2]!) / 3
      expect(value).toBeCloseTo((mean + trimap[i]!) / 2 / 255, 5)
    })
  })

  it('works again after an abort', async () => {
    const refiner = await refiners.open(path, {})
    expect(await codeOf(refiner.refine(tile(), { signal: AbortSignal.abort() }))).toBe('ABORTED')
    expect((await refiner.refine(tile(), {})).data.length).toBe(SIZE * SIZE)
  })

  it('is no file with three channels, no missing file, no model that finds subjects, and is pulled first', async () => {
    const finder = join(folder, 'finder.onnx')
    await writeFile(finder, buildTestModel({ kind: 'prob', size: SIZE }))
    expect(await codeOf(refiners.open(finder, {}))).toBe('MODEL_INVALID')
    expect(await codeOf(refiners.open(join(folder, 'none.onnx'), {}))).toBe('MODEL_MISSING')
    expect(await codeOf(refiners.open('isnet-general-use', {}))).toBe('MODEL_UNKNOWN')
    expect(await codeOf(refiners.open('vitmatte', {}))).toBe('MODEL_MISSING')
    expect(await codeOf(refiners.open('vitmatte-base-composition-1k', {}))).toBe('MODEL_MISSING')
  })
})
