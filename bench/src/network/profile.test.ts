// A profile as onnxruntime writes it, told by hand.

import { makeGraph, makeModel, makeNode, makeTensor } from '@koutu/node'
import { expect, it } from 'vitest'
import { groupNodes, type ProfileEvent, profiledNodes } from './profile.ts'

const weights = makeTensor('w', [8, 4, 3, 3], new Float32Array(8 * 4 * 9))
const graph = makeGraph('g', {
  node: [
    makeNode('QLinearConv', ['x', 's', 'z', 'w'], ['one']),
    makeNode('QLinearConv', ['one', 's', 'z', 'w'], ['two']),
  ],
  input: [],
  output: [],
  initializer: [weights],
})

function event(index: number, name: string, operator: string, dur: number, shape: readonly number[]): ProfileEvent {
  const args = { op_name: operator, node_index: String(index), output_type_shape: [{ uint8: shape }] }
  return { cat: 'Node', name: `${name}_kernel_time`, dur, args }
}

it('counts each node with its shortest run, and what a convolution computes', () => {
  const events = [
    { cat: 'Session', name: 'session_initialization', dur: 9000, args: {} },
    event(0, 'one', 'QLinearConv', 3000, [1, 10, 20, 8]),
    event(1, 'two', 'QLinearConv', 1000, [1, 10, 20, 8]),
    event(2, 'three', 'Concat', 700, [1, 10, 20, 16]),
    event(0, 'one', 'QLinearConv', 2000, [1, 10, 20, 8]),
  ]
  const nodes = profiledNodes(events, makeModel(graph, 15))
  expect(nodes.map(({ name, ms }) => [name, ms])).toEqual([
    ['one', 2],
    ['two', 1],
    ['three', 0.7],
  ])
  const [convolutions, concat] = groupNodes(nodes)
  expect(convolutions).toMatchObject({ what: 'convolution 3 x 3, result 10 x 20', count: 2, ms: 3 })
  expect(convolutions!.gigaOperations).toBeCloseTo((2 * 2 * 8 * 4 * 9 * 200) / 1e9, 12)
  expect(concat).toEqual({ what: 'Concat', count: 1, ms: 0.7, gigaOperations: 0 })
})
