// Sizes worked out by hand, and against what onnxruntime really makes.

import { isKoutuError } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { InferenceSession, Tensor } from '../engine/onnxruntime.ts'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from './build.ts'
import { fixInputSize } from './input-size.ts'
import { DATA_TYPE, encodeModel, type ModelProto, type NodeProto, type TensorProto } from './onnx.ts'
import { inferShapes } from './shapes.ts'

const { float32 } = DATA_TYPE
const whole = (name: string, ...values: bigint[]) => makeTensor(name, [values.length], BigInt64Array.from(values))

/** Scales down by two and up again as exporters write it: the target from the size of a value and two constants. */
function upAndDown(rows = 32n, columns = 24n): ModelProto {
  const node: NodeProto[] = [
    makeNode('Conv', ['x', 'w'], ['c'], { pads: [1n, 1n, 1n, 1n], strides: [2n, 2n] }),
    makeNode('MaxPool', ['c'], ['p'], { kernel_shape: [2n, 2n], strides: [2n, 2n], ceil_mode: 1n }),
    makeNode('Shape', ['p'], ['s']),
    makeNode('Slice', ['s', 'zero', 'two', 'zero'], ['head']),
    makeNode('Constant', [], ['tail'], { value: whole('', rows, columns) }),
    makeNode('Concat', ['head', 'tail'], ['target'], { axis: 0n }),
    makeNode('Resize', ['p', '', '', 'target'], ['u'], { mode: 'linear' }),
    makeNode('Concat', ['u', 'x'], ['y'], { axis: 1n }),
  ]
  const initializer: TensorProto[] = [
    makeTensor(
      'w',
      [2, 3, 3, 3],
      Float32Array.from({ length: 54 }, (_, i) => Math.sin(i)),
    ),
    whole('zero', 0n),
    whole('two', 2n),
  ]
  const graph = makeGraph('g', {
    node,
    initializer,
    input: [makeValueInfo('x', float32, [1, 3, 32, 24])],
    output: [makeValueInfo('y', float32, ['n', 'c', 'h', 'w'])],
  })
  return makeModel(graph, 15)
}

async function run(model: ModelProto, height: number, width: number) {
  const session = await InferenceSession.create(encodeModel(model), { logSeverityLevel: 3 })
  const data = Float32Array.from({ length: 3 * height * width }, (_, i) => Math.cos(i))
  const { y } = await session.run({ x: new Tensor('float32', data, [1, 3, height, width]) })
  return { dims: [...y!.dims], data: y!.data as Float32Array }
}

describe('sizes', () => {
  it('follow from the input, through what a graph computes from sizes', async () => {
    const { dims, integers } = inferShapes(upAndDown().graph!)
    expect(dims.get('c')).toEqual([1, 2, 16, 12])
    expect(dims.get('p')).toEqual([1, 2, 8, 6])
    expect(integers.get('target')).toEqual([1, 2, 32, 24])
    expect(dims.get('y')).toEqual((await run(upAndDown(), 32, 24)).dims)
  })

  it('are not guessed behind an operator that is not known', () => {
    const model = upAndDown()
    model.graph!.node[0]!.opType = 'Mystery'
    const { dims } = inferShapes(model.graph!)
    expect(dims.has('c')).toBe(false)
    expect(dims.has('p')).toBe(false)
  })
})

describe('an input of fixed size', () => {
  it('of the size it had changes nothing but the arithmetic on sizes, which goes', async () => {
    const fixed = fixInputSize(upAndDown(), { width: 24, height: 32 })
    expect(fixed.graph!.node.map(({ opType }) => opType)).toEqual(['Conv', 'MaxPool', 'Resize', 'Concat'])
    expect(await run(fixed, 32, 24)).toEqual(await run(upAndDown(), 32, 24))
  })

  it('of another size takes its targets along', async () => {
    const fixed = fixInputSize(upAndDown(), { width: 48, height: 16 })
    expect((await run(fixed, 16, 48)).dims).toEqual([1, 5, 16, 48])
  })

  it('that a target does not divide into is refused', () => {
    try {
      // Half of the input: 12.5 columns.
      fixInputSize(upAndDown(16n, 12n), { width: 25, height: 32 })
      expect.unreachable()
    } catch (error) {
      expect(isKoutuError(error) && error.code).toBe('MODEL_INVALID')
    }
  })
})
