// Quantized graphs, run by onnxruntime, against the same integer arithmetic written out slowly, and against the float graph.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InferenceSession, Tensor } from '../engine/onnxruntime.ts'
import { runTrial } from '../engine/trial.ts'
import { makeGraph, makeModel, makeNode, makeTensor, makeValueInfo } from './build.ts'
import { hideSizes, takesAnySize } from './hide-sizes.ts'
import { fixInputSize } from './input-size.ts'
import { DATA_TYPE, encodeModel, type ModelProto, type NodeProto, type TensorProto } from './onnx.ts'
import { type QuantizeOptions, quantizeModel, type WeightLimit, weightLimitFor } from './quantize.ts'
import { tensorNumbers } from './tensors.ts'

const { float32 } = DATA_TYPE
const SIDE = 8
/** What this processor multiplies exactly: 127 with int8 dot products, 63 without. */
const EXACT = weightLimitFor(await runTrial(1, [{ channels: 32, side: 8 }]))
const DEFAULTS: QuantizeOptions = { ranges: {}, float: [], weightLimit: EXACT, pixels: null }
const LIMITS: readonly WeightLimit[] = EXACT === 127 ? [127, 63] : [63]

/** Numbers in [-1, 1) that look random and are the same at each run. */
function noise(length: number, seed: number): Float32Array {
  let state = seed * 2654435761 + 1
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  })
}

const weights = (name: string, dims: number[], seed: number): TensorProto =>
  makeTensor(
    name,
    dims,
    noise(
      dims.reduce((a, b) => a * b, 1),
      seed,
    ),
  )
const conv = (input: string, weight: string, output: string, extra = {}): NodeProto =>
  makeNode('Conv', [input, `${weight}w`, `${weight}b`], [output], { pads: [1n, 1n, 1n, 1n], ...extra })

function model(node: NodeProto[], initializer: TensorProto[], output = 'y', channels = 3): ModelProto {
  const graph = makeGraph('g', {
    node,
    initializer,
    input: [makeValueInfo('x', float32, [1, channels, SIDE, SIDE])],
    output: [makeValueInfo(output, float32, ['n', 'c', 'h', 'w'])],
  })
  return fixInputSize(makeModel(graph, 15), { width: SIDE, height: SIDE })
}

/** Two levels with a way back up: every kind of operator that has an integer form, then a last convolution. */
function network(): ModelProto {
  return model(
    [
      conv('x', 'a', 'a0'),
      makeNode('Relu', ['a0'], ['a']),
      makeNode('MaxPool', ['a'], ['p'], { kernel_shape: [2n, 2n], strides: [2n, 2n] }),
      conv('p', 'd', 'd0', { pads: [2n, 2n, 2n, 2n], dilations: [2n, 2n] }),
      makeNode('Relu', ['d0'], ['d']),
      makeNode('Resize', ['d', '', '', 'sizes'], ['u'], {
        mode: 'linear',
        coordinate_transformation_mode: 'half_pixel',
      }),
      makeNode('Concat', ['u', 'a'], ['c'], { axis: 1n }),
      conv('c', 'e', 'e0'),
      makeNode('Relu', ['e0'], ['e']),
      makeNode('Add', ['e', 'a'], ['s']),
      conv('s', 'h', 'head'),
      makeNode('Sigmoid', ['head'], ['y']),
    ],
    [
      weights('aw', [4, 3, 3, 3], 1),
      weights('ab', [4], 2),
      weights('dw', [4, 4, 3, 3], 3),
      weights('db', [4], 4),
      makeTensor('sizes', [4], BigInt64Array.of(1n, 4n, 8n, 8n)),
      weights('ew', [4, 8, 3, 3], 5),
      weights('eb', [4], 6),
      weights('hw', [1, 4, 3, 3], 7),
      weights('hb', [1], 8),
    ],
  )
}

/** The same with an answer of twice the size, which is made in float. */
function largeAnswer(): ModelProto {
  const made = network()
  const [head, last] = made.graph!.node.slice(-2) as [NodeProto, NodeProto]
  const linear = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' }
  const large = makeNode('Resize', [head.output[0]!, '', '', 'large sizes'], ['large'], linear)
  made.graph!.node.splice(-1, 1, large, { ...last, input: ['large'] })
  made.graph!.initializer.push(makeTensor('large sizes', [4], BigInt64Array.of(1n, 1n, 16n, 16n)))
  return made
}

async function run(source: ModelProto, input: Tensor): Promise<Float32Array> {
  const session = await InferenceSession.create(encodeModel(source), { logSeverityLevel: 3 })
  const answers = await session.run({ x: input })
  await session.release()
  return answers[session.outputNames[0]!]!.data as Float32Array
}

const picture = (seed: number): Tensor => new Tensor('float32', noise(3 * SIDE * SIDE, seed), [1, 3, SIDE, SIDE])

/** Ranges from the float network itself, with every value shown. */
async function measuredRanges(names: readonly string[], seeds: readonly number[]): Promise<QuantizeOptions['ranges']> {
  const shown = network()
  for (const name of names)
    shown.graph!.output.push(makeValueInfo(name, float32, [`${name}0`, `${name}1`, `${name}2`, `${name}3`]))
  const session = await InferenceSession.create(encodeModel(shown), { logSeverityLevel: 3 })
  const ranges: Record<string, [number, number]> = { x: [-1, 1] }
  for (const seed of seeds) {
    const answers = await session.run({ x: picture(seed) })
    for (const name of names) {
      const [low, high] = ranges[name] ?? [0, 0]
      const data = answers[name]!.data as Float32Array
      ranges[name] = [Math.min(low, ...data), Math.max(high, ...data)]
    }
  }
  return ranges
}

const VALUES = ['a', 'd', 'c', 'e', 's', 'head']
const operators = ({ graph }: ModelProto) => graph!.node.map(({ opType }) => opType)
const worst = (a: Float32Array, b: Float32Array) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)

describe.each(LIMITS)('a quantized network with weights up to %i', (weightLimit) => {
  const OPTIONS = { ...DEFAULTS, weightLimit }
  // Four layers of rounding to 1/255 of their ranges; logits of this network reach from about -7 to 7. The steps of weights
  // are twice as large with half the limit.
  const BOUND = weightLimit === 127 ? 0.05 : 0.1

  it('answers like the float one, with every inner value in eight bits', async () => {
    const ranges = await measuredRanges(VALUES, [11, 12, 13, 14])
    const quantized = quantizeModel(network(), { ...OPTIONS, ranges })
    const sum = ['Slice', 'Slice', 'Concat', 'QLinearAdd']
    expect(operators(quantized)).toEqual([
      ...['QuantizeLinear', 'Transpose', 'QLinearConv', 'NhwcMaxPool', 'QLinearConv'],
      // Rows, then columns.
      ...[...sum, ...sum, 'Reshape', 'Reshape', 'Concat', 'Reshape'],
      ...[...sum, ...sum, 'Concat', 'Reshape'],
      ...['QLinearConcat', 'QLinearConv', 'QLinearAdd', 'QLinearConv'],
      ...['DequantizeLinear', 'ReduceSum', 'Unsqueeze', 'Add', 'Sigmoid'],
    ])
    for (const seed of [11, 12, 13, 14]) {
      const expected = await run(network(), picture(seed))
      const actual = await run(quantizeModel(network(), { ...OPTIONS, ranges }), picture(seed))
      expect(worst(actual, expected)).toBeLessThan(BOUND)
      expect(worst(actual, expected)).toBeGreaterThan(0)
    }
  })

  it('is the same for images of all sizes, but for the size of its input', async () => {
    const ranges = await measuredRanges(VALUES, [11])
    const [one, other] = [SIDE, 2 * SIDE].map((side) => {
      const resized = fixInputSize(largeAnswer(), { width: side, height: side })
      return hideSizes(quantizeModel(resized, { ...OPTIONS, ranges }))
    })
    expect(takesAnySize(one!)).toBe(true)
    expect(encodeModel(one!)).toEqual(encodeModel(other!))
  })

  it('keeps in float what it is told to, or has no range for, and converts in between', async () => {
    const ranges = await measuredRanges(VALUES, [11])
    const told = quantizeModel(network(), { ...OPTIONS, ranges, float: ['d0'] })
    expect(operators(told).filter((name) => name === 'Conv')).toHaveLength(1)
    const { e: _, ...without } = ranges
    const unknown = quantizeModel(network(), { ...OPTIONS, ranges: without })
    expect(operators(unknown).filter((name) => name === 'Conv')).toHaveLength(1)
    const expected = await run(network(), picture(11))
    for (const mixed of [told, unknown]) expect(worst(await run(mixed, picture(11)), expected)).toBeLessThan(BOUND)
    expect(await run(quantizeModel(network(), OPTIONS), picture(11))).toEqual(expected)
  })

  it('joins values of one scale without rounding them again', async () => {
    const ranges = { ...(await measuredRanges(VALUES, [11])) }
    const top = Math.max(ranges.a![1], ranges.d![1])
    for (const name of ['a', 'd', 'c']) ranges[name] = [0, top]
    const quantized = quantizeModel(network(), { ...OPTIONS, ranges })
    expect(operators(quantized)).toContain('Concat')
    expect(operators(quantized)).not.toContain('QLinearConcat')
    expect(worst(await run(quantized, picture(11)), await run(network(), picture(11)))).toBeLessThan(BOUND)
  })

  it('takes the 8-bit image itself where that is the same', async () => {
    const ranges = await measuredRanges(VALUES, [11])
    const pixels = Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => (i * 37) % 256)
    const floats = new Float32Array(pixels.length)
    for (let i = 0; i < SIDE * SIDE; i++)
      for (let c = 0; c < 3; c++) floats[c * SIDE * SIDE + i] = (pixels[i * 3 + c]! - 128) / 128
    const quantized = quantizeModel(network(), { ...OPTIONS, ranges, pixels: { mean: 128, scale: 1 / 128 } })
    const actual = await run(quantized, new Tensor('uint8', pixels, [1, SIDE, SIDE, 3]))
    const expected = await run(network(), new Tensor('float32', floats, [1, 3, SIDE, SIDE]))
    expect(worst(actual, expected)).toBeLessThan(BOUND)
  })
})

type Sum = (levels: readonly number[], weights: readonly number[]) => number

/** Of u8 levels and s8 weights, in 32 bits: what processors with int8 dot products compute. */
const exactSum: Sum = (levels, weights) => levels.reduce((total, level, i) => total + level * weights[i]!, 0)

/** With two neighbors added in 16 bits that stop at their ends: what `vpmaddubsw` computes on the others. */
const saturatingSum: Sum = (levels, weights) => {
  let total = 0
  for (let i = 0; i < levels.length; i += 2) {
    const pair = levels[i]! * weights[i]! + levels[i + 1]! * weights[i + 1]!
    total += Math.max(-32768, Math.min(32767, pair))
  }
  return total
}

/** One convolution of 1 x 1 without bias, as integers: u8 inputs, s8 weights, a sum, one rounding. */
function byHand(
  levels: readonly number[],
  weight: readonly number[],
  outputScale: number,
  limit: number,
  sum: Sum,
): number {
  const largest = Math.max(...weight.map(Math.abs))
  const weightScale = Math.fround(largest / limit)
  const inputScale = Math.fround(1 / 255)
  const total = sum(
    levels,
    weight.map((value) => Math.round(value / weightScale)),
  )
  return Math.min(255, Math.max(0, (total * inputScale * weightScale) / outputScale)) * outputScale
}

const CHANNELS = 16
const channelsOf = (element: fc.Arbitrary<number>) => fc.array(element, { minLength: CHANNELS, maxLength: CHANNELS })
const anyLevels = channelsOf(fc.integer({ min: 0, max: 255 }))

/** A convolution of 1 x 1 with these weights twice, and a Relu. */
const pointwise = (weight: readonly number[]): ModelProto =>
  model(
    [makeNode('Conv', ['x', 'w', 'b'], ['s']), makeNode('Relu', ['s'], ['y'])],
    [
      makeTensor('w', [2, CHANNELS, 1, 1], Float32Array.from([...weight, ...weight])),
      makeTensor('b', [2], new Float32Array(2)),
    ],
    'y',
    CHANNELS,
  )

/** The integers and the scales that a quantized graph holds for its one convolution. */
function storedWeights(quantized: ModelProto): { readonly levels: Int8Array; readonly scales: Float32Array } {
  const find = (ending: string) => quantized.graph!.initializer.find(({ name }) => name?.endsWith(ending))!
  return {
    levels: tensorNumbers(find('/weights')) as Int8Array,
    scales: tensorNumbers(find('/weight-scales')) as Float32Array,
  }
}

describe('one convolution', () => {
  it.each([127, 63] as const)(
    'is the sum that this processor makes of integers, with weights up to %i',
    async (limit) => {
      await fc.assert(
        fc.asyncProperty(anyLevels, channelsOf(fc.integer({ min: -1000, max: 1000 })), async (levels, thousandths) => {
          const weight = thousandths.map((value) => Math.fround(value / 1000 || 0.001))
          const high = 4
          const ranges = { x: [0, 1], y: [0, high] } as const
          const quantized = quantizeModel(pointwise(weight), { ...DEFAULTS, ranges, weightLimit: limit })
          const data = new Float32Array(CHANNELS * SIDE * SIDE)
          levels.forEach((level, c) => {
            data.fill(level / 255, c * SIDE * SIDE, (c + 1) * SIDE * SIDE)
          })
          const actual = await run(quantized, new Tensor('float32', data, [1, CHANNELS, SIDE, SIDE]))
          const scale = Math.fround(high / 255)
          const expected = byHand(levels, weight, scale, limit, limit <= EXACT ? exactSum : saturatingSum)
          // Half a level is what one rounding may be off.
          expect(Math.abs(actual[9]! - expected)).toBeLessThanOrEqual(scale * 0.5001)
        }),
        { numRuns: 30 },
      )
    },
  )

  it.each([127, 63] as const)('keeps each weight to half a step of %i, and the largest whole', (weightLimit) => {
    const weight = Array.from(noise(CHANNELS, 5))
    const ranges = { x: [0, 1], y: [0, 4] } as const
    const { levels, scales } = storedWeights(quantizeModel(pointwise(weight), { ...DEFAULTS, ranges, weightLimit }))
    expect(levels).toHaveLength(2 * CHANNELS)
    expect(Math.max(...levels.map(Math.abs))).toBe(weightLimit)
    expect(scales[0]! * weightLimit).toBeCloseTo(Math.max(...weight.map(Math.abs)), 6)
    levels.forEach((level, i) => {
      expect(Math.abs(level * scales[0]! - weight[i % CHANNELS]!)).toBeLessThanOrEqual(scales[0]! * 0.5001)
    })
  })

  it('with weights up to 63 is the same sum where pairs saturate, and with more it need not be', () => {
    const weights = (limit: number) => channelsOf(fc.integer({ min: -limit, max: limit }))
    fc.assert(fc.property(anyLevels, weights(63), (a, b) => saturatingSum(a, b) === exactSum(a, b)))
    const [white, largest] = [new Array(CHANNELS).fill(255), new Array(CHANNELS).fill(127)]
    expect(exactSum(white, largest)).toBe(CHANNELS * 255 * 127)
    expect(saturatingSum(white, largest)).toBe((CHANNELS / 2) * 32767)
  })

  it.each(LIMITS)(
    'that comes last is answered in steps finer than a byte, with weights up to %i',
    async (weightLimit) => {
      // The integers that they become.
      const weights = Float32Array.of(weightLimit, 24, -40).map((level) => (level * 8) / weightLimit)
      const graph = () =>
        model(
          [makeNode('Conv', ['x', 'w', 'b'], ['s']), makeNode('Sigmoid', ['s'], ['y'])],
          [makeTensor('w', [1, 3, 1, 1], weights), makeTensor('b', [1], Float32Array.of(-2))],
        )
      const quantized = quantizeModel(graph(), {
        ...DEFAULTS,
        weightLimit,
        ranges: { x: [-1, 1], s: [-20, 16] },
      })
      // The inputs lie on the 255 levels of [-1, 1], so that only the answer is rounded.
      const levels = Float32Array.from(
        { length: 3 * SIDE * SIDE },
        (_, i) => (((i * 91) % 255) - 127) * Math.fround(2 / 255),
      )
      const input = new Tensor('float32', levels, [1, 3, SIDE, SIDE])
      const logit = (p: number) => Math.log(p / (1 - p))
      const [actual, expected] = [await run(quantized, input), await run(graph(), input)]
      const errors = Array.from(actual, (value, i) => Math.abs(logit(value) - logit(expected[i]!)))
      // A byte over a range of 36 would be off by 0.07 at the middle of its steps, and 0.03 on average.
      expect(errors.reduce((a, b) => a + b, 0) / errors.length).toBeLessThan(0.03)
    },
  )
})
