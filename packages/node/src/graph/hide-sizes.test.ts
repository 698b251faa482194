// A graph without sizes answers to images of each size as one with that size; what depends on a size keeps it.

import { expect, it } from 'vitest'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from './build.ts'
import { hideSizes, showSizes, takesAnySize } from './hide-sizes.ts'
import { DATA_TYPE, encodeModel, type ModelProto, type NodeProto } from './onnx.ts'
import { runPixels } from './run-pixels.fixture.ts'

interface Size {
  readonly width: number
  readonly height: number
}

const SIZES: readonly Size[] = [
  { width: 6, height: 4 },
  { width: 10, height: 2 },
]

/** Each pixel twice along each row, its colors summed. */
function network(
  { width, height }: Size,
  target: readonly bigint[] = [1n, 0n, -1n, 3n],
  more: NodeProto[] = [],
): ModelProto {
  const graph = makeGraph('g', {
    node: [
      makeNode('Concat', ['x', 'x'], ['twice'], { axis: 3n }),
      makeNode('Reshape', ['twice', 'target'], ['wide']),
      makeNode('Cast', ['wide'], ['float'], { to: BigInt(DATA_TYPE.float32) }),
      ...more,
      makeNode('ReduceSum', ['float', 'last'], ['y']),
    ],
    initializer: [makeTensor('target', [4], BigInt64Array.from(target)), makeTensor('last', [1], BigInt64Array.of(3n))],
    input: [makeValueInfo('x', DATA_TYPE.uint8, [1, height, width, 3])],
    output: [{ name: 'y', type: { tensorType: { elemType: DATA_TYPE.float32 } } }],
  })
  return makeModel(graph, 17)
}

it('a graph without sizes answers to images of each size', async () => {
  for (const made of SIZES) {
    const hidden = hideSizes(network(made))
    expect(takesAnySize(hidden)).toBe(true)
    for (const size of SIZES) expect(await runPixels(hidden, size)).toEqual(await runPixels(network(size), size))
  }
})

it('no shape is a constant, from which the dimensions of a value would be known', () => {
  const { node, initializer } = hideSizes(network(SIZES[0]!)).graph!
  const constants = initializer.map(({ name }) => name)
  const shapes = node.filter(({ opType }) => opType === 'Reshape').map(({ input }) => input[1])
  expect(shapes).not.toEqual([])
  for (const shape of shapes) expect(constants).not.toContain(shape)
})

it.each([
  ['a target of fixed size', network(SIZES[0]!, [1n, 4n, 12n, 3n])],
  ['a target that is computed', network(SIZES[0]!, undefined, [makeNode('Reshape', ['float', 'computed'], ['z'])])],
  ['an operator that is not known', network(SIZES[0]!, undefined, [makeNode('Shape', ['float'], ['z'])])],
  ['a value scaled to a size', network(SIZES[0]!, undefined, [makeNode('Resize', ['float', '', '', 'sizes'], ['z'])])],
])('a graph with %s keeps its own', (_, model) => {
  const before = encodeModel(model)
  expect(takesAnySize(hideSizes(model))).toBe(false)
  expect(encodeModel(model)).toEqual(before)
  expect(encodeModel(showSizes(model, SIZES[1]!))).toEqual(before)
})

it('any size can be shown', () => {
  for (const size of SIZES) {
    expect(encodeModel(showSizes(hideSizes(network(SIZES[0]!)), size))).toEqual(encodeModel(network(size)))
  }
})
