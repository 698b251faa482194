// Static int8 quantization of a convolutional network: activations as u8 with one scale each, weights as s8 with one
// scale per output channel, sums in int32. Knows nothing of images and of how the ranges were found.
// Scheme: Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference, 2018.
//
// Values travel in NHWC order between the quantized operators, which is how a runtime's integer kernels want them: no
// node is left for it to fuse or to transpose, so a session starts without optimizing. Operators that have no integer
// form here stay as they are and get their values converted, so any graph is accepted.

import { intAttribute, intsAttribute, isStandard, textAttribute } from './attributes.ts'
import { type AttributeValue, makeNode, makeTensor, TO_THE_END } from './build.ts'
import { keepLive, valuesFeedingConvs } from './live.ts'
import { DATA_TYPE, type GraphProto, type ModelProto, type NodeProto, type TensorProto } from './onnx.ts'
import { inferShapes } from './shapes.ts'
import { type TensorNumbers, tensorNumbers } from './tensors.ts'
import { invalidModel } from './wire.ts'

/** Least and largest number of a value that u8 is to tell apart; what lies beyond becomes the end of the range. */
export type Range = readonly [low: number, high: number]

/**
 * Largest absolute value of an int8 weight. Processors without int8 dot products (AVX2 without VNNI) add two products of u8
 * and s8 in saturating 16 bits (`vpmaddubsw`), which 2 x 255 x 127 exceeds; 2 x 255 x 63 fits.
 */
export type WeightLimit = 127 | 63

/** The limit that gives exact sums on a processor, as a trial found it. */
export const weightLimitFor = ({ saturates }: { readonly saturates: boolean }): WeightLimit => (saturates ? 63 : 127)

export interface QuantizeOptions {
  /** By name of the value: what convolutions read and make. A convolution without ranges stays in float. */
  readonly ranges: Readonly<Record<string, Range>>
  /** Results of the convolutions that stay in float. */
  readonly float: readonly string[]
  readonly weightLimit: WeightLimit
  /** Where all channels share one whole number as mean and one scale, the input becomes the 8-bit image itself, NHWC. */
  readonly pixels: { readonly mean: number; readonly scale: number } | null
}

interface Parameters {
  readonly scale: number
  readonly zeroPoint: number
}

/** The model must have one input of fixed size, see `fixInputSize`; it is changed and must not be used afterwards. */
export function quantizeModel(model: ModelProto, options: QuantizeOptions): ModelProto {
  const { graph } = model
  if (!graph) throw invalidModel('expected an ONNX graph')
  const builder = new Quantizer(graph, options)
  for (const node of graph.node) builder.add(node)
  graph.node = builder.finish()
  graph.initializer.push(...builder.constants.values())
  graph.valueInfo = []
  if (!model.opsetImport.some(({ domain }) => domain === MICROSOFT)) {
    model.opsetImport.push({ domain: MICROSOFT, version: 1n })
  }
  keepLive(graph, Number(model.irVersion ?? 0n))
  return model
}

/** Parts of the range of a last convolution. */
const RUNGS = 16
const MICROSOFT = 'com.microsoft'
const TO_NHWC = [0n, 2n, 3n, 1n]
const TO_NCHW = [0n, 3n, 1n, 2n]

interface Filters {
  /** O x I x H x W */
  readonly values: Int8Array
  /** One for each output channel. */
  readonly scales: readonly number[]
  readonly dims: readonly number[]
}

class Quantizer {
  readonly constants = new Map<string, TensorProto>()
  readonly #graph: GraphProto
  readonly #options: QuantizeOptions
  readonly #nodes: NodeProto[] = []
  readonly #initializers: ReadonlyMap<string, TensorProto>
  readonly #readers = new Map<string, NodeProto[]>()
  /** Values that have a u8 form, NHWC, and its name. */
  readonly #bytes = new Map<string, string>()
  /** Values that have a float form: all but those that only quantized operators have made so far. */
  readonly #floats = new Set<string>()
  readonly #parameters: ReadonlyMap<string, Parameters>
  /** Relus that have become part of the convolution before them. */
  readonly #absorbed = new Set<NodeProto>()
  readonly #shapes
  /** Values from which a convolution can be reached. */
  readonly #feedsConvs: ReadonlySet<string>

  constructor(graph: GraphProto, options: QuantizeOptions) {
    this.#graph = graph
    this.#options = options
    this.#shapes = inferShapes(graph)
    this.#initializers = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]))
    for (const node of graph.node) {
      for (const name of node.input) this.#readers.set(name, [...(this.#readers.get(name) ?? []), node])
    }
    this.#feedsConvs = valuesFeedingConvs(graph)
    this.#parameters = sharedParameters(graph, options)
    for (const name of this.#initializers.keys()) this.#floats.add(name)
    this.#addInput()
  }

  #addInput(): void {
    const [input] = this.#graph.input
    const name = input?.name ?? ''
    const { pixels } = this.#options
    const type = input?.type?.tensorType
    const [batch, channels, height, width] = type?.shape?.dim ?? []
    if (!pixels || !batch || !channels || !height || !width) {
      this.#floats.add(name)
      return
    }
    type!.elemType = DATA_TYPE.uint8
    type!.shape!.dim = [batch, height, width, channels]
    this.#bytes.set(name, name)
  }

  add(node: NodeProto): void {
    if (this.#absorbed.has(node)) return
    if (isStandard(node) && this.#addQuantized(node)) return
    for (const name of node.input) if (name !== '') this.#float(name)
    this.#nodes.push(node)
    for (const name of node.output) this.#floats.add(name)
  }

  /** The nodes of the new graph, with floats for what it answers. */
  finish(): NodeProto[] {
    for (const { name } of this.#graph.output) this.#float(name ?? '')
    return this.#nodes
  }

  #addQuantized(node: NodeProto): boolean {
    switch (node.opType) {
      case 'Conv':
        return this.#addConv(node)
      case 'MaxPool':
        return this.#addMaxPool(node)
      case 'Resize':
        return this.#addResize(node) || this.#addFloatResize(node)
      case 'Concat':
        return this.#addConcat(node)
      case 'Add':
        return this.#addSum(node)
      default:
        return false
    }
  }

  #addConv(node: NodeProto): boolean {
    const [input = '', weightName = '', biasName = ''] = node.input
    const weights = this.#initializers.get(weightName)
    const bias = this.#initializers.get(biasName)
    const made = node.output[0] ?? ''
    const relu = this.#reluAfter(node)
    const output = relu?.output[0] ?? made
    const from = this.#parameters.get(input)
    const to = this.#parameters.get(output)
    if (weights?.dims.length !== 4 || weights.dataType !== DATA_TYPE.float32 || (biasName !== '' && !bias)) return false
    if (!from || !to || this.#options.float.includes(made)) return false
    if (textAttribute(node, 'auto_pad', 'NOTSET') !== 'NOTSET' || (relu && to.zeroPoint !== 0)) return false
    const filters = quantizeWeights(weights, this.#options.weightLimit)
    const biases = bias ? Array.from(tensorNumbers(bias), Number) : filters.scales.map(() => 0)
    if (filters.scales.length === 1 && !this.#feedsConvs.has(made)) {
      this.#addLadder(node, filters, biases[0]!)
      return true
    }
    this.#pushConv(node, filters, biases, this.#parameterNames(output), byteName(output))
    this.#bytes.set(output, byteName(output))
    if (relu) this.#absorbed.add(relu)
    return true
  }

  #pushConv(
    node: NodeProto,
    { values, scales, dims }: Filters,
    biases: readonly number[],
    to: readonly string[],
    output: string,
  ): void {
    const [input = ''] = node.input
    const { scale } = this.#parameters.get(input)!
    const bias = Int32Array.from(scales, (own, channel) => clampInt32(Math.round(biases[channel]! / (scale * own))))
    const inputs = [
      this.#byteForm(input),
      ...this.#parameterNames(input),
      this.#constant(`${output}/weights`, dims, values),
      this.#constant(`${output}/weight-scales`, [scales.length], Float32Array.from(scales)),
      this.#constant(`${output}/weight-zeros`, [scales.length], new Int8Array(scales.length)),
      ...to,
      this.#constant(`${output}/bias`, [scales.length], bias),
    ]
    const attributes = {
      channels_last: 1n,
      dilations: intsAttribute(node, 'dilations', [1, 1]).map(BigInt),
      group: BigInt(intAttribute(node, 'group', 1)),
      kernel_shape: dims.slice(2).map(BigInt),
      pads: intsAttribute(node, 'pads', [0, 0, 0, 0]).map(BigInt),
      strides: intsAttribute(node, 'strides', [1, 1]).map(BigInt),
    }
    this.#nodes.push({ ...makeNode('QLinearConv', inputs, [output], attributes), domain: MICROSOFT })
  }

  /**
   * A last convolution of one channel answers in finer steps than a byte has: its filter is repeated, each copy covers
   * the next part of the range and stands still at its ends, and the copies add up to the whole. An integer kernel
   * computes sixteen channels together anyway, so this costs no more than one, and far less than a float convolution.
   */
  #addLadder(node: NodeProto, { values, scales, dims }: Filters, bias: number): void {
    const made = node.output[0]!
    const [low, high] = this.#options.ranges[made]!
    const span = (high - low) / RUNGS
    const scale = Math.fround(span / 255)
    const copies = {
      values: new Int8Array(values.length * RUNGS),
      scales: new Array<number>(RUNGS).fill(scales[0]!),
      dims: [RUNGS, ...dims.slice(1)],
    }
    for (let rung = 0; rung < RUNGS; rung++) copies.values.set(values, rung * values.length)
    const biases = copies.scales.map((_, rung) => bias - low - rung * span)
    const to = this.#constantParameters({ scale, zeroPoint: 0 })
    const rungs = `${made}/rungs`
    this.#pushConv(node, copies, biases, to, rungs)
    const lastAxis = this.#constant('last axis', [1], BigInt64Array.of(3n))
    const channelAxis = this.#constant('channel axis', [1], BigInt64Array.of(1n))
    const plane = `${rungs}/plane`
    this.#nodes.push(
      makeNode('DequantizeLinear', [rungs, ...to], [`${rungs}/float`]),
      makeNode('ReduceSum', [`${rungs}/float`, lastAxis], [`${rungs}/sum`], { keepdims: 0n }),
      // One channel: NHWC and NCHW are the same numbers.
      makeNode('Unsqueeze', [`${rungs}/sum`, channelAxis], [plane]),
    )
    const lowest = this.#constant(`${rungs}/low`, [], Float32Array.of(low))
    this.#nodes.push(makeNode('Add', [plane, lowest], [made]))
    this.#floats.add(made)
  }

  #addMaxPool(node: NodeProto): boolean {
    const [input = ''] = node.input
    if (!this.#bytes.has(input) || node.output.length > 1) return false
    const kernel = intsAttribute(node, 'kernel_shape', [])
    if (kernel.length !== 2 || textAttribute(node, 'auto_pad', 'NOTSET') !== 'NOTSET') return false
    this.#push('NhwcMaxPool', [this.#byteForm(input)], node.output[0]!, {
      ceil_mode: BigInt(intAttribute(node, 'ceil_mode', 0)),
      dilations: intsAttribute(node, 'dilations', [1, 1]).map(BigInt),
      kernel_shape: kernel.map(BigInt),
      pads: intsAttribute(node, 'pads', [0, 0, 0, 0]).map(BigInt),
      strides: intsAttribute(node, 'strides', [1, 1]).map(BigInt),
    })
    return true
  }

  /**
   * Doubling by linear interpolation between pixel centres, as two weighted sums along each side: a quarter of the
   * neighbor and three quarters of the pixel. A runtime's integer `Resize` cuts fractions off instead of rounding them,
   * which darkens every level of a network a little, and is no faster.
   */
  #addResize(node: NodeProto): boolean {
    const [input = ''] = node.input
    const output = node.output[0] ?? ''
    const [, channels, height, width] = this.#shapes.dims.get(input) ?? []
    const [, , toHeight, toWidth] = this.#shapes.dims.get(output) ?? []
    if (!this.#bytes.has(input) || !channels || !height || !width) return false
    if (toHeight !== height * 2 || toWidth !== width * 2 || !isLinearBetweenCentres(node)) return false
    const from = this.#parameters.get(input)!
    const to = this.#parameters.get(output)!
    const rows = this.#neighborSums(this.#byteForm(input), 1, `${output}/rows`, from, from)
    const lines = rows.map((sum) => this.#reshaped(sum, [-1, 1, 0, channels]))
    const tall = this.#reshaped(this.#joined(lines, 1, `${output}/rows`), [1, -1, 0, channels])
    const columns = this.#neighborSums(tall, 2, `${output}/columns`, from, to)
    this.#bytes.set(output, this.#reshaped(this.#joined(columns, 3, `${output}/columns`), [1, 0, -1, channels]))
    return true
  }

  /** Of each entry along an axis, with the one before and with the one after. At an end, the entry itself is its neighbor. */
  #neighborSums(
    from: string,
    axis: number,
    name: string,
    { scale, zeroPoint }: Parameters,
    to: Parameters,
  ): readonly string[] {
    const at = this.#constant(`axis ${axis}`, [1], BigInt64Array.of(BigInt(axis)))
    const index = (value: number) => this.#constant(`index ${value}`, [1], BigInt64Array.of(BigInt(value)))
    const slice = (begin: number, end: number, output: string) => {
      this.#nodes.push(makeNode('Slice', [from, index(begin), index(end), at], [output]))
      return output
    }
    return (['before', 'after'] as const).map((side) => {
      const isBefore = side === 'before'
      const shifted = `${name}/${side}`
      const edge = isBefore ? slice(0, 1, `${shifted}/edge`) : slice(-1, TO_THE_END, `${shifted}/edge`)
      const rest = isBefore ? slice(0, -1, `${shifted}/rest`) : slice(1, TO_THE_END, `${shifted}/rest`)
      this.#joined(isBefore ? [edge, rest] : [rest, edge], axis, shifted)
      const quarter = this.#constantParameters({ scale: scale / 4, zeroPoint })
      const threeQuarters = this.#constantParameters({ scale: (scale * 3) / 4, zeroPoint })
      const sum = `${shifted}/sum`
      const terms = [shifted, ...quarter, from, ...threeQuarters, ...this.#constantParameters(to)]
      this.#nodes.push({ ...makeNode('QLinearAdd', terms, [sum]), domain: MICROSOFT })
      return sum
    })
  }

  #joined(parts: readonly string[], axis: number, output: string): string {
    this.#nodes.push(makeNode('Concat', [...parts], [output], { axis: BigInt(axis) }))
    return output
  }

  /** `dims`: 0 for the size that is there, -1 for the one that follows, so that it holds for images of all sizes. */
  #reshaped(from: string, dims: readonly number[]): string {
    const output = `${from}/${dims.join('x')}`
    const shape = this.#constant(`shape ${dims.join('x')}`, [dims.length], BigInt64Array.from(dims, BigInt))
    this.#nodes.push(makeNode('Reshape', [from, shape], [output]))
    return output
  }

  /** By how many times it is larger, not to which size. False where that is no whole number, or unknown. */
  #addFloatResize(node: NodeProto): boolean {
    const [input = '', region = '', , sizes] = node.input
    const from = this.#shapes.dims.get(input)
    const to = this.#shapes.dims.get(node.output[0] ?? '')
    const factors = to?.map((size, axis) => size / (from?.[axis] ?? 0)) ?? []
    if (!sizes || factors.length === 0 || !factors.every(Number.isInteger)) return false
    this.#float(input)
    const scales = this.#constant(`scales ${factors.join('x')}`, [factors.length], Float32Array.from(factors))
    this.#nodes.push({ ...node, input: [input, region, scales] })
    this.#floats.add(node.output[0] ?? '')
    return true
  }

  #addConcat(node: NodeProto): boolean {
    const output = node.output[0] ?? ''
    const to = this.#parameters.get(output)
    if (intAttribute(node, 'axis', 0) !== 1 || !to) return false
    if (!node.input.every((name) => this.#bytes.has(name) && this.#parameters.has(name))) return false
    const isShared = node.input.every((name) => same(this.#parameters.get(name)!, to))
    if (isShared) {
      const bytes = node.input.map((name) => this.#byteForm(name))
      this.#nodes.push(makeNode('Concat', bytes, [byteName(output)], { axis: 3n }))
      this.#bytes.set(output, byteName(output))
    } else {
      const parts = node.input.flatMap((name) => [this.#byteForm(name), ...this.#parameterNames(name)])
      this.#push('QLinearConcat', [...this.#parameterNames(output), ...parts], output, { axis: 3n })
    }
    return true
  }

  #addSum(node: NodeProto): boolean {
    const [a = '', b = ''] = node.input
    const output = node.output[0] ?? ''
    if (!this.#bytes.has(a) || !this.#bytes.has(b) || !this.#parameters.has(output)) return false
    const terms = [a, b].flatMap((name) => [this.#byteForm(name), ...this.#parameterNames(name)])
    this.#push('QLinearAdd', [...terms, ...this.#parameterNames(output)], output)
    return true
  }

  /** The Relu that alone reads what this node makes. */
  #reluAfter(node: NodeProto): NodeProto | undefined {
    const made = node.output[0] ?? ''
    const readers = this.#readers.get(made) ?? []
    const [reader] = readers
    if (readers.length !== 1 || reader?.opType !== 'Relu' || this.#graph.output.some(({ name }) => name === made)) {
      return undefined
    }
    return reader
  }

  #push(opType: string, inputs: readonly string[], value: string, attributes: Record<string, AttributeValue> = {}) {
    const output = byteName(value)
    this.#nodes.push({ ...makeNode(opType, inputs, [output], attributes), domain: MICROSOFT })
    this.#bytes.set(value, output)
  }

  #constant(name: string, dims: readonly number[], numbers: TensorNumbers): string {
    if (!this.constants.has(name)) this.constants.set(name, makeTensor(name, dims, numbers))
    return name
  }

  #parameterNames(value: string): [scale: string, zeroPoint: string] {
    return this.#constantParameters(this.#parameters.get(value)!)
  }

  #constantParameters({ scale, zeroPoint }: Parameters): [scale: string, zeroPoint: string] {
    return [
      this.#constant(`scale ${scale}`, [], Float32Array.of(scale)),
      this.#constant(`zero ${zeroPoint}`, [], Uint8Array.of(zeroPoint)),
    ]
  }

  #byteForm(value: string): string {
    const known = this.#bytes.get(value)
    if (known) return known
    const output = byteName(value)
    this.#nodes.push(
      makeNode('QuantizeLinear', [value, ...this.#parameterNames(value)], [`${output}/nchw`]),
      makeNode('Transpose', [`${output}/nchw`], [output], { perm: TO_NHWC }),
    )
    this.#bytes.set(value, output)
    return output
  }

  /** Makes sure that the value exists as float, NCHW, under its own name. */
  #float(value: string): void {
    if (this.#floats.has(value)) return
    const bytes = this.#bytes.get(value)
    if (!bytes) return
    if (bytes === value) throw invalidModel(`'${value}' is read by an operator without an integer form`)
    this.#nodes.push(
      makeNode('Transpose', [bytes], [`${bytes}/nchw`], { perm: TO_NCHW }),
      makeNode('DequantizeLinear', [`${bytes}/nchw`, ...this.#parameterNames(value)], [value]),
    )
    this.#floats.add(value)
  }
}

function isLinearBetweenCentres(node: NodeProto): boolean {
  const mode = textAttribute(node, 'coordinate_transformation_mode', 'half_pixel')
  return textAttribute(node, 'mode', 'nearest') === 'linear' && (mode === 'half_pixel' || mode === 'pytorch_half_pixel')
}

const byteName = (value: string): string => `${value}/u8`
const same = (a: Parameters, b: Parameters): boolean => a.scale === b.scale && a.zeroPoint === b.zeroPoint

/**
 * Scales by value. `MaxPool` only moves numbers, so it keeps the scale of what it reads, and so does a `Resize` without a
 * range of its own.
 */
function sharedParameters(graph: GraphProto, { ranges, pixels }: QuantizeOptions): ReadonlyMap<string, Parameters> {
  const parameters = new Map<string, Parameters>()
  for (const [name, range] of Object.entries(ranges)) parameters.set(name, parametersOf(range))
  const input = graph.input[0]?.name ?? ''
  if (pixels) parameters.set(input, { scale: Math.fround(pixels.scale), zeroPoint: pixels.mean })
  for (const { opType, input, output } of graph.node) {
    const from = parameters.get(input[0] ?? '')
    const keepsScale = opType === 'MaxPool' || (opType === 'Resize' && !parameters.has(output[0] ?? ''))
    if (keepsScale && from) parameters.set(output[0] ?? '', from)
  }
  return parameters
}

/** Zero is always one of the numbers, so that padding is exact. */
function parametersOf([low, high]: Range): Parameters {
  const from = Math.min(0, low)
  const to = Math.max(0, high)
  const scale = Math.fround((to - from) / 255)
  if (!(scale > 0)) return { scale: 1, zeroPoint: 0 }
  return { scale, zeroPoint: Math.round(-from / scale) }
}

/** O x I x H x W floats as integers, and the scale of each output channel. */
function quantizeWeights(tensor: TensorProto, limit: number): Filters {
  const weights = tensorNumbers(tensor) as Float32Array
  const channels = Number(tensor.dims[0])
  const each = weights.length / channels
  const values = new Int8Array(weights.length)
  const scales: number[] = []
  for (let channel = 0; channel < channels; channel++) {
    const begin = channel * each
    let largest = 0
    for (let i = begin; i < begin + each; i++) largest = Math.max(largest, Math.abs(weights[i]!))
    const scale = Math.fround(largest > 0 ? largest / limit : 1)
    for (let i = begin; i < begin + each; i++) {
      values[i] = Math.max(-limit, Math.min(limit, Math.round(weights[i]! / scale)))
    }
    scales.push(scale)
  }
  return { values, scales, dims: tensor.dims.map(Number) }
}

function clampInt32(value: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, value))
}
