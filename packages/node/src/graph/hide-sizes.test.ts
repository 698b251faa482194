// The same graph to whoever runs it, and back again as it was.

import { expect, it } from 'vitest'
import { InferenceSession, Tensor } from '../engine/onnxruntime.ts'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from './build.ts'
import { hideSizes, showSizes } from './hide-sizes.ts'
import { DATA_TYPE, encodeModel, type ModelProto } from './onnx.ts'

const WIDTH = 6
const HEIGHT = 4

/** Pairs of pixels side by side, summed, with a target that the graph itself computes beside one that is constant. */
function network(): ModelProto {
  const graph = makeGraph('g', {
    node: [
      makeNode('Reshape', ['x', 'pairs'], ['p']),
      makeNode('Shape', ['x'], ['size']),
      makeNode('Reshape', ['p', 'size'], ['back']),
      makeNode('Concat', ['back', 'x'], ['both'], { axis: 3n }),
      makeNode('Cast', ['both'], ['float'], { to: BigInt(DATA_TYPE.float32) }),
      makeNode('ReduceSum', ['float', 'last'], ['sum']),
      makeNode('Reshape', ['sum', 'rows'], ['y']),
    ],
    initializer: [
      makeTensor('pairs', [4], BigInt64Array.of(1n, BigInt(HEIGHT), BigInt(WIDTH / 2), 6n)),
      makeTensor('rows', [2], BigInt64Array.of(BigInt(HEIGHT), BigInt(WIDTH))),
      makeTensor('last', [1], BigInt64Array.of(3n)),
    ],
    input: [makeValueInfo('x', DATA_TYPE.uint8, [1, HEIGHT, WIDTH, 3])],
    output: [{ name: 'y', type: { tensorType: { elemType: DATA_TYPE.float32 } } }],
  })
  return makeModel(graph, 17)
}

async function run(
  model: ModelProto,
): Promise<{ data: number[]; dims: readonly number[]; inputNames: readonly string[] }> {
  const session = await InferenceSession.create(encodeModel(model), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 3,
  })
  const pixels = Uint8Array.from({ length: WIDTH * HEIGHT * 3 }, (_, i) => (i * 37) % 256)
  const { y } = await session.run({ x: new Tensor('uint8', pixels, [1, HEIGHT, WIDTH, 3]) })
  return { data: Array.from(y!.data as Float32Array), dims: y!.dims, inputNames: session.inputNames }
}

it('a graph without sizes has the same input and the same answer', async () => {
  expect(await run(hideSizes(network()))).toEqual(await run(network()))
})

it('neither the input nor what is reshaped has a size', async () => {
  const { graph } = hideSizes(network())
  expect(graph!.input.map(({ name, type }) => [name, type?.tensorType?.shape])).toEqual([
    ['x', undefined],
    ['pairs', undefined],
    ['rows', undefined],
  ])
})

it('sizes can be shown again', () => {
  const shown = showSizes(hideSizes(network()), { width: WIDTH, height: HEIGHT })
  expect(encodeModel(shown)).toEqual(encodeModel(network()))
})
