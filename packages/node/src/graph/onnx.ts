// The parts of ONNX that koutu reads and writes, as plain objects. What is not named here is kept as unknown bytes.
// Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
// Doc strings are left unnamed on purpose: they need not be UTF-8.

import { decodeMessage, defineSchema, encodeMessage, type Message, type Schema } from './message.ts'
import type { ByteSource } from './wire.ts'

export interface ModelProto extends Message {
  irVersion?: bigint
  producerName?: string
  producerVersion?: string
  graph?: GraphProto
  opsetImport: OperatorSetIdProto[]
  /** Encoded TrainingInfoProto and FunctionProto messages: nothing here looks inside. */
  trainingInfo: Uint8Array[]
  functions: Uint8Array[]
  metadataProps: StringStringEntryProto[]
}

interface OperatorSetIdProto extends Message {
  /** Empty or absent: the standard operators. */
  domain?: string
  version?: bigint
}

interface StringStringEntryProto extends Message {
  key?: string
  value?: string
}

export interface GraphProto extends Message {
  /** In an order in which each value is made before it is used. */
  node: NodeProto[]
  name?: string
  initializer: TensorProto[]
  sparseInitializer: SparseTensorProto[]
  input: ValueInfoProto[]
  output: ValueInfoProto[]
  valueInfo: ValueInfoProto[]
  /** Encoded TensorAnnotation messages: hints about ranges, which no runtime needs. */
  quantizationAnnotation: Uint8Array[]
}

export interface NodeProto extends Message {
  /** An empty name is an optional input that is left out. */
  input: string[]
  output: string[]
  name?: string
  opType?: string
  domain?: string
  attribute: AttributeProto[]
}

export interface AttributeProto extends Message {
  name?: string
  f?: number
  i?: bigint
  s?: Uint8Array
  t?: TensorProto
  g?: GraphProto
  floats: number[]
  ints: bigint[]
  strings: Uint8Array[]
  tensors: TensorProto[]
  graphs: GraphProto[]
  sparseTensor?: SparseTensorProto
  /** One of ATTRIBUTE_TYPE. */
  type?: number
}

export interface TensorProto extends Message {
  dims: bigint[]
  /** One of DATA_TYPE. */
  dataType?: number
  /** Packed little-endian float32. */
  floatData?: Uint8Array
  /** Packed varints: int32, and all smaller types, float16 and bool in it. */
  int32Data?: Uint8Array
  stringData: Uint8Array[]
  int64Data?: Uint8Array
  name?: string
  /** Little-endian, densely packed. */
  rawData?: ByteSource
  doubleData?: Uint8Array
  uint64Data?: Uint8Array
  externalData: StringStringEntryProto[]
  /** 1: the data lies in another file. */
  dataLocation?: number
}

interface SparseTensorProto extends Message {
  /** Its name is the name of the whole. */
  values?: TensorProto
  indices?: TensorProto
  dims: bigint[]
}

export interface ValueInfoProto extends Message {
  name?: string
  type?: TypeProto
}

interface TypeProto extends Message {
  /** Absent for sequences, maps, optionals. */
  tensorType?: TensorTypeProto
}

interface TensorTypeProto extends Message {
  elemType?: number
  shape?: TensorShapeProto
}

interface TensorShapeProto extends Message {
  dim: DimensionProto[]
}

interface DimensionProto extends Message {
  dimValue?: bigint
  dimParam?: string
}

/** TensorProto.DataType */
export const DATA_TYPE = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
} as const

/** AttributeProto.AttributeType */
export const ATTRIBUTE_TYPE = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
} as const

const stringStringEntry = defineSchema('StringStringEntryProto', { key: [1, 'string'], value: [2, 'string'] })

const operatorSetId = defineSchema('OperatorSetIdProto', { domain: [1, 'string'], version: [2, 'int64'] })

const dimension = defineSchema('TensorShapeProto.Dimension', { dimValue: [1, 'int64'], dimParam: [2, 'string'] })

const tensorShape = defineSchema('TensorShapeProto', { dim: [1, () => dimension, 'repeated'] })

const tensorType = defineSchema('TypeProto.Tensor', { elemType: [1, 'int32'], shape: [2, () => tensorShape] })

const typeProto = defineSchema('TypeProto', { tensorType: [1, () => tensorType] })

const valueInfo = defineSchema('ValueInfoProto', { name: [1, 'string'], type: [2, () => typeProto] })

const tensor = defineSchema('TensorProto', {
  dims: [1, 'int64', 'repeated'],
  dataType: [2, 'int32'],
  floatData: [4, 'packed32'],
  int32Data: [5, 'packedVarint'],
  stringData: [6, 'bytes', 'repeated'],
  int64Data: [7, 'packedVarint'],
  name: [8, 'string'],
  rawData: [9, 'bytes'],
  doubleData: [10, 'packed64'],
  uint64Data: [11, 'packedVarint'],
  externalData: [13, () => stringStringEntry, 'repeated'],
  dataLocation: [14, 'int32'],
})

const sparseTensor = defineSchema('SparseTensorProto', {
  values: [1, () => tensor],
  indices: [2, () => tensor],
  dims: [3, 'int64', 'repeated'],
})

const attribute: Schema = defineSchema('AttributeProto', {
  name: [1, 'string'],
  f: [2, 'float'],
  i: [3, 'int64'],
  s: [4, 'bytes'],
  t: [5, () => tensor],
  g: [6, () => graph],
  floats: [7, 'float', 'repeated'],
  ints: [8, 'int64', 'repeated'],
  strings: [9, 'bytes', 'repeated'],
  tensors: [10, () => tensor, 'repeated'],
  graphs: [11, () => graph, 'repeated'],
  type: [20, 'int32'],
  sparseTensor: [22, () => sparseTensor],
})

const node = defineSchema('NodeProto', {
  input: [1, 'string', 'repeated'],
  output: [2, 'string', 'repeated'],
  name: [3, 'string'],
  opType: [4, 'string'],
  attribute: [5, () => attribute, 'repeated'],
  domain: [7, 'string'],
})

const graph: Schema = defineSchema('GraphProto', {
  node: [1, () => node, 'repeated'],
  name: [2, 'string'],
  initializer: [5, () => tensor, 'repeated'],
  input: [11, () => valueInfo, 'repeated'],
  output: [12, () => valueInfo, 'repeated'],
  valueInfo: [13, () => valueInfo, 'repeated'],
  quantizationAnnotation: [14, 'bytes', 'repeated'],
  sparseInitializer: [15, () => sparseTensor, 'repeated'],
})

const model = defineSchema('ModelProto', {
  irVersion: [1, 'int64'],
  producerName: [2, 'string'],
  producerVersion: [3, 'string'],
  graph: [7, () => graph],
  opsetImport: [8, () => operatorSetId, 'repeated'],
  metadataProps: [14, () => stringStringEntry, 'repeated'],
  trainingInfo: [20, 'bytes', 'repeated'],
  functions: [25, 'bytes', 'repeated'],
})

/** Reads an .onnx file. Tensor data stays a view of `bytes`. Errors: MODEL_INVALID. */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return decodeMessage<ModelProto>(model, bytes)
}

/** Writes an .onnx file, with everything that was read into the object, unknown fields included. */
export function encodeModel(message: ModelProto): Uint8Array {
  return encodeMessage(model, message)
}
