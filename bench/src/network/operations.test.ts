import { cacheDir, DATA_TYPE, makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from '@koutu/node'
import { describe, expect, it } from 'vitest'
import { defaultNetwork } from './default-network.ts'
import { countMacs, OPERATIONS_PER_MAC } from './operations.ts'

const FLOAT = DATA_TYPE.float32
const value = (name: string, dims: readonly (number | string)[]) => makeValueInfo(name, FLOAT, dims)
const weights = (name: string, dims: readonly number[]) =>
  makeTensor(name, dims, new Float32Array(dims.reduce((product, dim) => product * dim, 1)))

describe('the multiplications of a network', () => {
  it('are those counted by hand', () => {
    const model = makeModel(
      makeGraph('small', {
        input: [value('x', [1, 3, 8, 6])],
        output: [value('out', [1, 20, 5])],
        initializer: [weights('a', [4, 3, 3, 3]), weights('b', [4, 2, 1, 1]), weights('c', [12, 5])],
        valueInfo: [value('ax', [1, 4, 4, 3]), value('bx', [1, 4, 4, 3]), value('rx', [1, 20, 12])],
        node: [
          makeNode('Conv', ['x', 'a'], ['ax'], { strides: [2n, 2n], pads: [1n, 1n, 1n, 1n] }),
          makeNode('Conv', ['ax', 'b'], ['bx'], { group: 2n }),
          makeNode('Reshape', ['bx'], ['rx']),
          makeNode('MatMul', ['rx', 'c'], ['out']),
        ],
      }),
      17,
    )
    // 4 x 4 x 3 outputs of 3 x 3 x 3 each; the same outputs of 2 x 1 x 1 each; 20 x 5 outputs of 12 each.
    expect(countMacs(model)).toEqual({ macs: 48 * 27 + 48 * 2 + 100 * 12, layers: 3 })
  })

  it('are unknown where the graph does not state a shape', () => {
    const model = (dims: readonly (number | string)[]) =>
      makeModel(
        makeGraph('open', {
          input: [value('x', [1, 3, 8, 8])],
          output: [value('y', dims)],
          initializer: [weights('w', [4, 3, 1, 1])],
          node: [makeNode('Conv', ['x', 'w'], ['y'])],
        }),
        17,
      )
    expect(() => countMacs(model([1, 4, 'height', 'width']))).toThrow("stated shape for 'y' of Conv")
    expect(countMacs(model([1, 4, 8, 8])).macs).toBe(4 * 64 * 3)
  })

  it('of the default network are those known of IS-Net at 1024 x 1024: 319 G operations', async () => {
    const { macs, layers } = countMacs(await defaultNetwork(cacheDir()))
    expect((macs * OPERATIONS_PER_MAC) / 1e9).toBeCloseTo(319, 0)
    expect(layers).toBeGreaterThan(100)
  })
})
