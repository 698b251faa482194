// Networks on WebGPU, computed by SwiftShader, the software adapter of Debian's chromium: the real provider, no graphics
// processor. It has no half precision and is a thousand times slower than one, so networks here are tiny.

import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Engine, type EngineRequest, resolveOptions } from '@koutu/core'
import {
  createModelLocator,
  createModelStore,
  createOnnxEngine,
  DATA_TYPE,
  encodeModel,
  makeGraph,
  makeModel,
  makeNode,
  makeTensor,
  makeValueInfo,
} from '@koutu/node'
import { buildTestModel, contractRamp, engineContract } from '@koutu/testing'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { startRunner } from '../packages/koutu/dist/server/start-runner.js'
import { commandBench } from '../packages/koutu/src/cli/command.fixture.ts'

/** Its folder also holds the loader of Vulkan, where the system has none. */
const CHROMIUM = '/usr/lib/chromium'
const DRIVER = join(CHROMIUM, 'vk_swiftshader_icd.json')
const bench = commandBench()

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-devices-'))
})
afterAll(() => rm(folder, { recursive: true }))
beforeEach(() => {
  vi.stubEnv('VK_DRIVER_FILES', DRIVER)
  vi.stubEnv('LD_LIBRARY_PATH', CHROMIUM)
  // Mesa's layer, where it is installed, is loaded whatever the driver, and writes to stderr where there is no desktop.
  vi.stubEnv('VK_LOADER_LAYERS_DISABLE', '~implicit~')
})
afterEach(() => {
  for (const name of ['VK_DRIVER_FILES', 'LD_LIBRARY_PATH', 'VK_LOADER_LAYERS_DISABLE']) vi.stubEnv(name, undefined)
})

it('there is SwiftShader; Debian: apt-get install chromium', () => {
  expect(existsSync(DRIVER)).toBe(true)
})

const locate = (cacheDir: string) =>
  createModelLocator({
    store: createModelStore({ cacheDir, offline: true }),
    trial: () => Promise.reject(new Error('no int8 here')),
    findRecipe: async () => null,
  })
const openEngine = (device?: 'webgpu') => createOnnxEngine({ locate: locate(folder), idleMs: 60_000, device })

const requestFor = async (name: string, file: Uint8Array, modelOutput: 'logits' | 'prob' | 'minmax' | 'argmax') => {
  const model = join(folder, `${name}.onnx`)
  await writeFile(model, file)
  const { precision, quality } = resolveOptions({})
  const choice = { name: model, size: 64, mean: [0, 0, 0], std: [1, 1, 1], output: modelOutput }
  return { model: choice, precision, quality } as EngineRequest
}

let engine: Engine | undefined
afterEach(() => engine?.[Symbol.asyncDispose]())

engineContract('WebGPU', {
  open() {
    engine = openEngine('webgpu')
    return engine
  },
  requestFor: (model) =>
    requestFor(
      `${model.kind}-${model.size}-${model.outputType}`,
      buildTestModel(model),
      model.kind === 'minmax-empty' ? 'minmax' : model.kind,
    ),
  async badRequest() {
    return requestFor('none', Buffer.from('no network'), 'prob')
  },
})

/** Down and up again, with what segmentation networks are made of: dilated convolutions, pooling, resizing, joined maps. */
function smallSegmenter(side: number): Uint8Array {
  const weights = (name: string, outputs: number, inputs: number) =>
    makeTensor(
      name,
      [outputs, inputs, 3, 3],
      Float32Array.from({ length: outputs * inputs * 9 }, (_, i) => ((((i + outputs) * 7919) % 997) / 997 - 0.48) / 2),
    )
  const conv = (from: string, name: string, to: string, dilation: bigint) => [
    makeNode('Conv', [from, name], [`${to}/sum`], {
      pads: [dilation, dilation, dilation, dilation],
      dilations: [dilation, dilation],
    }),
    makeNode('Relu', [`${to}/sum`], [to]),
  ]
  const graph = makeGraph('small', {
    node: [
      ...conv('x', 'w0', 'a', 1n),
      makeNode('MaxPool', ['a'], ['b'], { kernel_shape: [2n, 2n], strides: [2n, 2n], ceil_mode: 1n }),
      ...conv('b', 'w1', 'c', 2n),
      ...conv('c', 'w2', 'd', 4n),
      makeNode('Add', ['c', 'd'], ['e']),
      makeNode('Resize', ['e', '', 'scales'], ['f'], { mode: 'linear', coordinate_transformation_mode: 'half_pixel' }),
      makeNode('Concat', ['a', 'f'], ['g'], { axis: 1n }),
      makeNode('Conv', ['g', 'w3'], ['h'], { pads: [1n, 1n, 1n, 1n] }),
      makeNode('Sigmoid', ['h'], ['y']),
    ],
    initializer: [
      weights('w0', 8, 3),
      weights('w1', 8, 8),
      weights('w2', 8, 8),
      weights('w3', 1, 16),
      makeTensor('scales', [4], Float32Array.of(1, 1, 2, 2)),
    ],
    input: [makeValueInfo('x', DATA_TYPE.float32, [1, 3, side, side])],
    output: [makeValueInfo('y', DATA_TYPE.float32, [1, 1, side, side])],
  })
  return encodeModel(makeModel(graph, 15))
}

it('WebGPU answers like the processor', async () => {
  await using here = openEngine()
  await using there = openEngine('webgpu')
  const request = await requestFor('small', smallSegmenter(64), 'prob')
  const ramp = contractRamp()
  const [expected, found] = [await here.segment(ramp, request, {}), await there.segment(ramp, request, {})]
  const { data } = expected.alpha
  expect(Math.max(...data) - Math.min(...data)).toBeGreaterThan(0.2)
  const worst = Math.max(...data.map((value, i) => Math.abs(value - found.alpha.data[i]!)))
  expect(worst).toBeLessThan(1e-4)
})

const NO_DRIVER = '/nowhere/none.json'

describe('koutu --device', () => {
  const reportOf = (stdout: Buffer) => {
    const { report } = JSON.parse(stdout.toString().trim().split('\n')[0]!) as {
      report: { precision: string; warnings: { code: string }[] }
    }
    return [report.precision, report.warnings.map(({ code }) => code)]
  }

  it('makes the same image on WebGPU', async () => {
    await bench.put('photo.png')
    const plain = await bench.withModel('photo.png', '-o', 'plain.png')
    expect(plain.code, plain.stderr).toBe(0)
    const { code, stdout, stderr } = await bench.withModel('photo.png', '-o', 'gpu.png', '--json', '--device', 'webgpu')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(reportOf(stdout)).toEqual(['fp32 on webgpu', []])
    const [expected, found] = await Promise.all(
      ['plain.png', 'gpu.png'].map((name) => sharp(bench.path(name)).raw().toBuffer()),
    )
    expect(Math.max(...expected!.map((value, i) => Math.abs(value - found![i]!)))).toBeLessThanOrEqual(1)
  }, 120_000)

  it('auto tries the device, finds it slower, and remembers', async () => {
    await bench.put('photo.png')
    const runs = []
    const notes = []
    for (const name of ['a.png', 'b.png']) {
      const { stdout } = await bench.withModel('photo.png', '-o', name, '--json', '--device', 'auto')
      runs.push(reportOf(stdout))
      const cache = join(bench.root, 'cache')
      const [note = ''] = (await readdir(cache)).filter((file) => file.startsWith('device-webgpu-'))
      notes.push(JSON.parse(await readFile(join(cache, note), 'utf8')))
    }
    expect(runs).toEqual([
      ['fp32', []],
      ['fp32', []],
    ])
    expect(notes[0]).toMatchObject({ trial: { fault: null } })
    // With the time of the trial: there was one.
    expect(notes[1]).toEqual(notes[0])
  }, 120_000)

  it('says what is missing where there is no driver; auto does without', async () => {
    vi.stubEnv('VK_DRIVER_FILES', NO_DRIVER)
    await bench.put('photo.png')
    const { code, stderr } = await bench.withModel('photo.png', '-o', 'a.png', '--device', 'webgpu')
    expect(code).toBe(3)
    expect(stderr).toMatch(/WebGPU could not be used: .*adapter.*libvulkan1.*\[ENGINE_UNAVAILABLE\]/)
    const auto = await bench.withModel('photo.png', '-o', 'b.png', '--json', '--device', 'auto')
    expect(reportOf(auto.stdout)).toEqual(['fp32', []])
    const cuda = await bench.withModel('photo.png', '-o', 'c.png', '--device', 'cuda')
    expect([cuda.code, cuda.stderr]).toEqual([3, expect.stringMatching(/CUDA could not be used: .*npm install onnx/)])
    const dml = await bench.withModel('photo.png', '-o', 'd.png', '--device', 'dml')
    expect([dml.code, dml.stderr]).toEqual([3, expect.stringContaining('there is none on this platform')])
  }, 120_000)

  it('doctor reports it in lines that name no folder', async () => {
    const { code, stdout, stderr } = await bench.koutu(['doctor', '--device', '--json'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const report = JSON.parse(stdout.toString()) as { devices: { device: string; trial: object }[] }
    expect(report).toMatchObject({
      providers: expect.arrayContaining(['cpu', 'webgpu']),
      machine: expect.arrayContaining([expect.stringMatching(/^vulkan vk_swiftshader_icd\.json of /)]),
    })
    const webgpu = report.devices.find(({ device }) => device === 'webgpu')
    expect(webgpu).toMatchObject({ isPresent: true, isUsedByAuto: false, trial: { fault: null, hasHalves: false } })
    const text = (await bench.koutu(['doctor', '--device'])).stdout.toString()
    expect(text).toContain('webgpu: WebGPU; answers right')
    for (const folderName of [homedir(), bench.root, process.cwd(), CHROMIUM]) {
      expect(stdout.toString() + text).not.toContain(folderName)
    }
  }, 180_000)
})

it('a server uses the device that its operator chose', async () => {
  const model = join(folder, 'server.onnx')
  await writeFile(model, smallSegmenter(64))
  await using runner = startRunner('webgpu')
  const input = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'red' } })
    .png()
    .toBuffer()
  const options = resolveOptions({ model, modelMean: [0, 0, 0], modelStd: [1, 1, 1], modelOutput: 'prob' })
  const { report } = await runner.run({ input, options, isIsolated: false }, {})
  expect(report).toMatchObject({ precision: 'fp32 on webgpu' })
}, 120_000)
