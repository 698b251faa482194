// Quantized convolutions in bands of rows. Where a runtime has no kernel of its own for them, it first writes every window of the input
// side by side: nine times the input of a 3 x 3 filter, and the largest memory of a whole network. A band at a time, it is written for
// these rows alone. The sums are the same integers.

import { intAttribute, intsAttribute, isStandard } from './attributes.ts'
import { makeNode, makeTensor } from './build.ts'
import type { GraphProto, ModelProto, NodeProto, TensorProto } from './onnx.ts'
import { tensorNumbers } from './tensors.ts'

type Dims = readonly number[]

/** The names of `model` stay; it is changed, and returned. Convolutions whose sizes are not known stay as they are. */
export function bandConvolutions(model: ModelProto, maxWindowBytes: number): ModelProto {
  const { graph } = model
  if (!graph) return model
  const sizes = sizesOf(graph)
  const constants = new Map<string, TensorProto>()
  graph.node = graph.node.flatMap((node) => {
    const [input = ''] = node.input
    const [from, to] = [sizes.get(input), sizes.get(node.output[0] ?? '')]
    if (!isNhwcConv(node) || !from || !to) return [node]
    const [height = 1, width = 1] = intsAttribute(node, 'kernel_shape', [])
    const windowBytes = to[1]! * to[2]! * from[3]! * height * width
    const rows = Math.ceil(to[1]! / Math.ceil(windowBytes / maxWindowBytes))
    const [top = 0, , bottom = 0] = intsAttribute(node, 'pads', [])
    const [dilation = 1] = intsAttribute(node, 'dilations', [])
    // A band of padding alone would have no input.
    const reaches = Math.max(top, bottom) <= (height - 1) * dilation
    return reaches && rows < to[1]! ? inBands(node, from[1]!, to[1]!, rows, constants) : [node]
  })
  graph.initializer.push(...constants.values())
  return model
}

function isNhwcConv(node: NodeProto): boolean {
  return node.opType === 'QLinearConv' && intAttribute(node, 'channels_last', 0) === 1
}

function inBands(
  conv: NodeProto,
  inputRows: number,
  outputRows: number,
  rows: number,
  constants: Map<string, TensorProto>,
): NodeProto[] {
  const [input = '', ...rest] = conv.input
  const [output = ''] = conv.output
  const [top = 0, left = 0, , right = 0] = intsAttribute(conv, 'pads', [0, 0, 0, 0])
  const [stride = 1] = intsAttribute(conv, 'strides', [1, 1])
  const [dilation = 1] = intsAttribute(conv, 'dilations', [1, 1])
  const [height = 1] = intsAttribute(conv, 'kernel_shape', [])
  const constant = (value: number): string => {
    const name = `band ${value}`
    constants.set(name, makeTensor(name, [1], BigInt64Array.of(BigInt(value))))
    return name
  }
  const nodes: NodeProto[] = []
  const bands: string[] = []
  for (let row = 0; row < outputRows; row += rows) {
    const first = row * stride - top
    const end = (Math.min(outputRows, row + rows) - 1) * stride - top + (height - 1) * dilation + 1
    const [from, to] = [Math.max(0, first), Math.min(inputRows, end)]
    const band = `${output}/rows ${row}`
    const pads = [from - first, left, end - to, right].map(BigInt)
    nodes.push(makeNode('Slice', [input, constant(from), constant(to), constant(1)], [`${band}/in`]), {
      ...conv,
      name: band,
      input: [`${band}/in`, ...rest],
      output: [band],
      attribute: conv.attribute.map((one) => (one.name === 'pads' ? { ...one, ints: pads } : one)),
    })
    bands.push(band)
  }
  return [...nodes, makeNode('Concat', bands, [output], { axis: 1n })]
}

/** N, H, W, C of the values of a quantized graph. */
function sizesOf(graph: GraphProto): ReadonlyMap<string, Dims> {
  const sizes = new Map<string, Dims>()
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]))
  const integers = (name = ''): number[] | undefined => {
    const tensor = initializers.get(name)
    return tensor && Array.from(tensorNumbers(tensor) as BigInt64Array, Number)
  }
  for (const { name, type } of graph.input) {
    const dims = type?.tensorType?.shape?.dim.map(({ dimValue }) => Number(dimValue ?? 0n))
    if (dims?.every((dim) => dim > 0)) sizes.set(name ?? '', dims)
  }
  for (const node of graph.node) {
    const found = sizeOf(node, sizes, initializers, integers)
    if (found) sizes.set(node.output[0] ?? '', found)
  }
  return sizes
}

function sizeOf(
  node: NodeProto,
  sizes: ReadonlyMap<string, Dims>,
  initializers: ReadonlyMap<string, TensorProto>,
  integers: (name?: string) => number[] | undefined,
): Dims | undefined {
  const from = sizes.get(node.input[0] ?? '')
  if (node.opType === 'QLinearConcat') {
    // Behind scale and zero point of the result: each value with its own.
    return concatenated(
      node,
      node.input.slice(2).filter((_, i) => i % 3 === 0),
      sizes,
    )
  }
  if (node.opType === 'Concat') return concatenated(node, node.input, sizes)
  if (!from) return undefined
  switch (isStandard(node) ? node.opType : `${node.domain}.${node.opType}`) {
    case 'com.microsoft.QLinearConv': {
      const filters = initializers.get(node.input[3] ?? '')?.dims.map(Number)
      return isNhwcConv(node) && filters ? [from[0]!, ...windows(node, from), filters[0]!] : undefined
    }
    case 'com.microsoft.NhwcMaxPool':
      return [from[0]!, ...windows(node, from), from[3]!]
    case 'com.microsoft.QLinearAdd':
      return from
    case 'Slice': {
      const [starts, ends, axes, steps] = node.input.slice(1).map(integers)
      if (starts?.length !== 1 || ends?.length !== 1 || axes?.length !== 1 || (steps && steps[0] !== 1))
        return undefined
      const [axis] = axes as [number]
      const bound = (at: number) => Math.min(from[axis]!, at < 0 ? at + from[axis]! : at)
      return from.map((dim, i) => (i === axis ? bound(ends[0]!) - bound(starts[0]!) : dim))
    }
    case 'Reshape':
      return reshaped(from, integers(node.input[1]))
    default:
      return undefined
  }
}

/** 0 keeps a size, -1 is the one that follows from the others. */
function reshaped(from: Dims, target: Dims | undefined): Dims | undefined {
  const kept = target?.map((size, axis) => (size === 0 ? from[axis]! : size))
  const product = (dims: Dims) => dims.reduce((all, dim) => all * dim, 1)
  return kept?.map((size) => (size < 0 ? -product(from) / product(kept) : size))
}

function concatenated(node: NodeProto, names: readonly string[], sizes: ReadonlyMap<string, Dims>): Dims | undefined {
  const parts = names.map((name) => sizes.get(name))
  const [first] = parts
  const axis = intAttribute(node, 'axis', 0)
  if (!first || !parts.every((part) => part !== undefined)) return undefined
  return first.map((dim, i) => (i === axis ? parts.reduce((sum, part) => sum + part[i]!, 0) : dim))
}

/** Height and width after a window has slid over them. */
function windows(node: NodeProto, from: Dims): [number, number] {
  const kernel = intsAttribute(node, 'kernel_shape', [])
  const pads = intsAttribute(node, 'pads', [0, 0, 0, 0])
  const strides = intsAttribute(node, 'strides', [1, 1])
  const dilations = intsAttribute(node, 'dilations', [1, 1])
  const round = intAttribute(node, 'ceil_mode', 0) === 1 ? Math.ceil : Math.floor
  const slid = (i: 0 | 1) => {
    const reach = (kernel[i]! - 1) * dilations[i]! + 1
    return round((from[i + 1]! + pads[i]! + pads[i + 2]! - reach) / strides[i]!) + 1
  }
  return [slid(0), slid(1)]
}
