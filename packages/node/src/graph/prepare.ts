// Makes a graph ready to be run on a processor: half-precision numbers become single, the casts between them go,
// and only what the asked output needs is kept. Knows files no more than bytes.

import { isStandard } from './attributes.ts'
import { captures, keepLive, makersOf, nested } from './live.ts'
import {
  ATTRIBUTE_TYPE,
  type AttributeProto,
  DATA_TYPE,
  decodeModel,
  encodeModel,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './onnx.ts'
import { widenHalf } from './tensors.ts'
import { invalidModel } from './wire.ts'

export interface PrepareOptions {
  /** Name of the output to keep; null = the first. */
  readonly output: string | null
}

/**
 * An equivalent graph that runs faster on a CPU: float16 widened to float32 throughout (inputs and outputs too),
 * casts that became idle removed, one output, dead branches cut, nodes in running order.
 * No half-precision rounding takes place any more, so results differ from the original's by such roundings.
 * Graphs with parts that cannot be looked into (functions, operators of unknown domains) keep their types.
 * The result is a buffer of its own. Errors: MODEL_INVALID, for external data too.
 */
export function prepareGraph(bytes: Uint8Array, options: PrepareOptions): Uint8Array {
  return encodeModel(prepareModel(decodeModel(bytes), options))
}

/** `prepareGraph` on a decoded model, which must not be used afterwards: its parts are reused and changed. */
export function prepareModel(model: ModelProto, options: PrepareOptions): ModelProto {
  const { graph } = model
  if (!graph || graph.output.length === 0) throw invalidModel('expected an ONNX graph with an output but found none')
  refuseExternalData(graph)
  const output = options.output === null ? graph.output[0]! : graph.output.find(({ name }) => name === options.output)
  if (!output) {
    const names = graph.output
      .slice(0, 20)
      .map(({ name }) => name)
      .join(', ')
    throw invalidModel(`expected an output '${options.output}' but the graph has: ${names}`)
  }
  graph.output = [output]
  // They describe training and ranges of values that may be gone.
  model.trainingInfo = []
  graph.quantizationAnnotation = []
  keepLive(graph, Number(model.irVersion ?? 0n))
  if (canWiden(model, graph)) {
    widenGraph(graph)
    removeIdleCasts(graph)
  }
  keepLive(graph, Number(model.irVersion ?? 0n))
  return model
}

function* tensorsOf(attribute: AttributeProto): Iterable<TensorProto> {
  if (attribute.t) yield attribute.t
  yield* attribute.tensors
  if (attribute.sparseTensor?.values) yield attribute.sparseTensor.values
  if (attribute.sparseTensor?.indices) yield attribute.sparseTensor.indices
}

function refuseExternalData(root: GraphProto): void {
  const check = ({ name, dataLocation, externalData }: TensorProto) => {
    if (dataLocation !== 1 && externalData.length === 0) return
    const location = externalData.find(({ key }) => key === 'location')?.value ?? 'another file'
    throw invalidModel(`expected one file with all weights but '${name ?? ''}' lies in '${location}'`)
  }
  for (const graph of nested(root)) {
    for (const tensor of graph.initializer) check(tensor)
    for (const { values, indices } of graph.sparseInitializer) {
      if (values) check(values)
      if (indices) check(indices)
    }
    for (const node of graph.node) {
      for (const attribute of node.attribute) for (const tensor of tensorsOf(attribute)) check(tensor)
    }
  }
}

/** Operators of these sets take float32 wherever they take float16. */
const WIDENABLE_DOMAINS = new Set(['', 'ai.onnx', 'ai.onnx.ml', 'com.microsoft'])
/** They read the bits of a number, or carry its type where it is not looked for. */
const TYPE_BOUND_OPERATORS = new Set(['BitCast', 'Optional'])

/** Whether every place that says float16 can be seen and changed: one that is missed would make the graph invalid. */
function canWiden(model: ModelProto, root: GraphProto): boolean {
  if (model.functions.length > 0) return false
  const isTensor = ({ type }: ValueInfoProto) => type?.tensorType !== undefined || type?.unknown === undefined
  for (const graph of nested(root)) {
    if (![...graph.input, ...graph.output, ...graph.valueInfo].every(isTensor)) return false
    for (const { opType, domain } of graph.node) {
      if (!WIDENABLE_DOMAINS.has(domain ?? '') || TYPE_BOUND_OPERATORS.has(opType ?? '')) return false
    }
  }
  return true
}

const TYPE_ATTRIBUTES = new Set(['to', 'dtype', 'output_dtype', 'output_datatype'])

/** Replaces float16 by float32 everywhere: numbers, declared types, and the types that operators are told to make. */
function widenGraph(root: GraphProto): void {
  for (const graph of nested(root)) {
    graph.initializer = graph.initializer.map(widenTensor)
    for (const sparse of graph.sparseInitializer) if (sparse.values) sparse.values = widenTensor(sparse.values)
    for (const { type } of [...graph.input, ...graph.output, ...graph.valueInfo]) {
      if (type?.tensorType?.elemType === DATA_TYPE.float16) type.tensorType.elemType = DATA_TYPE.float32
    }
    for (const node of graph.node) for (const attribute of node.attribute) widenAttribute(attribute)
  }
}

function widenTensor(tensor: TensorProto): TensorProto {
  return tensor.dataType === DATA_TYPE.float16 ? widenHalf(tensor) : tensor
}

function widenAttribute(attribute: AttributeProto): void {
  if (attribute.t) attribute.t = widenTensor(attribute.t)
  attribute.tensors = attribute.tensors.map(widenTensor)
  const { sparseTensor } = attribute
  if (sparseTensor?.values) sparseTensor.values = widenTensor(sparseTensor.values)
  if (TYPE_ATTRIBUTES.has(attribute.name ?? '') && attribute.i === BigInt(DATA_TYPE.float16)) {
    attribute.i = BigInt(DATA_TYPE.float32)
  }
}

/** Cuts casts to the type that the value already has, as far as that type is stated. Only outside of inner graphs. */
function removeIdleCasts(graph: GraphProto): void {
  const types = statedTypes(graph)
  // Values read by inner graphs keep their names.
  const captured = new Set<string>()
  for (const node of graph.node) for (const name of captures(node)) captured.add(name)
  const made = makersOf(graph)
  const output = graph.output[0]!.name ?? ''
  const renamed = new Map<string, string>()
  const follow = (name: string) => renamed.get(name) ?? name
  graph.node = graph.node.filter((node) => {
    // In running order the input's own final name is known by now.
    node.input = node.input.map(follow)
    const [from = ''] = node.input
    const [to = ''] = node.output
    if (!isCast(node) || types.get(from) !== castType(node) || captured.has(to)) return true
    if (to !== output) {
      renamed.set(to, from)
      return false
    }
    // The output's name is fixed: the value before takes it over, where a node makes it.
    if (!made.has(from) || captured.has(from)) return true
    renamed.set(from, to)
    return false
  })
  for (const node of graph.node) {
    node.input = node.input.map(follow)
    node.output = node.output.map((name) => (renamed.get(name) === output ? output : name))
  }
}

function isCast(node: NodeProto): boolean {
  return node.opType === 'Cast' && isStandard(node)
}

function castType({ attribute }: NodeProto): number {
  return Number(attribute.find(({ name, type }) => name === 'to' && type === ATTRIBUTE_TYPE.int)?.i ?? 0n)
}

function statedTypes(graph: GraphProto): Map<string, number> {
  const types = new Map<string, number>()
  for (const { name, type } of [...graph.valueInfo, ...graph.input, ...graph.output]) {
    if (type?.tensorType?.elemType) types.set(name ?? '', type.tensorType.elemType)
  }
  for (const { name, dataType } of graph.initializer) if (dataType) types.set(name ?? '', dataType)
  for (const node of graph.node) if (isCast(node)) types.set(node.output[0] ?? '', castType(node))
  return types
}
