// Graphs that do nothing but multiply: large convolutions and matrix products, each several times in a row, in float32
// and in int8 as koutu's quantized graphs state it (QDQ: unsigned activations, signed weights, one scale per channel).
// The fastest of them shows what this machine's processor and onnxruntime can do at best.

import type { NodeProto, TensorProto } from '@koutu/node'
import { DATA_TYPE, encodeModel, makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from '@koutu/node'

export type LimitPrecision = 'fp32' | 'int8'

export interface LimitShape {
  readonly name: string
  readonly kind: 'conv' | 'matmul'
  /** Channels of a convolution, rows of a product: in and out are alike. */
  readonly channels: number
  /** Side of the square picture of a convolution; columns of a product. */
  readonly side: number
  /** Side of the square kernel. */
  readonly kernel: number
}

/** Between them, what picture networks spend their time on. */
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

/** Input `x`, output `y` of the same shape; float32, or uint8 for int8. */
export function limitGraph(shape: LimitShape, precision: LimitPrecision): Uint8Array {
  const { kind, channels, side, kernel } = shape
  const isInt8 = precision === 'int8'
  const nodes: NodeProto[] = []
  const constants: TensorProto[] = []
  const quantization = (name: string, scale: number, zero: number) => {
    constants.push(
      makeTensor(`${name}_scale`, [], Float32Array.of(scale)),
      makeTensor(`${name}_zero`, [], Uint8Array.of(zero)),
    )
    return [`${name}_scale`, `${name}_zero`]
  }
  const range = isInt8 ? quantization('range', LIMIT_SCALE, LIMIT_ZERO) : []
  const dims = kind === 'conv' ? [channels, channels, kernel, kernel] : [channels, channels]
  // Evenly spread weights have a variance of a third: with this, each layer's numbers are as large as those before.
  const gain = Math.sqrt(3 / (channels * kernel * kernel))
  for (let layer = 0; layer < LIMIT_LAYERS; layer++) {
    const from = layer === 0 ? 'x' : `y${layer - 1}`
    const to = layer === LIMIT_LAYERS - 1 ? 'y' : `y${layer}`
    const weights = `w${layer}`
    const inputs = isInt8 ? [`${from}_float${layer}`, `${weights}_float`] : [from, weights]
    const output = isInt8 ? `${to}_float` : to
    if (isInt8) {
      constants.push(
        makeTensor(
          weights,
          dims,
          Int8Array.from(noise(dims, layer), (v) => Math.round(v * 127)),
        ),
        makeTensor(`${weights}_scale`, [channels], new Float32Array(channels).fill(gain / 127)),
        makeTensor(`${weights}_zero`, [channels], new Int8Array(channels)),
      )
      nodes.push(
        makeNode('DequantizeLinear', [from, ...range], [inputs[0]!]),
        makeNode('DequantizeLinear', [weights, `${weights}_scale`, `${weights}_zero`], [inputs[1]!], {
          axis: kind === 'conv' ? 0n : 1n,
        }),
      )
    } else {
      constants.push(
        makeTensor(
          weights,
          dims,
          noise(dims, layer).map((v) => v * gain),
        ),
      )
    }
    const pad = BigInt((kernel - 1) / 2)
    nodes.push(
      kind === 'conv'
        ? makeNode('Conv', inputs, [output], {
            pads: [pad, pad, pad, pad],
            kernel_shape: [BigInt(kernel), BigInt(kernel)],
          })
        : makeNode('MatMul', inputs, [output]),
    )
    if (isInt8) nodes.push(makeNode('QuantizeLinear', [output, ...range], [to]))
  }
  const type = isInt8 ? DATA_TYPE.uint8 : DATA_TYPE.float32
  const value = (name: string) => makeValueInfo(name, type, limitInput({ ...shape, side }))
  return encodeModel(
    makeModel(
      makeGraph('limit', { node: nodes, initializer: constants, input: [value('x')], output: [value('y')] }),
      17,
    ),
  )
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
