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
 * Every int8 weight w of a convolution, |w| <= 127, becomes round(w * 63 / 127), and its scale grows by 127 / 63, so that
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
    if (weights.has(tensor.name)) return scaled(tensor, Int8Array, lower)
    if (biases.has(tensor.name)) return scaled(tensor, Int32Array, lower)
    if (scales.has(tensor.name)) return scaled(tensor, Float32Array, (scale) => (scale * FROM) / TO)
    return tensor
  })
  return { ...model, graph: { ...graph, initializer } }
}

const lower = (value: number): number => Math.round((value * TO) / FROM)

type Numbers = typeof Int8Array | typeof Int32Array | typeof Float32Array

function scaled(tensor: TensorProto, Type: Numbers, change: (value: number) => number): TensorProto {
  const numbers = tensorNumbers(tensor)
  if (!(numbers instanceof Type)) throw invalidModel(`expected ${Type.name} in '${tensor.name ?? ''}'`)
  return makeTensor(tensor.name ?? '', tensor.dims.map(Number), (numbers as Int8Array).map(change))
}
