// Helpers to build the messages of onnx.ts: nodes, tensors, values, models.

import {
  ATTRIBUTE_TYPE,
  type AttributeProto,
  DATA_TYPE,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './onnx.ts'
import type { TensorNumbers } from './tensors.ts'

/** The end of a slice that takes all: beyond the size of any value. */
export const TO_THE_END = 2 ** 31 - 1

/** A number is an int where it is a bigint, else a float; lists and strings as they look. */
export type AttributeValue = number | bigint | string | TensorProto | GraphProto | readonly number[] | readonly bigint[]

export function makeNode(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
): NodeProto {
  return {
    opType,
    input: [...input],
    output: [...output],
    // Names of nodes need not be unique to be valid, but messages of a runtime are clearer when they are.
    name: output[0] ?? opType,
    attribute: Object.entries(attributes).map(([name, value]) => makeAttribute(name, value)),
  }
}

export function makeAttribute(name: string, value: AttributeValue): AttributeProto {
  const base = { name, floats: [], ints: [], strings: [], tensors: [], graphs: [] }
  if (typeof value === 'bigint') return { ...base, i: value, type: ATTRIBUTE_TYPE.int }
  if (typeof value === 'number') return { ...base, f: value, type: ATTRIBUTE_TYPE.float }
  if (typeof value === 'string') return { ...base, s: new TextEncoder().encode(value), type: ATTRIBUTE_TYPE.string }
  if ('dims' in value) return { ...base, t: value, type: ATTRIBUTE_TYPE.tensor }
  if ('node' in value) return { ...base, g: value, type: ATTRIBUTE_TYPE.graph }
  return isBigints(value)
    ? { ...base, ints: [...value], type: ATTRIBUTE_TYPE.ints }
    : { ...base, floats: [...value], type: ATTRIBUTE_TYPE.floats }
}

/** An empty list is taken for ints. */
function isBigints(list: readonly number[] | readonly bigint[]): list is readonly bigint[] {
  return list.length === 0 || typeof list[0] === 'bigint'
}

/** A tensor over the memory of `numbers`. `dataType` only where the array does not say it: float16 bits, bool. */
export function makeTensor(
  name: string,
  dims: readonly number[],
  numbers: TensorNumbers,
  dataType: number = typeOf(numbers),
): TensorProto {
  return {
    name,
    dims: dims.map(BigInt),
    dataType,
    rawData: new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength),
    stringData: [],
    externalData: [],
  }
}

function typeOf(numbers: TensorNumbers): number {
  if (numbers instanceof Float32Array) return DATA_TYPE.float32
  if (numbers instanceof Float64Array) return DATA_TYPE.float64
  if (numbers instanceof Int8Array) return DATA_TYPE.int8
  if (numbers instanceof Uint8Array) return DATA_TYPE.uint8
  if (numbers instanceof Int16Array) return DATA_TYPE.int16
  if (numbers instanceof Uint16Array) return DATA_TYPE.uint16
  if (numbers instanceof Int32Array) return DATA_TYPE.int32
  if (numbers instanceof Uint32Array) return DATA_TYPE.uint32
  return numbers instanceof BigInt64Array ? DATA_TYPE.int64 : DATA_TYPE.uint64
}

/** A dimension given as text is only known when the graph runs. */
export function makeValueInfo(name: string, elemType: number, dims: readonly (number | string)[]): ValueInfoProto {
  const dim = dims.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: BigInt(size) }))
  return { name, type: { tensorType: { elemType, shape: { dim } } } }
}

export function makeGraph(
  name: string,
  parts: Pick<GraphProto, 'node' | 'input' | 'output'> & Partial<GraphProto>,
): GraphProto {
  return { name, initializer: [], sparseInitializer: [], valueInfo: [], quantizationAnnotation: [], ...parts }
}

/** A model of the standard operators. IR version 8 and up keeps initialisers out of the inputs. */
export function makeModel(graph: GraphProto, opset: number): ModelProto {
  return {
    irVersion: 8n,
    producerName: 'koutu',
    graph,
    opsetImport: [{ domain: '', version: BigInt(opset) }],
    metadataProps: [],
    trainingInfo: [],
    functions: [],
  }
}
