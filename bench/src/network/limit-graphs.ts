// Graphs that do nothing but multiply: large convolutions and matrix products, each several times in a row, in float32
// and in int8 as koutu's quantized graphs state it (QDQ: unsigned activations, signed weights, one scale per channel).
// The fastest of them shows what this machine's processor and onnxruntime can do at best.

import type { NodeProto, TensorProto, WeightLimit } from '@koutu/node'
import { DATA_TYPE, encodeModel, makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from '@koutu/node'

export type LimitPrecision = 'fp32' | 'int8'

export interface LimitShape {
  readonly name: string
  readonly kind: 'conv' | 'matmul'
  /** Channels of a convolution, rows of a product: in and out are alike. */
  readonly channels: number
  /** Side of the square image of a convolution; columns of a product. */
  readonly side: number
  /** Side of the square kernel. */
  readonly kernel: number
}

/** Between them, what image networks spend their time on. */
export const LIMIT_SHAPES: readonly LimitShape[] = [
  { name: '3 x 3 convolution, 64 channels, 256 x 256', kind: 'conv', channels: 64, side: 256, kernel: 3 },
  { name: '3 x 3 convolution, 256 channels, 64 x 64', kind: 'conv', channels: 256, side: 64, kernel: 3 },
  { name: '3 x 3 convolution, 512 channels, 32 x 32', kind: 'conv', channels: 512, side: 32, kernel: 3 },
  { name: '1 x 1 convolution, 512 channels, 64 x 64', kind: 'conv', channels: 512, side: 64, kernel: 1 },
  { name: 'matrix product, 1024 x 1024 x 1024', kind: 'matmul', channels: 1024, side: 1024, kernel: 1 },
]

/** So many layers follow each other: starting and ending a run must not count. */
export const LIMIT_LAYERS = 4

/** Of the numbers between the layers of an int8 graph: the number q stands for (q - zero) x scale. */
export const LIMIT_SCALE = 0.04
export const LIMIT_ZERO = 128

export function limitMacs({ kind, channels, side, kernel }: LimitShape): number {
  const layer = kind === 'conv' ? channels * side * side * channels * kernel * kernel : channels * side * channels
  return LIMIT_LAYERS * layer
}

export function limitInput({ kind, channels, side }: LimitShape): readonly number[] {
  return kind === 'conv' ? [1, channels, side, side] : [side, channels]
}

/**
 * Input `x`, output `y` of the same shape; float32, or uint8 for int8. `weightLimit`, the largest weight of int8, changes
 * no speed: processors without int8 dot products answer right up to 63 only.
 */
export function limitGraph(shape: LimitShape, precision: LimitPrecision, weightLimit: WeightLimit = 127): Uint8Array {
  const isInt8 = precision === 'int8'
  const makeLayer = isInt8 ? int8Layer(weightLimit) : floatLayer
  const layers = Array.from({ length: LIMIT_LAYERS }, (_, i) =>
    makeLayer(shape, i, i === 0 ? 'x' : `x${i}`, i === LIMIT_LAYERS - 1 ? 'y' : `x${i + 1}`),
  )
  const value = (name: string) => makeValueInfo(name, isInt8 ? DATA_TYPE.uint8 : DATA_TYPE.float32, limitInput(shape))
  const graph = makeGraph('limit', {
    input: [value('x')],
    output: [value('y')],
    initializer: [...(isInt8 ? range() : []), ...layers.flatMap(({ constants }) => constants)],
    node: layers.flatMap(({ nodes }) => nodes),
  })
  return encodeModel(makeModel(graph, 17))
}

interface Layer {
  readonly nodes: readonly NodeProto[]
  readonly constants: readonly TensorProto[]
}

function floatLayer(shape: LimitShape, index: number, from: string, to: string): Layer {
  const weights = `w${index}`
  const numbers = noise(weightDims(shape), index).map((value) => value * gain(shape))
  return {
    nodes: [multiply(shape, [from, weights], to)],
    constants: [makeTensor(weights, weightDims(shape), numbers)],
  }
}

const int8Layer =
  (limit: WeightLimit) =>
  (shape: LimitShape, index: number, from: string, to: string): Layer => {
    const weights = `w${index}`
    const quantization = [`${weights}_scale`, `${weights}_zero`]
    const numbers = noise(weightDims(shape), index).map((value) => Math.round(value * limit))
    const outputAxis = shape.kind === 'conv' ? 0n : 1n
    const [input, kernel, output] = [`input${index}`, `kernel${index}`, `output${index}`]
    return {
      nodes: [
        makeNode('DequantizeLinear', [from, ...RANGE], [input]),
        makeNode('DequantizeLinear', [weights, ...quantization], [kernel], { axis: outputAxis }),
        multiply(shape, [input, kernel], output),
        makeNode('QuantizeLinear', [output, ...RANGE], [to]),
      ],
      constants: [
        makeTensor(weights, weightDims(shape), Int8Array.from(numbers)),
        makeTensor(quantization[0]!, [shape.channels], new Float32Array(shape.channels).fill(gain(shape) / limit)),
        makeTensor(quantization[1]!, [shape.channels], new Int8Array(shape.channels)),
      ],
    }
  }

/** Names of the scale and the zero that all numbers between the layers share. */
const RANGE = ['range_scale', 'range_zero'] as const

function range(): TensorProto[] {
  return [makeTensor(RANGE[0], [], Float32Array.of(LIMIT_SCALE)), makeTensor(RANGE[1], [], Uint8Array.of(LIMIT_ZERO))]
}

function multiply({ kind, kernel }: LimitShape, inputs: readonly string[], output: string): NodeProto {
  if (kind === 'matmul') return makeNode('MatMul', inputs, [output])
  const [side, pad] = [BigInt(kernel), BigInt((kernel - 1) / 2)]
  return makeNode('Conv', inputs, [output], { kernel_shape: [side, side], pads: [pad, pad, pad, pad] })
}

function weightDims({ kind, channels, kernel }: LimitShape): number[] {
  return kind === 'conv' ? [channels, channels, kernel, kernel] : [channels, channels]
}

/** Evenly spread weights have a variance of a third: times this, each layer's numbers are as large as those before. */
function gain({ channels, kernel }: LimitShape): number {
  return Math.sqrt(3 / (channels * kernel * kernel))
}

/** Evenly in [-1, 1), the same each time, other numbers for another seed (Marsaglia's xorshift32). */
function noise(dims: readonly number[], seed: number): Float32Array {
  let state = 0x9e37_79b9 + seed
  return Float32Array.from({ length: dims.reduce((product, dim) => product * dim, 1) }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state / 2 ** 31
  })
}
