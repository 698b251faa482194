// Descriptions of graphs whose inputs and outputs are known, because they are made here.

import { describe, expect, it } from 'vitest'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from './build.ts'
import { describeModel } from './describe.ts'
import { DATA_TYPE, encodeModel } from './onnx.ts'

describe('describeModel', () => {
  it('names types and sizes, known or not', () => {
    const graph = makeGraph('g', {
      node: [makeNode('Mul', ['x', 'w'], ['y'])],
      initializer: [makeTensor('w', [1], Float32Array.of(2))],
      input: [
        makeValueInfo('w', DATA_TYPE.float32, [1]),
        makeValueInfo('x', DATA_TYPE.float16, [1, 3, 'height', -1]),
        { name: 'list' },
      ],
      output: [{ name: 'y', type: { tensorType: { elemType: DATA_TYPE.int64, shape: { dim: [{}] } } } }],
    })
    expect(describeModel(encodeModel(makeModel(graph, 17)))).toEqual({
      inputs: [
        { name: 'x', type: 'float16', dims: [1, 3, 'height', null] },
        { name: 'list', type: 'other', dims: null },
      ],
      outputs: [{ name: 'y', type: 'int64', dims: [null] }],
      opset: 17,
      irVersion: 8,
      producer: 'koutu',
    })
  })

  it('refuses what is no model', () => {
    expect(() => describeModel(new Uint8Array())).toThrow('expected an ONNX graph with an output but found none')
  })
})
