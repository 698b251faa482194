// Measures int8 on this processor: a few convolutions in both precisions, timed, and sums that show whether products overflow.
// Runs inside an inference process.

import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from '../graph/build.ts'
import { DATA_TYPE, encodeModel, type ModelProto } from '../graph/onnx.ts'
import { quantizeModel, type WeightLimit } from '../graph/quantize.ts'
import type { TrialResult } from './messages.ts'
import { InferenceSession, Tensor } from './onnxruntime.ts'
import { providerOptions } from './open-session.ts'

/** Convolutions like those that cost most in the default network: few channels on large maps, many on small ones. */
const SHAPES = [
  { channels: 32, side: 128 },
  { channels: 64, side: 96 },
  { channels: 256, side: 24 },
] as const
const ROUNDS = 5

/** `shapes`: what is timed. Whether sums saturate shows in the smallest shape, too. */
export async function runTrial(threads: number, shapes: readonly TrialShape[] = SHAPES): Promise<TrialResult> {
  let int8Ms = 0
  let fp32Ms = 0
  let saturates = false
  for (const shape of shapes) {
    const int8 = await timed(quantized(shape, 127), threads, shape)
    const fp32 = await timed(convolution(shape), threads, shape)
    int8Ms += int8.ms
    fp32Ms += fp32.ms
    // All inputs and weights are the largest there are, so every inner pixel is the same number in both.
    if (Math.abs(int8.middle - fp32.middle) > fp32.middle / 100) saturates = true
  }
  return { saturates, int8Ms, fp32Ms }
}

export interface TrialShape {
  readonly channels: number
  readonly side: number
}

/** A convolution of 3 x 3 whose weights are all 1, so that quantized ones are all the largest. */
function convolution({ channels, side }: TrialShape): ModelProto {
  const weights = new Float32Array(channels * channels * 9).fill(1)
  const size = [1, channels, side, side]
  const graph = makeGraph('trial', {
    node: [
      makeNode('Conv', ['in', 'weights'], ['made'], { pads: [1n, 1n, 1n, 1n] }),
      makeNode('Relu', ['made'], ['kept']),
      makeNode('MaxPool', ['kept'], ['out'], { kernel_shape: [2n, 2n], strides: [2n, 2n] }),
    ],
    input: [makeValueInfo('in', DATA_TYPE.float32, size)],
    output: [makeValueInfo('out', DATA_TYPE.float32, [1, channels, side / 2, side / 2])],
    initializer: [makeTensor('weights', [channels, channels, 3, 3], weights)],
  })
  return makeModel(graph, 15)
}

function quantized(shape: TrialShape, weightLimit: WeightLimit): ModelProto {
  const ranges = { in: [0, 1], kept: [0, shape.channels * 9] } as const
  return quantizeModel(convolution(shape), { ranges, float: [], weightLimit, pixels: null })
}

async function timed(
  model: ModelProto,
  threads: number,
  { channels, side }: TrialShape,
): Promise<{ ms: number; middle: number }> {
  const session = await InferenceSession.create(encodeModel(model), providerOptions(threads))
  try {
    const input = new Tensor('float32', new Float32Array(channels * side * side).fill(1), [1, channels, side, side])
    let ms = Number.POSITIVE_INFINITY
    let middle = 0
    for (let round = 0; round < ROUNDS; round++) {
      const begin = performance.now()
      const { out } = await session.run({ in: input })
      ms = Math.min(ms, performance.now() - begin)
      middle = Number(out!.data[(side / 4) * (side / 2) + side / 4])
    }
    return { ms, middle }
  } finally {
    await session.release()
  }
}
