// The same integers in bands as at once, whatever the window.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bandConvolutions } from './band-convolutions.ts'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from './build.ts'
import { DATA_TYPE, type ModelProto } from './onnx.ts'
import { runPixels } from './run-pixels.fixture.ts'

interface Shape {
  readonly height: number
  readonly width: number
  readonly kernel: number
  readonly stride: number
  readonly dilation: number
  readonly pad: number
}

const CHANNELS = 4
const FILTERS = 3
/** Exact on every processor. */
const MAX_WEIGHT = 63

/** A convolution behind a pool, a cut and a sum, so that its size has to be worked out. */
function network({ height, width, kernel, stride, dilation, pad }: Shape): ModelProto {
  const weights = Int8Array.from(
    { length: FILTERS * CHANNELS * kernel * kernel },
    (_, i) => ((i * 37) % 127) - MAX_WEIGHT,
  )
  const pair = (of: string) => [`${of}scale`, `${of}zero`]
  const sizes = { pads: [pad, pad, pad, pad], strides: [stride, stride], dilations: [dilation, dilation] }
  const big = Object.fromEntries(Object.entries(sizes).map(([name, list]) => [name, list.map(BigInt)]))
  const graph = makeGraph('g', {
    node: [
      {
        ...makeNode('NhwcMaxPool', ['x'], ['p'], { kernel_shape: [2n, 2n], strides: [2n, 2n], ceil_mode: 1n }),
        domain: 'com.microsoft',
      },
      makeNode('Slice', ['p', 'one', 'many', 'one'], ['s']),
      {
        ...makeNode('QLinearAdd', ['s', ...pair('x'), 's', ...pair('x'), ...pair('x')], ['a']),
        domain: 'com.microsoft',
      },
      {
        ...makeNode('QLinearConv', ['a', ...pair('x'), 'w', 'wscale', 'wzero', ...pair('y')], ['y'], {
          channels_last: 1n,
          group: 1n,
          kernel_shape: [BigInt(kernel), BigInt(kernel)],
          ...big,
        }),
        domain: 'com.microsoft',
      },
    ],
    initializer: [
      makeTensor('w', [FILTERS, CHANNELS, kernel, kernel], weights),
      makeTensor('wscale', [], Float32Array.of(0.01)),
      makeTensor('wzero', [], Int8Array.of(0)),
      makeTensor('xscale', [], Float32Array.of(0.1)),
      makeTensor('xzero', [], Uint8Array.of(7)),
      makeTensor('yscale', [], Float32Array.of(0.7)),
      makeTensor('yzero', [], Uint8Array.of(100)),
      makeTensor('one', [1], BigInt64Array.of(1n)),
      makeTensor('many', [1], BigInt64Array.of(1000n)),
    ],
    input: [makeValueInfo('x', DATA_TYPE.uint8, [1, height, width, CHANNELS])],
    output: [makeValueInfo('y', DATA_TYPE.uint8, ['n', 'h', 'w', 'c'])],
  })
  const model = makeModel(graph, 15)
  model.opsetImport.push({ domain: 'com.microsoft', version: 1n })
  return model
}

const run = (model: ModelProto, shape: Shape) => runPixels(model, { ...shape, channels: CHANNELS })

const shapes = fc
  .record({
    height: fc.integer({ min: 10, max: 40 }),
    width: fc.integer({ min: 10, max: 24 }),
    kernel: fc.constantFrom(1, 2, 3),
    stride: fc.constantFrom(1, 2),
    dilation: fc.constantFrom(1, 2),
    pad: fc.constantFrom(0, 1, 2),
  })
  // What slides has to fit in.
  .filter(({ height, width, kernel, dilation }) => (kernel - 1) * dilation + 1 < Math.min(height, width) / 2 - 1)

it('gives the same numbers in bands, with far fewer at a time', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, fc.integer({ min: 1, max: 4000 }), async (shape, maxBytes) => {
      const banded = bandConvolutions(network(shape), maxBytes)
      expect(await run(banded, shape)).toEqual(await run(network(shape), shape))
      const convolutions = banded.graph!.node.filter(({ opType }) => opType === 'QLinearConv').length
      const { dims } = await run(network(shape), shape)
      const windowBytes = dims[1]! * dims[2]! * CHANNELS * shape.kernel ** 2
      const canBand = shape.pad <= (shape.kernel - 1) * shape.dilation && dims[1]! > 1
      if (windowBytes > maxBytes && canBand) expect(convolutions).toBeGreaterThan(1)
      else expect(convolutions).toBe(1)
    }),
    { numRuns: 40 },
  )
})
