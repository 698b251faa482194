// Brings a quantized graph within the weight limit of processors without int8 dot products. Works on the finished graph, so
// that one prepared file serves all processors.

import { makeTensor } from './build.ts'
import type { ModelProto, TensorProto } from './onnx.ts'
import { tensorNumbers } from './tensors.ts'
import { invalidModel } from './wire.ts'

const FROM = 127
const TO = 63

/** Positions among the inputs of QLinearConv. */
const WEIGHTS = 3
const WEIGHT_SCALES = 4
const BIAS = 8

/**
 * Every int8 weight w of a convolution, |w| <= 127, becomes w * 63 / 127 as an integer, and its scale grows by 127 / 63, so that
 * products mean the same. Biases count in units of that scale and shrink with the weights. Initializers are replaced, not
 * changed.
 */
export function lowerWeights(model: ModelProto): ModelProto {
  const { graph } = model
  if (!graph) throw invalidModel('expected an ONNX graph')
  const convolutions = graph.node.filter(({ opType }) => opType === 'QLinearConv')
  const named = (position: number) => new Set(convolutions.map(({ input }) => input[position]))
  const weights = named(WEIGHTS)
  const scales = named(WEIGHT_SCALES)
  const biases = named(BIAS)
  const initializer = graph.initializer.map((tensor) => {
    if (weights.has(tensor.name)) return lowerFilters(tensor)
    if (biases.has(tensor.name)) return scaled(tensor, Int32Array, (bias) => Math.round((bias * TO) / FROM))
    if (scales.has(tensor.name)) return scaled(tensor, Float32Array, (scale) => (scale * FROM) / TO)
    return tensor
  })
  return { ...model, graph: { ...graph, initializer } }
}

/** Fractions that could as well be rounded up as down. */
const NEAR_HALF = { above: 0.25, below: 0.75 } as const

/**
 * About half of all weights, the odd ones, end up near the middle of two integers. Rounded alike they would all shrink, which
 * doubles the error of the network. Each goes up or down as keeps the sum of its filter so far closest to what it was:
 * neighbors in a filter see inputs that resemble each other, so their errors cancel.
 */
function lowerFilters(tensor: TensorProto): TensorProto {
  const values = int8Numbers(tensor)
  const lowered = new Int8Array(values.length)
  const filterLength = values.length / Number(tensor.dims[0])
  let error = 0
  for (const [i, value] of values.entries()) {
    if (i % filterLength === 0) error = 0
    const exact = (value * TO) / FROM
    const down = Math.floor(exact)
    const fraction = exact - down
    const isOpen = fraction > NEAR_HALF.above && fraction < NEAR_HALF.below
    const goesDown = isOpen ? Math.abs(error + fraction) <= Math.abs(error + fraction - 1) : fraction < 0.5
    lowered[i] = goesDown ? down : down + 1
    error += exact - lowered[i]!
  }
  return makeTensor(tensor.name ?? '', tensor.dims.map(Number), lowered)
}

function int8Numbers(tensor: TensorProto): Int8Array {
  const numbers = tensorNumbers(tensor)
  if (numbers instanceof Int8Array) return numbers
  throw invalidModel(`expected 8-bit integers in '${tensor.name ?? ''}'`)
}

function scaled(
  tensor: TensorProto,
  Type: typeof Int32Array | typeof Float32Array,
  change: (value: number) => number,
): TensorProto {
  const numbers = tensorNumbers(tensor)
  if (!(numbers instanceof Type)) throw invalidModel(`expected ${Type.name} in '${tensor.name ?? ''}'`)
  return makeTensor(tensor.name ?? '', tensor.dims.map(Number), (numbers as Int32Array).map(change))
}
