// koutu's own engine against onnxruntime-web in the same WebAssembly: the same bits, whatever the processor takes for a product. Where
// this one has no exact products, only those that are written out run.

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import asc from 'assemblyscript/asc'
import { beforeAll, describe, expect, it } from 'vitest'
import { compilePlan } from '../../../../koutu/src/browser-assets/plan/compile-plan.ts'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from '../../../../node/src/graph/build.ts'
import { fixInputSize } from '../../../../node/src/graph/input-size.ts'
import {
  DATA_TYPE,
  encodeModel,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../../../../node/src/graph/onnx.ts'
import { quantizeModel } from '../../../../node/src/graph/quantize.ts'
import type { AssetStore } from '../../files/asset-store.ts'
import { loadRuntime, type Runtime } from '../runtime.ts'
import { openNetwork, type ProductKind } from './network.ts'
import { productKind } from './product-kind.ts'

const ROOT = join(import.meta.dirname, '../../../../..')
const BUNDLE = join(ROOT, 'packages/browser/dist/bundle')

const compileBuilt = async (kind: ProductKind): Promise<WebAssembly.Module> =>
  WebAssembly.compile(await readFile(join(BUNDLE, kind === 'wide' ? 'integers-wide.wasm' : 'integers.wasm')))

/** Numbers in [-1, 1) that look random and are the same at each run. */
function noise(length: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 1
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

/** Two levels with a way back up: every kind of step, and concatenations of one scale and of two. */
function network(side: number): ModelProto {
  const half = BigInt(side / 2)
  const initializer: TensorProto[] = []
  let seed = 1
  const conv = (input: string, output: string, [outputs, inputs]: [number, number], extra = {}): NodeProto => {
    const weights = noise(outputs * inputs * 9, seed++).map((value) => value / 4)
    initializer.push(makeTensor(`${output}w`, [outputs, inputs, 3, 3], weights))
    initializer.push(makeTensor(`${output}b`, [outputs], noise(outputs, seed++)))
    return makeNode('Conv', [input, `${output}w`, `${output}b`], [output], { pads: [1n, 1n, 1n, 1n], ...extra })
  }
  const relu = (input: string, output: string) => makeNode('Relu', [input], [output])
  const resize = (input: string, output: string, size: bigint) => {
    initializer.push(makeTensor(`${output}s`, [4], BigInt64Array.of(1n, input === 'head' ? 1n : 16n, size, size)))
    const linear = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' }
    return makeNode('Resize', [input, '', '', `${output}s`], [output], linear)
  }
  const node = [
    conv('x', 'in', [16, 3], { strides: [2n, 2n] }),
    conv('in', 'a0', [16, 16]),
    relu('a0', 'a'),
    makeNode('MaxPool', ['a'], ['p'], { kernel_shape: [2n, 2n], strides: [2n, 2n] }),
    conv('p', 'd0', [16, 16], { pads: [2n, 2n, 2n, 2n], dilations: [2n, 2n] }),
    relu('d0', 'd'),
    resize('d', 'u', half),
    makeNode('Concat', ['u', 'a'], ['c'], { axis: 1n }),
    conv('c', 'e0', [32, 32]),
    relu('e0', 'e'),
    conv('e', 'f0', [16, 32]),
    relu('f0', 'f'),
    makeNode('Add', ['f', 'a'], ['s']),
    makeNode('Concat', ['s', 'in'], ['t'], { axis: 1n }),
    conv('t', 'head', [1, 32]),
    resize('head', 'large', BigInt(side)),
    makeNode('Sigmoid', ['large'], ['y']),
  ]
  const graph = makeGraph('g', {
    node,
    initializer,
    input: [makeValueInfo('x', DATA_TYPE.float32, [1, 3, side, side])],
    output: [makeValueInfo('y', DATA_TYPE.float32, [1, 1, side, side])],
  })
  const ranges = {
    ...{ in: [-2, 2], a: [0, 3], d: [0, 2], u: [0, 3], c: [0, 3], e: [0, 4] },
    ...{ f: [0, 5], s: [0, 6], t: [-2, 6], head: [-8, 8] },
  } satisfies Record<string, [number, number]>
  const quantized = fixInputSize(makeModel(graph, 15), { width: side, height: side })
  return quantizeModel(quantized, { ranges, float: [], weightLimit: 127, pixels: { mean: 128, scale: 1 / 256 } })
}

/** RGB of any values, the ends among them. */
const pixelsOf = (side: number, seed: number): Uint8Array =>
  Uint8Array.from(noise(side * side * 3, seed), (value) => Math.max(0, Math.min(255, Math.round(128 + 160 * value))))

/** onnxruntime-web as the worker loads it. */
async function openRuntime(): Promise<Runtime> {
  const folder = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'))
  const file = (name: string) => ({ name, bytes: 0, sha256: '' })
  const files = {
    urlOf: ({ name }: { name: string }) => pathToFileURL(join(folder, name)).href,
    read: async ({ name }: { name: string }) => new Uint8Array(await readFile(join(folder, name))),
  } as Partial<AssetStore> as AssetStore
  const binary = 'ort-wasm-simd-threaded'
  const assets = { script: 'ort.node.min.mjs', glue: `${binary}.mjs`, wasm: `${binary}.wasm` }
  const [script, glue, wasm] = [assets.script, assets.glue, assets.wasm].map(file)
  return loadRuntime({ version: '', script: script!, glue: glue!, wasm: wasm! }, 1, files, () => {})
}

async function expected(model: ModelProto, side: number, pixels: readonly Uint8Array[]): Promise<Float32Array[]> {
  const options = { executionProviders: ['wasm'], graphOptimizationLevel: 'disabled', logSeverityLevel: 3 } as const
  const session = await runtime.InferenceSession.create(encodeModel(model), options)
  const answers: Float32Array[] = []
  for (const image of pixels) {
    const { y } = await session.run({ x: new runtime.Tensor('uint8', image, [1, side, side, 3]) })
    answers.push(Float32Array.from(y!.data as Float32Array))
  }
  await session.release()
  return answers
}

/** The engine with products written out in instructions that are exact everywhere. */
async function compileEmulated(kind: 'unsigned' | 'signed'): Promise<WebAssembly.Module> {
  const suffix = kind === 'signed' ? 's' : 'u'
  const half = (side: 'low' | 'high') =>
    `i32x4.add(
      i32x4.extmul_low_i16x8_s(i16x8.extend_${side}_i8x16_s(weights), i16x8.extend_${side}_i8x16_${suffix}(input)), i32x4.splat(0))`
  const exact = `
    const low0 = ${half('low')}
    const low1 = ${half('low').replace('extmul_low', 'extmul_high')}
    const high0 = ${half('high')}
    const high1 = ${half('high').replace('extmul_low', 'extmul_high')}
    const even = i32x4.add(v128.shuffle<i32>(low0, low1, 0, 4, 2, 6), v128.shuffle<i32>(low0, low1, 1, 5, 3, 7))
    const odd = i32x4.add(v128.shuffle<i32>(high0, high1, 0, 4, 2, 6), v128.shuffle<i32>(high0, high1, 1, 5, 3, 7))
    const first = i32x4.add(v128.shuffle<i32>(even, odd, 0, 1, 4, 5), v128.shuffle<i32>(even, odd, 2, 3, 6, 7))
    return i32x4.add(sum, first)`
  let binary = new Uint8Array()
  const { error, stderr } = await asc.main(
    [
      'packages/browser/assembly/index.ts',
      ...['--baseDir', ROOT, '--outFile', 'integers.wasm', '--enable', 'simd,relaxed-simd,threads'],
      ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
      ...['-O1', '--runtime', 'stub', '--noAssert', '--use', 'abort='],
    ],
    {
      async readFile(name, directory) {
        const text = await readFile(join(directory, name), 'utf8').catch(() => null)
        return text?.replace(/return i32x4\.relaxed_dot\w+\(weights, input, sum\)/, exact) ?? null
      },
      writeFile(_name, contents) {
        binary = contents as Uint8Array<ArrayBuffer>
      },
    },
  )
  if (error) throw new Error(stderr.toString())
  return WebAssembly.compile(binary as Uint8Array<ArrayBuffer>)
}

function planOf(model: ModelProto): Uint8Array {
  const compiled = compilePlan(model.graph!)
  if ('reason' in compiled) throw new Error(compiled.reason)
  return compiled.plan
}

const SIDES = [32, 24]
/** What this processor takes, and what all take. */
const KINDS = [...new Set<ProductKind>([productKind()!, 'wide'])]
let runtime: Runtime
beforeAll(async () => {
  runtime = await openRuntime()
})

describe('a network of every kind of step', () => {
  const same = async (engine: WebAssembly.Module, kind: ProductKind, side: number) => {
    const model = network(side)
    const images = [pixelsOf(side, 101), pixelsOf(side, 102)]
    const opened = await openNetwork(engine, planOf(model), new Uint8Array(), { products: kind, others: 0 })
    const answers = images.map((pixels) => opened.run(pixels))
    expect(answers[0]!.dims).toEqual([1, 1, side, side])
    const truth = await expected(model, side, images)
    // They differ from image to image, and inside of one.
    expect(new Set(truth[0]).size).toBeGreaterThan(side)
    expect(answers.map(({ data }) => data)).toEqual(truth)
  }

  it.each(['unsigned', 'signed'] as const)('answers as onnxruntime does, with %s products', async (kind) => {
    const engine = await compileEmulated(kind)
    for (const side of SIDES) await same(engine, kind, side)
  })

  it.each(KINDS)('answers as onnxruntime does, with %s products of this processor', async (kind) => {
    const engine = await compileBuilt(kind)
    for (const side of SIDES) await same(engine, kind, side)
  })

  it.each(KINDS)('answers the same on three threads, run after run, with %s products', async (products) => {
    const built = await compileBuilt(products)
    const side = 32
    const plan = planOf(network(side))
    const alone = await openNetwork(built, plan, new Uint8Array(), { products, others: 0 })
    const together = await openNetwork(built, plan, new Uint8Array(), { products, others: 2 })
    const code = `
      const { parentPort, workerData: { engine, memory, control, thread } } = require('node:worker_threads')
      const { exports } = new WebAssembly.Instance(engine, { env: { memory } })
      parentPort.postMessage('ready')
      exports.serve(control, thread)`
    const { memory, control } = together
    const start = (thread: number) =>
      new Worker(code, { eval: true, workerData: { engine: built, memory, control, thread } })
    const threads = [1, 2].map(start)
    await Promise.all(threads.map((thread) => new Promise((resolve) => thread.once('message', resolve))))
    for (let seed = 0; seed < 50; seed++) {
      const pixels = pixelsOf(side, seed)
      expect(together.run(pixels).data).toEqual(alone.run(pixels).data)
    }
    const ended = threads.map((thread) => new Promise((resolve) => thread.once('exit', resolve)))
    together.stop()
    expect(await Promise.all(ended)).toEqual([0, 0])
  })
})
