// Graphs that tell no sizes: they run images of any size. And onnxruntime, where it knows how large values are, plans which value takes
// over whose memory, and what waits for such a value stays taken: ISNet needed 50 MB more. Without sizes a value takes memory when it is
// made and gives it back after its last use. Planning also took 40 ms of each start.
// It plans already where it knows how many dimensions values have, as behind a reshape to a constant shape. So shapes are no constants.

import { makeNode, makeTensor, makeValueInfo, TO_THE_END } from './build.ts'
import type { InputSize } from './input-size.ts'
import { keepLive } from './live.ts'
import { DATA_TYPE, type GraphProto, type ModelProto, type NodeProto } from './onnx.ts'
import { tensorNumbers } from './tensors.ts'
import { invalidModel } from './wire.ts'

/** What each does is the same in every place, or at every distance from an end, whatever the size. */
const SIZELESS: ReadonlySet<string> = new Set([
  ...['QLinearConv', 'QLinearAdd', 'QLinearConcat', 'NhwcMaxPool', 'QuantizeLinear', 'DequantizeLinear'],
  ...['Conv', 'MaxPool', 'AveragePool', 'Relu', 'LeakyRelu', 'Sigmoid', 'Clip', 'Add', 'Mul', 'Concat'],
  ...['Slice', 'Cast', 'Transpose', 'Unsqueeze', 'ReduceSum'],
])

/**
 * Takes the size from the model's one input where nothing in its graph depends on it, as the quantizer writes graphs. The model is
 * changed, and returned.
 */
export function hideSizes(model: ModelProto): ModelProto {
  const graph = graphOf(model)
  if (!graph.node.every((node) => isSizeless(node, graph))) return model
  delete graph.input[0]!.type!.tensorType!.shape
  hideShapes(graph)
  return model
}

/** Whether the graph runs images of any size. */
export function takesAnySize(model: ModelProto): boolean {
  return graphOf(model).input[0]!.type!.tensorType!.shape === undefined
}

/** Undoes `hideSizes`, or does it for another size. The model is changed, and returned. */
export function showSizes(model: ModelProto, { width, height }: InputSize): ModelProto {
  const graph = graphOf(model)
  if (!takesAnySize(model)) return model
  const [input, ...others] = graph.input
  const { elemType } = input!.type!.tensorType!
  const dims = elemType === DATA_TYPE.uint8 ? [1, height, width, 3] : [1, 3, height, width]
  graph.input = [makeValueInfo(input!.name!, elemType!, dims), ...others]
  showShapes(graph)
  keepLive(graph, Number(model.irVersion ?? 0n))
  return model
}

const END = 'shape end'

/** Each shape becomes all of itself up to an end that a node makes, so that nothing is known of its length. */
function hideShapes(graph: GraphProto): void {
  const reshapes = graph.node.filter(({ opType }) => opType === 'Reshape')
  const shapes = new Set(reshapes.map(({ input }) => input[1]!))
  if (shapes.size === 0) return
  graph.initializer.push(
    makeTensor(`${END}/begin`, [1], BigInt64Array.of(0n)),
    makeTensor(`${END}/number`, [1], Int32Array.of(TO_THE_END)),
  )
  graph.node.unshift(
    makeNode('Cast', [`${END}/number`], [END], { to: BigInt(DATA_TYPE.int64) }),
    ...Array.from(shapes, (shape) => makeNode('Slice', [shape, `${END}/begin`, END], [`${shape}/hidden`])),
  )
  for (const { input } of reshapes) input[1] = `${input[1]}/hidden`
}

function showShapes({ node }: GraphProto): void {
  const shown = new Map(node.filter(({ input }) => input[2] === END).map(({ input, output }) => [output[0], input[0]!]))
  for (const { opType, input } of node) if (opType === 'Reshape') input[1] = shown.get(input[1]) ?? input[1]!
}

function graphOf({ graph }: ModelProto): GraphProto {
  if (!graph?.input[0]?.type?.tensorType) throw invalidModel('expected an input of tensors')
  return graph
}

function isSizeless({ opType = '', input }: NodeProto, { initializer }: GraphProto): boolean {
  if (opType === 'Resize') return !input[3]
  if (opType !== 'Reshape') return SIZELESS.has(opType)
  const target = initializer.find(({ name }) => name === input[1])
  return target !== undefined && Array.from(tensorNumbers(target), Number).includes(-1)
}
