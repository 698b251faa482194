// A graph in half precision: its large weights lie in the same file, a runtime computes nearly the same, and what may not be narrowed stays.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { InferenceSession, Tensor } from '../engine/onnxruntime.ts'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from './build.ts'
import { splitWeights } from './external-data.ts'
import { narrowModel } from './narrow.ts'
import { DATA_TYPE, encodeModel, type GraphProto, type ModelProto } from './onnx.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-narrow-'))
})
afterAll(() => rm(folder, { recursive: true }))

const SIDE = 8
const CHANNELS = 96
/** Exact halves. */
const halves = (length: number, scale: number) =>
  Float32Array.from({ length }, (_, i) => ((i * 37) % 129) / scale - 64 / scale)

/** As networks that segment: convolutions, a map halved and brought back to the size of another, and a sigmoid. */
function network(parts: Partial<GraphProto> = {}): ModelProto {
  const graph = makeGraph('network', {
    node: [
      makeNode('Conv', ['image', 'first', 'bias'], ['wide'], { pads: [1n, 1n, 1n, 1n] }),
      makeNode('Relu', ['wide'], ['positive']),
      makeNode('MaxPool', ['positive'], ['small'], { kernel_shape: [2n, 2n], strides: [2n, 2n] }),
      makeNode('Conv', ['small', 'second'], ['deep'], { pads: [1n, 1n, 1n, 1n] }),
      makeNode('Shape', ['positive'], ['shape']),
      makeNode('Resize', ['deep', '', '', 'shape'], ['large'], { mode: 'linear' }),
      makeNode('Add', ['large', 'positive'], ['sum']),
      makeNode('Conv', ['sum', 'last'], ['logits']),
      makeNode('Sigmoid', ['logits'], ['alpha']),
    ],
    initializer: [
      makeTensor('first', [CHANNELS, 3, 3, 3], halves(CHANNELS * 27, 512)),
      makeTensor('bias', [CHANNELS], halves(CHANNELS, 1024)),
      makeTensor('second', [CHANNELS, CHANNELS, 3, 3], halves(CHANNELS * CHANNELS * 9, 2048)),
      makeTensor('last', [1, CHANNELS, 1, 1], halves(CHANNELS, 64)),
    ],
    input: [makeValueInfo('image', DATA_TYPE.float32, [1, 3, SIDE, SIDE])],
    output: [makeValueInfo('alpha', DATA_TYPE.float32, [1, 1, SIDE, SIDE])],
    ...parts,
  })
  return makeModel(graph, 15)
}

async function run(name: string, model: ModelProto): Promise<Float32Array> {
  await writeFile(join(folder, name), encodeModel(model))
  const session = await InferenceSession.create(join(folder, name), { logSeverityLevel: 3 })
  const image = Float32Array.from({ length: 3 * SIDE * SIDE }, (_, i) => ((i * 53) % 97) / 48 - 1)
  const { alpha } = await session.run({ image: new Tensor('float32', image, [1, 3, SIDE, SIDE]) })
  await session.release()
  return alpha!.data as Float32Array
}

describe('narrowModel', () => {
  // The processor has no operators in half precision: onnxruntime computes in floats there, and only the numbers are halves.
  it('is a valid graph of the same numbers, from the same weights in half the bytes', async () => {
    const split = splitWeights(network(), 'narrow.data')
    const floats = Buffer.concat([...split.data])
    const narrow = narrowModel(split.model)!
    const types = narrow.graph!.initializer.map(({ dataType }) => dataType)
    expect(new Set(types)).toEqual(new Set([DATA_TYPE.float16]))
    const expected = await run('floats.onnx', network())
    const values = new Float32Array(new Uint8Array(floats).buffer)
    await writeFile(join(folder, 'narrow.data'), new Uint8Array(new Float16Array(values).buffer))
    const found = await run('narrow.onnx', narrow)
    const worst = Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)))
    expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.2)
    expect(worst).toBeLessThan(4e-3)
  })

  it('leaves the model that it is given as it is', () => {
    const model = network()
    const before = encodeModel(model)
    narrowModel(model)
    expect(Buffer.compare(encodeModel(model), before)).toBe(0)
  })

  it.each<[string, Partial<GraphProto>]>([
    ['an operator that it does not know', { node: [makeNode('Erf', ['image'], ['alpha'])] }],
    ['scales, which stay floats', { node: [makeNode('Resize', ['image', '', 'last'], ['alpha'])] }],
    ['a number beyond all halves', { initializer: [makeTensor('bias', [1], Float32Array.of(70_000))] }],
    ['a constant written as a number', { node: [makeNode('Constant', [], ['alpha'], { value_float: 0.5 })] }],
    ['an input of another type', { input: [makeValueInfo('image', DATA_TYPE.uint8, [1])] }],
  ])('refuses %s', (_, parts) => {
    expect(narrowModel(network(parts))).toBeNull()
  })
})
