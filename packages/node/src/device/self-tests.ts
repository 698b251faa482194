// Tiny networks whose answers are known by plain arithmetic: what runs networks, here or in a browser, is asked them before it is
// trusted.

import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from '../graph/build.ts'
import { DATA_TYPE, encodeModel } from '../graph/onnx.ts'

/** One input and one output, both float32. */
export interface SelfTestGraph {
  readonly name: string
  readonly precision: 'fp32' | 'int8' | 'fp16'
  readonly graph: Uint8Array
  /** Of the input. */
  readonly dims: readonly number[]
  readonly input: readonly number[]
  readonly output: readonly number[]
  /** The most that one number may be off. */
  readonly tolerance: number
}

const CHANNELS = 8
const SIDE = 6
const DIMS = [1, CHANNELS, SIDE, SIDE]
const OPSET = 15
/** One step of the quantized answer: the largest sum is 8 x 9 x 255 x 127, and there are 255 steps. */
const STEP = 16_384

/** The logistic function of a convolution. */
export function floatTest(): SelfTestGraph & { readonly precision: 'fp32' } {
  const input = numbers((i) => ((i * 37) % 101) / 101 - 0.5)
  const weights = Float32Array.from({ length: CHANNELS * 9 }, (_, i) => (((i * 29) % 53) - 26) / 40)
  const graph = makeGraph('self-test', {
    node: [
      makeNode('Conv', ['in', 'weights'], ['sums'], { pads: [1n, 1n, 1n, 1n] }),
      makeNode('Sigmoid', ['sums'], ['out']),
    ],
    initializer: [makeTensor('weights', [1, CHANNELS, 3, 3], weights)],
    input: [makeValueInfo('in', DATA_TYPE.float32, DIMS)],
    output: [makeValueInfo('out', DATA_TYPE.float32, [1, 1, SIDE, SIDE])],
  })
  const output = convolve(input, weights).map((sum) => 1 / (1 + Math.exp(-sum)))
  // Half-precision accumulation, which some drivers choose, is off by more.
  return { ...described('fp32', input, output, 1e-3), graph: encodeModel(makeModel(graph, OPSET)) }
}

/** The same in half precision, for devices that have it. */
export function halfTest(): SelfTestGraph & { readonly precision: 'fp16' } {
  const input = numbers((i) => (((i * 37) % 101) - 50) / 128)
  // Steps of 1/64 have exact halves.
  const weights = Float32Array.from({ length: CHANNELS * 9 }, (_, i) => (((i * 29) % 53) - 26) / 64)
  const half = BigInt(DATA_TYPE.float16)
  const graph = makeGraph('self-test', {
    node: [
      makeNode('Cast', ['in'], ['halves'], { to: half }),
      makeNode('Cast', ['weights'], ['kernel'], { to: half }),
      makeNode('Conv', ['halves', 'kernel'], ['sums'], { pads: [1n, 1n, 1n, 1n] }),
      makeNode('Sigmoid', ['sums'], ['shares']),
      makeNode('Cast', ['shares'], ['out'], { to: BigInt(DATA_TYPE.float32) }),
    ],
    initializer: [makeTensor('weights', [1, CHANNELS, 3, 3], weights)],
    input: [makeValueInfo('in', DATA_TYPE.float32, DIMS)],
    output: [makeValueInfo('out', DATA_TYPE.float32, [1, 1, SIDE, SIDE])],
  })
  const output = convolve(input, weights).map((sum) => 1 / (1 + Math.exp(-sum)))
  // A sum of 72 products, each rounded to 11 bits.
  return { ...described('fp16', input, output, 4e-3), graph: encodeModel(makeModel(graph, OPSET)) }
}

/** A convolution of the largest integers there are: where products are added in 16 bits, its sums are wrong. */
export function integerTest(): SelfTestGraph & { readonly precision: 'int8' } {
  const input = numbers((i) => (i % 5 === 0 ? (i * 31) % 256 : 255))
  const weights = Int8Array.from({ length: CHANNELS * 9 }, (_, i) => (i % 7 === 0 ? -64 : 127))
  const scalar = (name: string, value: number) => makeTensor(name, [], Float32Array.of(value))
  const graph = makeGraph('self-test', {
    node: [
      makeNode('QuantizeLinear', ['in', 'one', 'zero'], ['pixels']),
      makeNode('QLinearConv', ['pixels', 'one', 'zero', 'weights', 'one', 'zeros', 'step', 'zero'], ['sums'], {
        pads: [1n, 1n, 1n, 1n],
      }),
      makeNode('DequantizeLinear', ['sums', 'step', 'zero'], ['out']),
    ],
    initializer: [
      scalar('one', 1),
      scalar('step', STEP),
      makeTensor('zero', [], Uint8Array.of(0)),
      makeTensor('zeros', [], Int8Array.of(0)),
      makeTensor('weights', [1, CHANNELS, 3, 3], weights),
    ],
    input: [makeValueInfo('in', DATA_TYPE.float32, DIMS)],
    output: [makeValueInfo('out', DATA_TYPE.float32, [1, 1, SIDE, SIDE])],
  })
  const output = convolve(input, weights).map((sum) => Math.min(255, Math.max(0, Math.round(sum / STEP))) * STEP)
  return { ...described('int8', input, output, STEP), graph: encodeModel(makeModel(graph, OPSET)) }
}

function described<P extends SelfTestGraph['precision']>(
  precision: P,
  input: number[],
  output: number[],
  tolerance: number,
) {
  return { name: `self-test.${precision}.onnx`, precision, dims: DIMS, input, output, tolerance }
}

function numbers(value: (i: number) => number): number[] {
  return Array.from({ length: CHANNELS * SIDE * SIDE }, (_, i) => Math.fround(value(i)))
}

/** 3 x 3, zeros around, one output channel. */
function convolve(input: readonly number[], weights: Float32Array | Int8Array): number[] {
  return Array.from({ length: SIDE * SIDE }, (_, at) => {
    const [x, y] = [at % SIDE, Math.floor(at / SIDE)]
    let sum = 0
    for (let k = 0; k < weights.length; k++) {
      const [u, v] = [x + (k % 3) - 1, y + (Math.floor(k / 3) % 3) - 1]
      if (u < 0 || u >= SIDE || v < 0 || v >= SIDE) continue
      sum += weights[k]! * input[Math.floor(k / 9) * SIDE * SIDE + v * SIDE + u]!
    }
    return sum
  })
}
