// The twin of a float graph in half precision, for devices that compute in it. Its large weights are the same numbers, and lie in the
// same file once that is written as float16.

import { isStandard } from './attributes.ts'
import { makeNode } from './build.ts'
import { DATA_TYPE, type GraphProto, type ModelProto, type NodeProto, type TensorProto } from './onnx.ts'
import { tensorNumbers } from './tensors.ts'

/** Their floats are all of one type, which may be float16; integers among their inputs stay what they are. */
const ANY_FLOAT = new Set([
  'Add',
  'AveragePool',
  'Concat',
  'Constant',
  'Conv',
  'ConvTranspose',
  'Div',
  'GlobalAveragePool',
  'Identity',
  'MaxPool',
  'Mul',
  'Relu',
  'Resize',
  'Shape',
  'Sigmoid',
  'Slice',
  'Sub',
  'Transpose',
])
/** Inputs of Resize that are float32 in every graph: region and scales. */
const RESIZE_FLOATS = [1, 2]
const LARGEST_HALF = 65_504

/**
 * The graph with float16 inside; input and output stay float32. Tensors outside of it must be exact halves, and their file is
 * read as float16. Null where an operator or a number does not allow it. `model` stays as it is.
 */
export function narrowModel(model: ModelProto): ModelProto | null {
  const { graph } = model
  if (!graph || !canNarrow(graph)) return null
  const [input, output] = [graph.input[0]!.name ?? '', graph.output[0]!.name ?? '']
  const inside = (name: string) => (name === input || name === output ? `${name}/half` : name)
  const initializer = graph.initializer.map(narrowTensor)
  const node = graph.node.map((one) =>
    narrowNode({ ...one, input: one.input.map(inside), output: one.output.map(inside) }),
  )
  if (initializer.includes(null) || node.includes(null)) return null
  const cast = (from: string, to: string, type: number) => ({
    ...makeNode('Cast', [from], [to], { to: BigInt(type) }),
    name: `${to}/cast`,
  })
  const casts = [cast(input, inside(input), DATA_TYPE.float16), cast(inside(output), output, DATA_TYPE.float32)]
  return {
    ...model,
    graph: {
      ...graph,
      initializer: initializer as TensorProto[],
      node: [casts[0]!, ...(node as NodeProto[]), casts[1]!],
      valueInfo: [],
    },
  }
}

function canNarrow(graph: GraphProto): boolean {
  const isFloat = ({ type }: GraphProto['input'][number]) => type?.tensorType?.elemType === DATA_TYPE.float32
  if (graph.input.length !== 1 || graph.output.length !== 1 || graph.sparseInitializer.length > 0) return false
  if (![...graph.input, ...graph.output].every(isFloat)) return false
  return graph.node.every(
    (node) =>
      isStandard(node) &&
      ANY_FLOAT.has(node.opType ?? '') &&
      (node.opType !== 'Resize' || RESIZE_FLOATS.every((at) => !node.input[at])),
  )
}

function narrowNode(node: NodeProto): NodeProto | null {
  const attribute = node.attribute.map((one) => {
    if (!one.t) return one
    const t = narrowTensor(one.t)
    return t && { ...one, t }
  })
  // A Constant may also be written as a plain number, which is a float32.
  const isPlain = node.opType === 'Constant' && !node.attribute.some(({ t }) => t)
  return isPlain || attribute.includes(null) ? null : { ...node, attribute: attribute as NodeProto['attribute'] }
}

/** Null where a number is too large. */
function narrowTensor(tensor: TensorProto): TensorProto | null {
  if (tensor.dataType !== DATA_TYPE.float32) return tensor
  if (tensor.externalData.length > 0) {
    const halved = ({ key, value }: TensorProto['externalData'][number]) =>
      key === 'offset' || key === 'length' ? { key, value: String(Number(value) / 2) } : { key, value }
    return { ...tensor, dataType: DATA_TYPE.float16, externalData: tensor.externalData.map(halved) } as TensorProto
  }
  const numbers = tensorNumbers(tensor) as Float32Array
  if (!numbers.every((value) => Math.abs(value) <= LARGEST_HALF)) return null
  const { floatData: _, ...rest } = tensor
  return { ...rest, dataType: DATA_TYPE.float16, rawData: new Uint8Array(new Float16Array(numbers).buffer) }
}
