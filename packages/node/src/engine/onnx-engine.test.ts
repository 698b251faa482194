import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, type EngineRequest, isKoutuError, type Options, resolve, type Size } from '@koutu/core'
import {
  buildTestModel,
  type ChannelUser,
  channelContract,
  contractRamp,
  engineContract,
  type TestModelOptions,
} from '@koutu/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from '../graph/build.ts'
import { DATA_TYPE, encodeModel } from '../graph/onnx.ts'
import { createModelLocator } from '../models/locator.ts'
import { createModelStore } from '../models/store.ts'
import {
  clientOf,
  inferenceThreads,
  type StartedInference,
  startInference,
  startOnGuess,
  tryProcessor,
} from './inference-client.ts'
import { createLane } from './lane.ts'
import { rememberLoad } from './last-load.ts'
import { borrowInference, lendInference } from './lent-inference.ts'
import type { Load, ModelFile } from './messages.ts'
import { createOnnxEngine, type OnnxEngineDeps } from './onnx-engine.ts'

const SIZE = 64
let folder = ''
let engine: Engine

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-engine-'))
})
afterEach(() => engine[Symbol.asyncDispose]())
afterAll(() => rm(folder, { recursive: true }))

function makeEngine(idleMs = 60_000, lanes = 1, more: Partial<OnnxEngineDeps> = {}): Engine {
  const store = createModelStore({ cacheDir: join(folder, 'cache'), offline: true })
  engine = createOnnxEngine({
    locate: createModelLocator({ store, trial: tryProcessor, findRecipe: async () => null }),
    idleMs,
    lanes,
    ...more,
  })
  return engine
}

const ramp = contractRamp

async function modelOptions(model: TestModelOptions, extra: Options = {}) {
  const path = join(folder, `${model.kind}-${model.size}-${model.outputType ?? 'default'}.onnx`)
  await writeFile(path, buildTestModel(model))
  const output = model.kind === 'minmax-empty' ? 'minmax' : model.kind
  return resolve({
    model: path,
    modelSize: SIZE,
    modelMean: [0, 0, 0],
    modelStd: [1, 1, 1],
    modelOutput: output,
    ...extra,
  }).subject
}

/** A network whose answer is the image's red channel, taken through a wide space and back: two weights of 128 kB. */
async function throughLargeWeights() {
  const wide = 512
  const eye = (rows: number, columns: number) =>
    Float32Array.from({ length: rows * columns }, (_, i) => (Math.floor(i / columns) === i % columns ? 1 : 0))
  const graph = makeGraph('wide', {
    node: [
      makeNode('Conv', ['x', 'red'], ['r']),
      makeNode('MatMul', ['r', 'there'], ['w']),
      makeNode('MatMul', ['w', 'back'], ['y']),
    ],
    input: [makeValueInfo('x', DATA_TYPE.float32, [1, 3, SIZE, SIZE])],
    output: [makeValueInfo('y', DATA_TYPE.float32, [1, 1, SIZE, SIZE])],
    initializer: [
      makeTensor('red', [1, 3, 1, 1], Float32Array.of(1, 0, 0)),
      makeTensor('there', [SIZE, wide], eye(SIZE, wide)),
      makeTensor('back', [wide, SIZE], eye(wide, SIZE)),
    ],
  })
  const path = join(folder, 'wide.onnx')
  await writeFile(path, encodeModel(makeModel(graph, 17)))
  return resolve({ model: path, modelMean: [0, 0, 0], modelStd: [1, 1, 1], modelOutput: 'prob' }).subject
}

const code = (error: unknown) => (isKoutuError(error) ? error.code : error)

engineContract('onnx', {
  open: () => makeEngine(),
  requestFor: (model) => modelOptions(model),
  async badRequest() {
    const path = join(folder, 'none.onnx')
    await writeFile(path, 'no network')
    return resolve({ model: path, modelMean: [0, 0, 0], modelStd: [1, 1, 1], modelOutput: 'prob' }).subject
  },
})

describe('the onnx engine', () => {
  const levels = Array.from({ length: SIZE }, (_, x) => Math.round((x / (SIZE - 1)) * 255) / 255)

  it('with two lanes gives each image its own answer too, and an abort stops only its own', async () => {
    const options = await modelOptions({ kind: 'prob', size: SIZE })
    const two = makeEngine(60_000, 2)
    const controller = new AbortController()
    const stopped = two.segment(ramp(), options, { signal: controller.signal }).catch(code)
    const others = [1, 2, 3].map(() => two.segment(ramp(), options, {}))
    controller.abort()
    expect(await stopped).toBe('ABORTED')
    for (const { alpha } of await Promise.all(others)) expect(alpha.data[SIZE - 1]).toBeCloseTo(1, 5)
  })

  it('shows the int8 network a smaller image at a second look, without loading it again', async () => {
    const store = createModelStore({ cacheDir: join(folder, 'cache'), offline: true })
    const find = createModelLocator({ store, trial: tryProcessor, findRecipe: async () => null })
    const [whole, small] = await Promise.all([
      modelOptions({ kind: 'prob', size: 'dynamic' }),
      modelOptions({ kind: 'prob', size: 'dynamic' }, { modelSize: SIZE / 2 }),
    ])
    const loads: number[] = []
    const asPrecision = (precision: string) =>
      makeEngine(60_000, 1, {
        onLoad: ({ model }) => loads.push((model.input as Size).width),
        async locate({ quality }, ctx) {
          const { file, warnings } = await find(quality === 'fast' ? small : whole, ctx)
          return { file: { ...file, precision }, warnings }
        },
      })
    const sizes = async (one: Engine) => {
      const widths: number[] = []
      for (const isSecondLook of [false, true, true, false]) {
        widths.push((await one.segment(ramp(), { ...whole, isSecondLook }, {})).alpha.width)
      }
      return widths
    }
    expect(await sizes(asPrecision('int8'))).toEqual([SIZE, SIZE / 2, SIZE / 2, SIZE])
    expect(loads).toEqual([SIZE])
    await engine[Symbol.asyncDispose]()
    expect(await sizes(asPrecision('fp32'))).toEqual([SIZE, SIZE, SIZE, SIZE])
  })

  it('gives all processors to a request that is alone, and a share to those side by side', async () => {
    const options = await modelOptions({ kind: 'prob', size: SIZE })
    const threads: number[] = []
    const three = makeEngine(60_000, 2, { soloNetwork: true, onLoad: (load) => threads.push(load.threads) })
    const call = () => three.segment(ramp(), options, {})
    await call()
    await call()
    expect(threads).toEqual([inferenceThreads()])
    // Who finds nobody at work is alone again; of so many, most are not.
    const answers = await Promise.all(Array.from({ length: 12 }, call))
    const share = Math.max(1, Math.floor(inferenceThreads() / 2))
    const shared = threads.slice(1)
    expect(shared.length).toBeGreaterThanOrEqual(1)
    expect(shared.length).toBeLessThanOrEqual(2)
    for (const count of shared) expect(count).toBe(share)
    for (const { alpha } of answers) expect(alpha.data[SIZE - 1]).toBeCloseTo(1, 5)
  })

  describe('started on a guess', () => {
    /** What an engine that has just worked leaves behind, and what it loaded. */
    async function remembered(options: EngineRequest): Promise<{ readonly cache: string; readonly load: Load }> {
      const cache = await mkdtemp(join(folder, 'guess-'))
      const loads: Load[] = []
      const first = makeEngine(60_000, 1, { onLoad: (load) => loads.push(load) })
      await first.warm(options, {})
      await first[Symbol.asyncDispose]()
      expect(loads).toHaveLength(1)
      await rememberLoad(cache, loads[0]!)
      return { cache, load: loads[0]! }
    }

    const rememberedLoad = async (model: TestModelOptions) => (await remembered(await modelOptions(model))).cache

    /** The first image of an engine that begins with what `cache` remembers. */
    async function expectRightFirst(options: EngineRequest, started: StartedInference): Promise<void> {
      const { alpha } = await makeEngine(60_000, 1, { started }).segment(ramp(), options, {})
      levels.forEach((m, x) => {
        expect(alpha.data[x], `column ${x}`).toBeCloseTo(m, 5)
      })
    }

    const starts: readonly [string, (cache: string) => StartedInference][] = [
      ['', startOnGuess],
      [' that another thread has started', (cache) => startOnGuess(cache, lendInference(cache))],
    ]
    it.each(starts)('runs what a process%s has loaded already, and loads nothing', async (_, start) => {
      const cache = await rememberedLoad({ kind: 'prob', size: SIZE })
      const started = start(cache)
      expect(started.guess?.model.output.kind).toBe('prob')
      let loads = 0
      const one = makeEngine(60_000, 1, { started, onLoad: () => loads++ })
      const { alpha } = await one.segment(ramp(), await modelOptions({ kind: 'prob', size: SIZE }), {})
      expect(alpha.data[20]).toBeCloseTo(levels[20]!, 5)
      expect(loads).toBe(0)
    })

    it.each(starts)('a process%s loads what was asked for where the guess was wrong', async (_, start) => {
      const started = start(await rememberedLoad({ kind: 'prob', size: SIZE }))
      const one = makeEngine(60_000, 1, { started })
      const { alpha } = await one.segment(ramp(), await modelOptions({ kind: 'argmax', size: SIZE }), {})
      expect([alpha.data[20], alpha.data[60]]).toEqual([0, 1])
    })

    it('guesses nothing where the graph has changed, or what is remembered cannot be read', async () => {
      const cache = await rememberedLoad({ kind: 'prob', size: SIZE })
      const file = join(cache, 'last-load.json')
      const found = JSON.parse(await readFile(file, 'utf8'))
      const [graph, weights] = found.files
      const wrong = [
        { ...found, files: [{ ...graph, bytes: 1 }, weights] },
        { ...found, files: [graph, { ...weights, modifiedMs: 1 }] },
        { ...found, files: [graph] },
        { ...found, files: undefined, bytes: graph.bytes, modifiedMs: graph.modifiedMs },
        { ...found, model: { ...found.model, dataPath: undefined } },
        { threads: 1 },
      ].map((value) => JSON.stringify(value))
      for (const text of ['{', '[]', ...wrong]) {
        await writeFile(file, text)
        const { client, guess } = startOnGuess(cache)
        await client[Symbol.asyncDispose]()
        expect(guess, text).toBeNull()
      }
    })

    const damages: readonly [string, (dataPath: string) => Promise<unknown>][] = [
      ['are missing', (dataPath) => rm(dataPath)],
      ['were cut short', (dataPath) => truncate(dataPath, 1000)],
      ['have changed', async (dataPath) => writeFile(dataPath, (await readFile(dataPath)).fill(0))],
    ]
    it.each(damages)('guesses nothing where the weights %s, and the first image is right', async (_, damage) => {
      const options = await throughLargeWeights()
      const { cache, load } = await remembered(options)
      const { dataPath } = load.model
      const whole = await readFile(dataPath)
      expect(whole.some((byte) => byte !== 0)).toBe(true)

      await damage(dataPath)
      const started = startOnGuess(cache)
      expect(started.guess).toBeNull()
      await expectRightFirst(options, started)
      expect(Buffer.compare(await readFile(dataPath), whole)).toBe(0)
    })

    it('begins with the weights as they are where nothing has changed', async () => {
      const options = await throughLargeWeights()
      const { cache, load } = await remembered(options)
      const started = startOnGuess(cache)
      expect(started.guess?.model).toEqual(load.model)
      await expectRightFirst(options, started)
    })
  })

  describe('weights that are overwritten while they are in use', () => {
    const expectRight = async (one: Engine, options: EngineRequest) => {
      const { alpha } = await one.segment(ramp(), options, {})
      levels.forEach((m, x) => {
        expect(alpha.data[x], `column ${x}`).toBeCloseTo(m, 5)
      })
    }

    it('spoil no later image: they are made anew, and loaded again', async () => {
      const options = await throughLargeWeights()
      const loads: Load[] = []
      const one = makeEngine(60_000, 1, { onLoad: (load) => loads.push(load) })
      await expectRight(one, options)
      const { dataPath } = loads[0]!.model
      await writeFile(dataPath, (await readFile(dataPath)).fill(0))
      await expectRight(one, options)
      await expectRight(one, options)
      expect(loads).toHaveLength(2)
    })

    it('spoil no image that is being worked on', async () => {
      const options = await throughLargeWeights()
      const store = createModelStore({ cacheDir: join(folder, 'cache'), offline: true })
      const locate = createModelLocator({ store, trial: tryProcessor, findRecipe: async () => null })
      const lane = createLane(1, { idleMs: 60_000 })
      const model = await locate(options, {})
      const whole = await readFile(model.file.dataPath)
      const [red] = [ramp().color.data as Uint8Array]
      let runs = 0
      const answer = await lane.run(model, async (client) => {
        if (++runs === 1) await writeFile(model.file.dataPath, Buffer.alloc(whole.length))
        const found = await client.call('run', { pixels: red, width: SIZE, height: SIZE })
        if (runs === 1) await writeFile(model.file.dataPath, whole)
        return found
      })
      expect(runs).toBe(2)
      expect(answer.alpha[20]).toBeCloseTo(levels[20]!, 5)
      const never = lane.run(model, async () => writeFile(model.file.dataPath, Buffer.alloc(whole.length, ++runs)))
      expect(await never.catch(code)).toBe('MODEL_CORRUPT')
      await lane.release()
    })
  })

  it('an aborted image stops, and the next one works', async () => {
    const options = await modelOptions({ kind: 'prob', size: SIZE })
    const one = makeEngine()
    const controller = new AbortController()
    const stopped = one.segment(ramp(), options, { signal: controller.signal }).catch(code)
    const waiting = one.segment(ramp(), options, {})
    controller.abort()
    expect(await stopped).toBe('ABORTED')
    expect((await waiting).alpha.data[SIZE - 1]).toBeCloseTo(1, 5)
    expect(await one.segment(ramp(), options, { signal: AbortSignal.abort() }).catch(code)).toBe('ABORTED')
  })

  it('a file that is no model is MODEL_INVALID, and the next image works', async () => {
    const one = makeEngine()
    const path = join(folder, 'broken.onnx')
    await writeFile(path, 'not a graph')
    expect(await one.segment(ramp(), resolve({ model: path }).subject, {}).catch(code)).toBe('MODEL_INVALID')
    const missing = resolve({ model: join(folder, 'missing.onnx') }).subject
    expect(await one.segment(ramp(), missing, {}).catch(code)).toBe('MODEL_MISSING')
    const fine = await one.segment(ramp(), await modelOptions({ kind: 'prob', size: SIZE }), {})
    expect(fine.alpha.data[SIZE - 1]).toBeCloseTo(1, 5)
  })

  it('a model of another input size than said is MODEL_INVALID', async () => {
    const options = await modelOptions({ kind: 'prob', size: SIZE }, { modelSize: 32 })
    expect(await makeEngine().segment(ramp(), options, {}).catch(code)).toBe('MODEL_INVALID')
  })

  it('lets the process go when idle, and starts another', async () => {
    const options = await modelOptions({ kind: 'prob', size: SIZE })
    const one = makeEngine(1)
    await one.segment(ramp(), options, {})
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await one.segment(ramp(), options, {})).alpha.data[0]).toBe(0)
  })
})

const ONE_PIXEL = { pixels: new Uint8Array(3), width: 1, height: 1 }

channelContract(
  'the inference process',
  async (): Promise<ChannelUser> => {
    const path = join(folder, 'contract.onnx')
    await writeFile(path, buildTestModel({ kind: 'prob', size: SIZE }))
    const { subject } = resolve({ model: path, modelMean: [0, 0, 0], modelStd: [1, 1, 1], modelOutput: 'prob' })
    const user = makeEngine()
    const flat = (level: number) => {
      const picture = ramp()
      picture.srgb.data.fill(level)
      return picture
    }
    return {
      ask: async (n, ctx) => Math.round((await user.segment(flat(n), subject, ctx)).alpha.data[0]! * 255),
      answerTo: (n) => n,
      async refuse() {
        await using client = startInference()
        return await client.call('run', ONE_PIXEL)
      },
      refusal: { code: 'INTERNAL', data: {} },
      async die() {
        await using client = startInference()
        const call = client.call('run', ONE_PIXEL)
        process.kill(client.pid!, 'SIGKILL')
        return await call
      },
      loss: 'ENGINE_FAILED',
      [Symbol.asyncDispose]: () => user[Symbol.asyncDispose](),
    }
  },
  { flood: 32 },
)

describe.each([
  ['the inference process', () => startInference()],
  ['the inference process that another thread has started', () => clientOf(borrowInference(lendInference(folder)))],
])('%s', (_, start) => {
  it('ends when its run is aborted, whatever it is doing', async () => {
    engine = makeEngine()
    await using client = start()
    const controller = new AbortController()
    const run = client.call('run', ONE_PIXEL, { signal: controller.signal }).catch(code)
    controller.abort()
    expect(await run).toBe('ABORTED')
    expect(client.isEnded).toBe(true)
    await expect.poll(() => isAlive(client.pid!), { timeout: 10_000 }).toBe(false)
  })

  it('answers what its network finds, one call after another', async () => {
    const path = join(folder, 'linked.onnx')
    const dataPath = `${path}.data`
    await writeFile(path, buildTestModel({ kind: 'prob', size: SIZE }))
    await writeFile(dataPath, '')
    const input: ModelFile['input'] = {
      ...{ width: SIZE, height: SIZE, fit: 'stretch', multiple: 1 },
      ...{ mean: [0, 0, 0], std: [1, 1, 1] },
    }
    const output: ModelFile['output'] = { kind: 'prob', name: null }
    const model: ModelFile = { id: 'linked', path, dataPath, input, output, precision: 'fp32' }
    const pixels = new Uint8Array(SIZE * SIZE * 3).fill(51)
    await using client = start()
    await client.call('load', { model, threads: 1 })
    for (let run = 0; run < 2; run++) {
      const { alpha, width } = await client.call('run', { pixels, width: SIZE, height: SIZE })
      expect([width, alpha.length]).toEqual([SIZE, SIZE * SIZE])
      expect(alpha[0]).toBeCloseTo(0.2, 5)
    }
  })

  it('that is killed fails its image with ENGINE_FAILED, saying so', async () => {
    engine = makeEngine()
    await using client = start()
    const lost = client.call('run', ONE_PIXEL).catch((error: unknown) => error)
    process.kill(client.pid!, 'SIGKILL')
    const error = await lost
    expect(code(error)).toBe('ENGINE_FAILED')
    expect((error as Error).message).toContain('memory')
    expect(client.isEnded).toBe(true)
  })
})

it('an inference process that another thread has started ends with that thread', async () => {
  const { pid, port } = lendInference(folder)
  expect(isAlive(pid!)).toBe(true)
  port.close()
  await expect.poll(() => isAlive(pid!), { timeout: 10_000 }).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
