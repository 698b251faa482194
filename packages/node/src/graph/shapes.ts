// The sizes of a graph's values, worked out from the size of its input, and the small whole-number tensors that graphs
// compute from sizes. Operators that are not known here leave their results unknown; nothing is guessed.
// Rules: https://github.com/onnx/onnx/blob/main/docs/Operators.md

import { intAttribute, intsAttribute, isStandard, textAttribute } from './attributes.ts'
import { DATA_TYPE, type GraphProto, type NodeProto, type TensorProto } from './onnx.ts'
import { tensorNumbers } from './tensors.ts'

export type Dims = readonly number[]

export interface Shapes {
  /** By name of the value. Absent: not known. */
  readonly dims: ReadonlyMap<string, Dims>
  /** Contents of the one-dimensional int64 values and scalars that depend on sizes and constants alone. */
  readonly integers: ReadonlyMap<string, readonly number[]>
}

/** Longest list of whole numbers that is taken for a shape: weights are never looked into. */
const MAX_INTEGERS = 64

/**
 * `sizes`: of the graph's inputs, where they are other than the graph states. `targets`: of `Resize` results by name,
 * where they are other than the graph computes.
 */
export function inferShapes(
  graph: GraphProto,
  sizes: ReadonlyMap<string, Dims> = new Map(),
  targets: ReadonlyMap<string, Dims> = new Map(),
): Shapes {
  const dims = new Map<string, Dims>()
  const integers = new Map<string, readonly number[]>()
  const constant = (name: string, tensor: TensorProto) => {
    const shape = tensor.dims.map(Number)
    dims.set(name, shape)
    const isSmall = shape.length <= 1 && (shape[0] ?? 1) <= MAX_INTEGERS
    if (isSmall && tensor.dataType === DATA_TYPE.int64) integers.set(name, Array.from(tensorNumbers(tensor), Number))
  }
  for (const { name, type } of graph.input) {
    const stated = type?.tensorType?.shape?.dim.map(({ dimValue }) => Number(dimValue ?? -1n))
    if (stated?.every((dim) => dim >= 0)) dims.set(name ?? '', stated)
  }
  for (const [name, size] of sizes) dims.set(name, size)
  for (const tensor of graph.initializer) constant(tensor.name ?? '', tensor)
  for (const node of graph.node) {
    if (!isStandard(node)) continue
    const [output = ''] = node.output
    if (node.opType === 'Constant') {
      const value = node.attribute.find(({ name }) => name === 'value')?.t
      if (value) constant(output, value)
      continue
    }
    const counted = integersOf(node, dims, integers)
    if (counted) {
      integers.set(output, counted)
      dims.set(output, [counted.length])
      continue
    }
    const shape = targets.get(output) ?? dimsOf(node, dims, integers, graph)
    if (shape?.every((dim) => Number.isInteger(dim) && dim > 0)) dims.set(output, shape)
  }
  return { dims, integers }
}

type Lookup<T> = ReadonlyMap<string, readonly T[]>

function integersOf(node: NodeProto, dims: Lookup<number>, integers: Lookup<number>): readonly number[] | undefined {
  const [first = ''] = node.input
  switch (node.opType) {
    case 'Shape':
      return dims.get(first)
    case 'Slice': {
      const [data, starts, ends, axes, steps] = node.input.map((name) => integers.get(name))
      if (!data || starts?.length !== 1 || ends?.length !== 1) return undefined
      if ((axes && axes[0] !== 0) || (steps && steps[0] !== 1)) return undefined
      return data.slice(starts[0], ends[0])
    }
    case 'Gather': {
      const [data, indices] = node.input.map((name) => integers.get(name))
      const picked = data && indices?.map((index) => data.at(index))
      return picked?.every((value) => value !== undefined) ? picked : undefined
    }
    case 'Concat': {
      const parts = node.input.map((name) => integers.get(name))
      return parts.every((part) => part !== undefined) ? parts.flat() : undefined
    }
    case 'Unsqueeze':
    case 'Squeeze':
    case 'Cast':
      return integers.get(first)
    default:
      return undefined
  }
}

function dimsOf(
  node: NodeProto,
  dims: Lookup<number>,
  integers: Lookup<number>,
  graph: GraphProto,
): readonly number[] | undefined {
  const [first = '', second = '', third = '', fourth = ''] = node.input
  const from = dims.get(first)
  switch (node.opType) {
    case 'Conv': {
      const weights = dims.get(second)
      return from && weights && [from[0]!, weights[0]!, ...windows(node, from, weights.slice(2))]
    }
    case 'MaxPool':
    case 'AveragePool':
      return from && [from[0]!, from[1]!, ...windows(node, from, intsAttribute(node, 'kernel_shape', []))]
    case 'GlobalAveragePool':
    case 'GlobalMaxPool':
      return from?.map((dim, axis) => (axis < 2 ? dim : 1))
    case 'Relu':
    case 'Sigmoid':
    case 'Clip':
    case 'LeakyRelu':
    case 'HardSigmoid':
    case 'HardSwish':
    case 'Identity':
    case 'BatchNormalization':
    case 'InstanceNormalization':
    case 'PRelu':
    case 'Tanh':
    case 'Exp':
    case 'Softmax':
      return from
    case 'Cast':
      return from
    case 'Add':
    case 'Mul':
    case 'Sub':
    case 'Div':
      return broadcast(from, dims.get(second))
    case 'Concat': {
      const parts = node.input.map((name) => dims.get(name))
      if (!from || parts.some((part) => part?.length !== from.length)) return undefined
      const axis = intAttribute(node, 'axis', 0)
      const at = axis < 0 ? axis + from.length : axis
      return from.map((dim, i) => (i === at ? parts.reduce((sum, part) => sum + part![i]!, 0) : dim))
    }
    case 'Transpose': {
      const order = intsAttribute(node, 'perm', from?.map((_, i) => from.length - 1 - i) ?? [])
      return from && order.map((axis) => from[axis]!)
    }
    case 'Upsample':
    case 'Resize': {
      const sizes = integers.get(fourth)
      if (sizes?.length === from?.length) return sizes
      const scales = floats(graph, node.opType === 'Upsample' || node.input.length === 2 ? second : third)
      return scales?.length === from?.length ? from?.map((dim, i) => Math.floor(dim * scales![i]!)) : undefined
    }
    default:
      return undefined
  }
}

/** Sizes after a window has slid over the axes behind the first two. */
function windows(node: NodeProto, from: Dims, kernel: Dims): number[] {
  const strides = intsAttribute(node, 'strides', [])
  const dilations = intsAttribute(node, 'dilations', [])
  const pads = intsAttribute(node, 'pads', [])
  const automatic = textAttribute(node, 'auto_pad', 'NOTSET')
  const round = intAttribute(node, 'ceil_mode', 0) === 1 ? Math.ceil : Math.floor
  return kernel.map((width, i) => {
    const size = from[i + 2]!
    const stride = strides[i] ?? 1
    const reach = (width - 1) * (dilations[i] ?? 1) + 1
    if (automatic.startsWith('SAME')) return Math.ceil(size / stride)
    const padding = automatic === 'VALID' ? 0 : (pads[i] ?? 0) + (pads[i + kernel.length] ?? 0)
    return round((size + padding - reach) / stride) + 1
  })
}

function broadcast(a: Dims | undefined, b: Dims | undefined): Dims | undefined {
  if (!a || !b) return undefined
  const rank = Math.max(a.length, b.length)
  const pad = (dims: Dims) => [...Array<number>(rank - dims.length).fill(1), ...dims]
  const [left, right] = [pad(a), pad(b)]
  return left.map((dim, i) => Math.max(dim, right[i]!))
}

function floats(graph: GraphProto, name: string): readonly number[] | undefined {
  const tensor =
    graph.initializer.find((candidate) => candidate.name === name) ??
    graph.node
      .find(({ opType, output }) => opType === 'Constant' && output[0] === name)
      ?.attribute.find((attribute) => attribute.name === 'value')?.t
  return tensor?.dataType === DATA_TYPE.float32 ? Array.from(tensorNumbers(tensor), Number) : undefined
}
