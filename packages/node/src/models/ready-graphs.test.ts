// Graphs that lie ready in a model pack: made by `packGraphs`, run from where they lie, the base of graphs for other processors.

import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findModel, isKoutuError, type Options, resolve } from '@koutu/core'
import * as fp16 from '@koutu/model-isnet-fp16'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TrialResult } from '../engine/messages.ts'
import { joinWeights } from '../graph/external-data.ts'
import { lowerWeights } from '../graph/lower-weights.ts'
import { toPlainForm } from '../graph/node-form.ts'
import { decodeModel, encodeModel, type ModelProto } from '../graph/onnx.ts'
import { createModelLocator } from './locator.ts'
import type { ReadyGraph } from './pack.ts'
import { packGraphs } from './pack-graphs.ts'
import { findRecipe } from './recipes.ts'
import { createModelStore } from './store.ts'

const FASTER: TrialResult = { saturates: false, int8Ms: 1, fp32Ms: 3 }
const SLOWER: TrialResult = { ...FASTER, int8Ms: 9 }
const SATURATING: TrialResult = { ...FASTER, saturates: true }
const MODEL = findModel('isnet-general-use')

let folder = ''
let weights = ''
let ready: readonly ReadyGraph[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-ready-'))
  weights = join(folder, 'weights')
  const store = createModelStore({ cacheDir: join(folder, 'builder'), offline: true, importPack: async () => fp16 })
  await packGraphs({ store, manifest: MODEL, folder: weights })
  const index = JSON.parse(await readFile(join(weights, 'index.json'), 'utf8')) as readonly ReadyGraph[]
  const placed = (file: ReadyGraph['graph']) => ({ ...file, path: join(weights, file.path) })
  ready = index.map(({ key, graph, data }) => ({ key, graph: placed(graph), data: placed(data) }))
})
afterAll(() => rm(folder, { recursive: true }))

/** As npm installs it by default: graphs alone. */
async function importPack(name: string): Promise<unknown> {
  if (name === '@koutu/model-isnet') return { sha256: fp16.sha256, ready: () => ready }
  throw Object.assign(new Error(`Cannot find package ${name}`), { code: 'ERR_MODULE_NOT_FOUND' })
}

const openStore = (cache: string) => createModelStore({ cacheDir: join(folder, cache), offline: true, importPack })

async function located(cache: string, options: Options, trial: TrialResult) {
  const locate = createModelLocator({
    store: openStore(cache),
    trial: async () => trial,
    findRecipe: (id, sha256) => findRecipe(join(folder, cache), id, sha256),
  })
  return (await locate(resolve(options).subject, {})).file
}

/** As the quantizer wrote it. */
async function plainForm(path: string, dataPath: string): Promise<ModelProto> {
  const model = joinWeights(decodeModel(await readFile(path)), await readFile(dataPath))
  return toPlainForm(model, { width: 1024, height: 1024 })
}

const written = (cache: string) => readdir(join(folder, cache)).catch(() => [])

describe('ready graphs', () => {
  it('are one graph and its weights', async () => {
    expect((await readdir(weights)).sort()).toEqual(['index.json', 'int8.data', 'int8.onnx'])
    expect(ready).toHaveLength(1)
  })

  it('are taken as they are, for each quality, and nothing is written', async () => {
    const files = { path: join(weights, 'int8.onnx'), dataPath: join(weights, 'int8.data'), precision: 'int8' }
    expect(await located('empty', {}, FASTER)).toMatchObject({ ...files, input: { width: 1024, height: 1024 } })
    const fast = await located('empty', { quality: 'fast' }, FASTER)
    expect(fast).toMatchObject({ ...files, input: { width: 768, height: 768 } })
    expect(await written('empty')).toEqual([])
  })

  it('give processors without int8 dot products a graph in the cache', async () => {
    const first = await located('saturating', {}, SATURATING)
    expect(first.path).toContain(join(folder, 'saturating'))
    expect(await located('saturating', {}, SATURATING)).toEqual(first)
    const base = await plainForm(join(weights, 'int8.onnx'), join(weights, 'int8.data'))
    const lowered = Buffer.from(encodeModel(lowerWeights(base)))
    expect(lowered.equals(encodeModel(await plainForm(first.path, first.dataPath)))).toBe(true)
    const own = createModelStore({ cacheDir: join(folder, 'own'), offline: true, importPack: async () => fp16 })
    const locate = createModelLocator({
      store: own,
      trial: async () => SATURATING,
      findRecipe: (id, sha256) => findRecipe('', id, sha256),
    })
    const { file } = await locate(resolve({}).subject, {})
    // Whoever has the float weights gets the same graph with weights that were rounded once.
    const [once, twice] = [await readFile(file.dataPath), await readFile(first.dataPath)]
    expect(once.length).toBe(twice.length)
    expect(once.equals(twice)).toBe(false)
  })

  it('run where float would be faster but is not installed', async () => {
    expect(await located('slower', {}, SLOWER)).toMatchObject({ precision: 'int8' })
  })

  it('do not stand in for float that was asked for', async () => {
    const error = await located('float', { precision: 'fp32' }, FASTER).catch((caught: unknown) => caught)
    expect(isKoutuError(error) && [error.code, error.message]).toEqual([
      'MODEL_MISSING',
      expect.stringMatching(/run: npm install @koutu\/model-isnet-fp16, or: koutu models pull isnet-general-use$/),
    ])
  })

  it('are listed, verified, and missed when they are cut off', async () => {
    const store = openStore('listed')
    expect(await store.list([MODEL])).toMatchObject([{ state: 'ready', path: join(weights, 'int8.onnx') }])
    expect((await store.verify(MODEL)).map(({ state }) => state)).toEqual(['ok', 'ok'])
    await truncate(join(weights, 'int8.data'), 1000)
    expect((await store.verify(MODEL)).map(({ state }) => state)).toEqual(['ok', 'damaged'])
    await expect(located('cut', {}, FASTER)).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
      message: expect.stringContaining('install @koutu/model-isnet again'),
    })
  })
})
