// Puts a model's large weights into a second file, as ONNX external data: a runtime maps that file into memory, where it
// would parse and copy a weight that lies in the graph. Knows files no more than by the name that the graph says.
// https://github.com/onnx/onnx/blob/main/docs/ExternalData.md

import type { ModelProto, TensorProto } from './onnx.ts'
import { type ByteSource, invalidModel } from './wire.ts'

export interface SplitModel {
  readonly model: ModelProto
  /** The bytes of the data file, in order. Each piece is made when it is asked for, each time anew. */
  readonly data: Iterable<Uint8Array>
}

/** Windows maps files at multiples of this, other systems at pages, which are fractions of it: a weight begins at one. */
export const STEP_BYTES = 65_536
/**
 * Smaller weights stay in the graph. They would leave larger gaps than they are themselves, nothing gets faster by them
 * (1 kB or 128 kB as the limit took the same time and memory), and shapes, which a runtime must see in the graph, are small.
 */
export const MIN_EXTERNAL_BYTES = 65_536

/** The model with its large initialisers in the file called `location`, which must lie beside it. `model` stays as it is. */
export function splitWeights(model: ModelProto, location: string): SplitModel {
  if (!model.graph) return { model, data: [] }
  const placed: Placed[] = []
  let end = 0
  const initializer = model.graph.initializer.map((tensor) => {
    const { rawData, ...rest } = tensor
    if (!rawData || rawData.byteLength < MIN_EXTERNAL_BYTES) return tensor
    const offset = Math.ceil(end / STEP_BYTES) * STEP_BYTES
    placed.push({ source: rawData, gap: offset - end })
    end = offset + rawData.byteLength
    return { ...rest, externalData: entries(location, offset, rawData.byteLength), dataLocation: EXTERNAL }
  })
  return {
    model: { ...model, graph: { ...model.graph, initializer } },
    data: { [Symbol.iterator]: () => pieces(placed) },
  }
}

/** The model with its external weights in the graph again. `data`: the whole file that they lie in. */
export function joinWeights(model: ModelProto, data: Uint8Array): ModelProto {
  if (!model.graph) return model
  const initializer = model.graph.initializer.map((tensor) => {
    if (tensor.dataLocation !== EXTERNAL) return tensor
    const { dataLocation: _, ...rest } = tensor
    const at = (key: string) => Number(tensor.externalData.find((entry) => entry.key === key)?.value)
    const [offset, length] = [at('offset'), at('length')]
    if (!(offset >= 0 && length >= 0 && offset + length <= data.byteLength)) {
      throw invalidModel(`the weights of '${tensor.name ?? ''}' lie outside their file`)
    }
    return { ...rest, externalData: [], rawData: data.subarray(offset, offset + length) }
  })
  return { ...model, graph: { ...model.graph, initializer } }
}

/** TensorProto.DataLocation */
const EXTERNAL = 1

interface Placed {
  readonly source: ByteSource
  /** Zeros before it. */
  readonly gap: number
}

function entries(location: string, offset: number, length: number): TensorProto['externalData'] {
  return [
    { key: 'location', value: location },
    { key: 'offset', value: String(offset) },
    { key: 'length', value: String(length) },
  ]
}

function* pieces(placed: readonly Placed[]): Generator<Uint8Array> {
  for (const { source, gap } of placed) {
    if (gap > 0) yield new Uint8Array(gap)
    yield bytesOf(source)
  }
}

function bytesOf(source: ByteSource): Uint8Array {
  if (source instanceof Uint8Array) return source
  const bytes = new Uint8Array(source.byteLength)
  source.writeTo(bytes)
  return bytes
}
