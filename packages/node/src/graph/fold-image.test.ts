// A folded convolution of an image answers as the plain one, for images of all sizes, and can be unfolded.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from './build.ts'
import { foldImage, unfoldImage } from './fold-image.ts'
import { DATA_TYPE, encodeModel, type ModelProto, type NodeProto } from './onnx.ts'
import { runPixels } from './run-pixels.fixture.ts'

interface Shape {
  readonly height: number
  readonly width: number
  readonly filters: number
  readonly rows: number
  readonly pads: readonly [top: number, left: number, bottom: number, right: number]
}

const USUAL: Shape = { height: 8, width: 8, filters: 5, rows: 3, pads: [1, 1, 1, 1] }
/** Exact on every processor. */
const MAX_WEIGHT = 63

function network({ height, width, filters, rows, pads }: Shape, stride = 2, more: NodeProto[] = []): ModelProto {
  const weights = Int8Array.from({ length: filters * 9 * rows }, (_, i) => ((i * 37) % 127) - MAX_WEIGHT)
  const each = <T>(of: (channel: number) => T) => Array.from({ length: filters }, (_, channel) => of(channel))
  const inputs = ['x', 'xscale', 'xzero', 'w', 'wscale', 'wzero', 'yscale', 'yzero', 'b']
  const graph = makeGraph('g', {
    node: [
      {
        ...makeNode('QLinearConv', inputs, ['y'], {
          channels_last: 1n,
          dilations: [1n, 1n],
          group: 1n,
          kernel_shape: [BigInt(rows), 3n],
          pads: pads.map(BigInt),
          strides: [BigInt(stride), BigInt(stride)],
        }),
        domain: 'com.microsoft',
      },
      ...more,
    ],
    initializer: [
      makeTensor('w', [filters, 3, rows, 3], weights),
      makeTensor('wscale', [filters], Float32Array.from(each((channel) => 0.01 * (channel + 1)))),
      makeTensor('wzero', [filters], new Int8Array(filters)),
      makeTensor('b', [filters], Int32Array.from(each((channel) => 1000 * channel - 2000))),
      makeTensor('xscale', [], Float32Array.of(0.1)),
      makeTensor('xzero', [], Uint8Array.of(128)),
      makeTensor('yscale', [], Float32Array.of(4)),
      makeTensor('yzero', [], Uint8Array.of(100)),
    ],
    input: [makeValueInfo('x', DATA_TYPE.uint8, [1, height, width, 3])],
    output: [makeValueInfo('y', DATA_TYPE.uint8, ['n', 'h', 'w', 'c'])],
  })
  const model = makeModel(graph, 15)
  model.opsetImport.push({ domain: 'com.microsoft', version: 1n })
  return model
}

const shapes = fc.record({
  height: fc.integer({ min: 3, max: 20 }),
  width: fc.integer({ min: 1, max: 8 }).map((fours) => 4 * fours),
  filters: fc.integer({ min: 1, max: 40 }),
  rows: fc.constantFrom(1, 3),
  pads: fc.tuple(fc.constantFrom(0, 1, 2), fc.constant(1), fc.constantFrom(0, 1), fc.constant(1)),
})

it('gives the same numbers folded', async () => {
  await fc.assert(
    fc.asyncProperty(shapes, async (shape) => {
      const folded = foldImage(network(shape))
      expect(folded.graph!.node.map(({ opType }) => opType)).toEqual(['Reshape', 'QLinearConv', 'Reshape'])
      expect(await runPixels(folded, shape)).toEqual(await runPixels(network(shape), shape))
    }),
    { numRuns: 40 },
  )
})

it('is the model it was when it is unfolded', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const model = network(shape)
      expect(encodeModel(unfoldImage(foldImage(model)))).toEqual(encodeModel(network(shape)))
      expect(unfoldImage(model)).toBe(model)
    }),
    { numRuns: 20 },
  )
})

const withoutSizes = network(USUAL)
delete withoutSizes.graph!.input[0]!.type!.tensorType!.shape

it.each([
  ['of stride 1', network(USUAL, 1)],
  ['whose rows are not in fours', network({ ...USUAL, width: 10 })],
  ['that is padded otherwise', network({ ...USUAL, pads: [1, 0, 1, 1] })],
  ['beside another reader of the image', network(USUAL, 2, [makeNode('Cast', ['x'], ['z'], { to: 1n })])],
  ['of an image of unknown size', withoutSizes],
])('leaves a convolution %s as it is', (_, model) => {
  expect(foldImage(model)).toBe(model)
})
