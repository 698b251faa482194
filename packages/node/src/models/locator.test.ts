// Which graph is made for which wish, on which machine. The pack's weights are not needed: a tiny network stands in.

import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type Options, QuantizationRecipe, resolve } from '@koutu/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TrialResult } from '../engine/messages.ts'
import { InferenceSession, Tensor } from '../engine/onnxruntime.ts'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from '../graph/build.ts'
import { DATA_TYPE, decodeModel, encodeModel } from '../graph/onnx.ts'
import { createModelLocator } from './locator.ts'
import { createProcessorTrial } from './processor-trial.ts'
import { findRecipe, ownRecipePath, writeRecipe } from './recipes.ts'
import { createModelStore } from './store.ts'

const FASTER: TrialResult = { saturates: false, int8Ms: 1, fp32Ms: 3 }
const SLOWER: TrialResult = { saturates: false, int8Ms: 3, fp32Ms: 1 }
const SATURATING: TrialResult = { saturates: true, int8Ms: 1, fp32Ms: 3 }

let folder = ''
let cache = ''
let path = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-locator-'))
  cache = join(folder, 'cache')
  path = join(folder, 'tiny.onnx')
  const graph = makeGraph('tiny', {
    node: [
      makeNode('Conv', ['x', 'w'], ['c'], { pads: [1n, 1n, 1n, 1n] }),
      makeNode('Relu', ['c'], ['r']),
      makeNode('Conv', ['r', 'h'], ['l']),
      makeNode('Sigmoid', ['l'], ['y']),
    ],
    input: [makeValueInfo('x', DATA_TYPE.float32, [1, 3, 256, 256])],
    output: [makeValueInfo('y', DATA_TYPE.float32, [1, 1, 256, 256])],
    initializer: [
      makeTensor(
        'w',
        [8, 3, 3, 3],
        Float32Array.from({ length: 216 }, (_, i) => Math.sin(i)),
      ),
      makeTensor(
        'h',
        [1, 8, 1, 1],
        Float32Array.from({ length: 8 }, (_, i) => Math.cos(i)),
      ),
    ],
  })
  await writeFile(path, encodeModel(makeModel(graph, 15)))
})
afterAll(() => rm(folder, { recursive: true }))

const store = () => createModelStore({ cacheDir: cache, offline: true })

async function recipeFor(ranges: QuantizationRecipe['ranges'] = { x: [0, 1], r: [0, 9], l: [-9, 9] }) {
  const options = resolve({ model: path }).subject
  const locate = createModelLocator({ store: store(), trial: async () => SLOWER, findRecipe: async () => null })
  await locate(options, {})
  return (_: string, sha256: string) =>
    Promise.resolve(
      QuantizationRecipe.parse({
        version: 1,
        model: 'tiny',
        sha256,
        made: { command: 'by hand', method: 'by hand', pictures: 1 },
        ranges,
        float: [],
      }),
    )
}

async function located(options: Options, trial: TrialResult, recipe = recipeFor()) {
  const locate = createModelLocator({ store: store(), trial: async () => trial, findRecipe: await recipe })
  const { file, warnings } = await locate(
    resolve({ model: path, modelMean: [0, 0, 0], modelStd: [1, 1, 1], modelOutput: 'prob', ...options }).subject,
    {},
  )
  const graph = decodeModel(await readFile(file.path)).graph!
  return { precision: file.precision, path: file.path, graph, warnings: warnings.map(({ code }) => code) }
}

const isInteger = ({ graph }: Awaited<ReturnType<typeof located>>) =>
  graph.node.some(({ opType }) => opType === 'QLinearConv')
const largestWeight = ({ graph }: Awaited<ReturnType<typeof located>>) => {
  const tensor = graph.initializer.find(
    ({ name, dataType }) => name?.endsWith('/weights') && dataType === DATA_TYPE.int8,
  )!
  return Math.max(...Int8Array.from(tensor.rawData as Uint8Array).map(Math.abs))
}

describe('precision', () => {
  it('auto is int8 where the machine gains by it, and fp32 where it does not', async () => {
    const fast = await located({}, FASTER)
    expect([fast.precision, isInteger(fast), fast.warnings]).toEqual(['int8', true, []])
    const slow = await located({}, SLOWER)
    expect([slow.precision, isInteger(slow), slow.warnings]).toEqual(['fp32', false, []])
  })

  it('is as asked, whatever the machine', async () => {
    expect((await located({ precision: 'int8' }, SLOWER)).precision).toBe('int8')
    expect((await located({ precision: 'fp32' }, FASTER)).precision).toBe('fp32')
  })

  it('int8 without a recipe is fp32, and says so when it was asked for', async () => {
    const none = Promise.resolve(async () => null)
    expect(await located({ precision: 'int8' }, FASTER, none as never)).toMatchObject({
      precision: 'fp32',
      warnings: ['precision-unavailable'],
    })
    expect(await located({}, FASTER, none as never)).toMatchObject({ precision: 'fp32', warnings: [] })
  })

  it('takes smaller weights where products of large ones overflow', async () => {
    expect(largestWeight(await located({}, FASTER))).toBe(127)
    expect(largestWeight(await located({}, SATURATING))).toBe(63)
  })

  it('keeps each graph under a name that contains all it depends on', async () => {
    const paths = new Set([
      (await located({}, FASTER)).path,
      (await located({}, SATURATING)).path,
      (await located({}, SLOWER)).path,
      (await located({}, FASTER, recipeFor({ x: [0, 1], r: [0, 5], l: [-9, 9] }))).path,
    ])
    expect(paths.size).toBe(4)
    expect(paths).toContain((await located({}, FASTER)).path)
  })

  it('feeds 8-bit pixels to the network only where its mean is a whole level', async () => {
    const type = (result: Awaited<ReturnType<typeof located>>) => result.graph.input[0]!.type!.tensorType!.elemType
    expect(type(await located({}, FASTER))).toBe(DATA_TYPE.uint8)
    expect(type(await located({ modelMean: [0.5, 0.5, 0.5] }, FASTER))).toBe(DATA_TYPE.float32)
    expect(type(await located({ modelStd: [1, 1, 0.5] }, FASTER))).toBe(DATA_TYPE.float32)
  })
})

describe('large weights', () => {
  it.each([
    ['int8', FASTER, 1],
    ['fp32', SLOWER, 4],
  ] as const)('lie in the data file beside the graph, in %s', async (precision, trial, width) => {
    const wide = join(folder, 'wide.onnx')
    const graph = makeGraph('wide', {
      node: [
        makeNode('Conv', ['x', 'w'], ['c']),
        makeNode('Relu', ['c'], ['r']),
        makeNode('Conv', ['r', 'm'], ['n']),
        makeNode('Relu', ['n'], ['s']),
        makeNode('Conv', ['s', 'h'], ['l']),
        makeNode('Sigmoid', ['l'], ['y']),
      ],
      input: [makeValueInfo('x', DATA_TYPE.float32, [1, 3, 256, 256])],
      output: [makeValueInfo('y', DATA_TYPE.float32, [1, 1, 256, 256])],
      initializer: [
        makeTensor('w', [256, 3, 1, 1], new Float32Array(768).fill(1)),
        makeTensor(
          'm',
          [320, 256, 1, 1],
          Float32Array.from({ length: 320 * 256 }, (_, i) => Math.sin(i)),
        ),
        makeTensor('h', [1, 320, 1, 1], new Float32Array(320).fill(1)),
      ],
    })
    await writeFile(wide, encodeModel(makeModel(graph, 15)))
    const recipe = async (model: string, sha256: string) => ({
      ...(await (
        await recipeFor({ x: [0, 1], r: [0, 9], s: [0, 9], l: [-9, 9] })
      )(model, sha256)),
      model: 'wide',
    })
    const locate = createModelLocator({ store: store(), trial: async () => trial, findRecipe: recipe })
    const options: Options = { model: wide, modelMean: [0, 0, 0], modelStd: [1, 1, 1], modelOutput: 'prob' }
    const { file } = await locate(resolve(options).subject, {})
    expect(file.precision).toBe(precision)
    expect(dirname(file.dataPath)).toBe(dirname(file.path))
    const apart = decodeModel(await readFile(file.path)).graph!.initializer.filter(
      ({ dataLocation }) => dataLocation === 1,
    )
    expect(apart.map(({ externalData }) => externalData.map(({ value }) => value))).toEqual([
      [basename(file.dataPath), '0', String(320 * 256 * width)],
    ])
    expect((await stat(file.dataPath)).size).toBe(320 * 256 * width)
  })
})

/** What the graph answers to an image of so many pixels a side. */
async function outputDims(graph: string, side: number): Promise<readonly number[]> {
  const session = await InferenceSession.create(graph, { graphOptimizationLevel: 'disabled', logSeverityLevel: 3 })
  const [input] = session.inputMetadata
  const isPixels = input?.isTensor && input.type === 'uint8'
  const tensor = isPixels
    ? new Tensor('uint8', new Uint8Array(side * side * 3), [1, side, side, 3])
    : new Tensor('float32', new Float32Array(side * side * 3), [1, 3, side, side])
  const answers = await session.run({ [session.inputNames[0]!]: tensor })
  return answers[session.outputNames[0]!]!.dims
}

describe('quality fast', () => {
  const sideOf = async (options: Options, trial: TrialResult, recipe = recipeFor()) => {
    const locate = createModelLocator({ store: store(), trial: async () => trial, findRecipe: await recipe })
    const { file } = await locate(resolve({ model: path, modelOutput: 'prob', ...options }).subject, {})
    expect(await outputDims(file.path, file.input.width!)).toEqual([1, 1, file.input.width, file.input.width])
    return file.input.width
  }

  it('shows the network three quarters of its size, in either precision', async () => {
    expect(await sideOf({ quality: 'fast' }, FASTER)).toBe(192)
    expect(await sideOf({ quality: 'fast' }, SLOWER)).toBe(192)
    expect(await sideOf({ quality: 'balanced' }, FASTER)).toBe(256)
  })

  it('shows it to the same graph in int8, which is loaded already, and to one of its own in float', async () => {
    const pathOf = async (quality: 'fast' | 'balanced', trial: TrialResult) => (await located({ quality }, trial)).path
    expect(await pathOf('fast', FASTER)).toBe(await pathOf('balanced', FASTER))
    expect(await pathOf('fast', SLOWER)).not.toBe(await pathOf('balanced', SLOWER))
  })

  it('leaves alone a network of which no recipe says that it takes any size', async () => {
    expect(await sideOf({ quality: 'fast' }, FASTER, Promise.resolve(async () => null) as never)).toBe(256)
  })
})

describe('recipes', () => {
  it("a user's own comes before the one shipped, and only for its file", async () => {
    const recipe = await (await recipeFor())('', 'a'.repeat(64))
    await writeRecipe(ownRecipePath(cache, recipe.sha256), recipe)
    expect(await findRecipe(cache, 'tiny', recipe.sha256)).toEqual(recipe)
    expect(await findRecipe(cache, 'tiny', 'b'.repeat(64))).toBeNull()
  })

  it('of the default model is here and whole', async () => {
    const sha256 = 'b6e8497ba978a6f5fbb647e419d2696cd80df5a23cb6a8ea532021911bd76acb'
    const recipe = await findRecipe(cache, 'isnet-general-use', sha256)
    expect(Object.keys(recipe!.ranges).length).toBeGreaterThan(150)
  })

  it('that cannot be read is MODEL_INVALID', async () => {
    const place = ownRecipePath(cache, 'c'.repeat(64))
    await writeFile(place, '{"version":2}')
    await expect(findRecipe(cache, 'tiny', 'c'.repeat(64))).rejects.toMatchObject({ code: 'MODEL_INVALID' })
  })
})

describe('a trial', () => {
  it('runs once for a machine, is shared by calls at the same time, and is remembered', async () => {
    let runs = 0
    const run = async () => {
      runs++
      return FASTER
    }
    const cacheDir = join(folder, 'trial')
    const trial = createProcessorTrial({ cacheDir, run })
    expect(await Promise.all([trial(), trial()])).toEqual([FASTER, FASTER])
    expect(await createProcessorTrial({ cacheDir, run })()).toEqual(FASTER)
    expect(runs).toBe(1)
  })

  it('is of use although it cannot be remembered', async () => {
    const occupied = join(folder, 'a-file')
    await writeFile(occupied, '')
    expect(await createProcessorTrial({ cacheDir: occupied, run: async () => SLOWER })()).toEqual(SLOWER)
  })

  it('that failed is tried again', async () => {
    let runs = 0
    const run = async () => {
      if (runs++ === 0) throw new Error('no')
      return SLOWER
    }
    const trial = createProcessorTrial({ cacheDir: join(folder, 'again'), run })
    await expect(trial()).rejects.toThrow('no')
    expect(await trial()).toEqual(SLOWER)
  })
})
