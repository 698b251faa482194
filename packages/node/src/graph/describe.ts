// Inputs and outputs of a graph, read from its file without a runtime: for doctor, and for models without a sidecar.

import { DATA_TYPE, decodeModel, type ModelProto, type ValueInfoProto } from './onnx.ts'
import { invalidModel } from './wire.ts'

export interface ValueDescription {
  readonly name: string
  /** 'float32', 'float16', 'int64', …; 'other' for what is no tensor or of a type without a name here. */
  readonly type: keyof typeof DATA_TYPE | 'other'
  /** Null: the shape is not stated. In it: text names a size that is known only when the graph runs, null one without a name. */
  readonly dims: readonly (number | string | null)[] | null
}

export interface ModelDescription {
  /** Without the inputs that only name an initialiser. */
  readonly inputs: readonly ValueDescription[]
  readonly outputs: readonly ValueDescription[]
  /** Version of the standard operators. */
  readonly opset: number | null
  readonly irVersion: number | null
  readonly producer: string
}

/** Names, types and sizes of a model's inputs and outputs. Errors: MODEL_INVALID. */
export function describeModel(model: Uint8Array | ModelProto): ModelDescription {
  const { graph, opsetImport, irVersion, producerName } = model instanceof Uint8Array ? decodeModel(model) : model
  if (!graph || graph.output.length === 0) throw invalidModel('expected an ONNX graph with an output but found none')
  const initializers = new Set(graph.initializer.map(({ name }) => name))
  const standard = opsetImport.find(({ domain }) => !domain || domain === 'ai.onnx')
  return {
    inputs: graph.input.filter(({ name }) => !initializers.has(name)).map(describeValue),
    outputs: graph.output.map(describeValue),
    opset: standard?.version === undefined ? null : Number(standard.version),
    irVersion: irVersion === undefined ? null : Number(irVersion),
    producer: producerName ?? '',
  }
}

function describeValue({ name, type }: ValueInfoProto): ValueDescription {
  const { elemType, shape } = type?.tensorType ?? {}
  const known = Object.entries(DATA_TYPE).find(([, number]) => number === elemType)
  return {
    name: name ?? '',
    type: known ? (known[0] as keyof typeof DATA_TYPE) : 'other',
    // Some writers put -1 for a size they do not know.
    dims:
      shape?.dim.map(({ dimValue, dimParam }) =>
        dimValue !== undefined && dimValue >= 0n ? Number(dimValue) : dimParam || null,
      ) ?? null,
  }
}
