// Hides from onnxruntime how large the values of a graph are. Where it knows, it plans which value takes over whose memory, and what
// waits for such a value stays taken: ISNet needed 50 MB more. Without sizes a value takes memory when it is made and gives it back after
// its last use. Planning also took 40 ms of each start.

import { makeValueInfo } from './build.ts'
import type { InputSize } from './input-size.ts'
import { DATA_TYPE, type GraphProto, type ModelProto } from './onnx.ts'
import { invalidModel } from './wire.ts'

/**
 * For graphs that run without optimization. The model's one input loses its size, and targets of `Reshape` become inputs with a
 * default, which a runtime must expect to be another when it runs. IR version 4 and up. The model is changed, and returned.
 */
export function hideSizes(model: ModelProto): ModelProto {
  const graph = graphOf(model)
  const [input] = graph.input
  delete input!.type!.tensorType!.shape
  const hidden = [...reshapeTargets(graph)].map((name) => ({
    name,
    type: { tensorType: { elemType: DATA_TYPE.int64 } },
  }))
  graph.input.push(...hidden)
  return model
}

/** Undoes `hideSizes`. The model is changed, and returned. */
export function showSizes(model: ModelProto, { width, height }: InputSize): ModelProto {
  const graph = graphOf(model)
  const targets = reshapeTargets(graph)
  const [input, ...others] = graph.input
  const { elemType } = input!.type!.tensorType!
  const dims = elemType === DATA_TYPE.uint8 ? [1, height, width, 3] : [1, 3, height, width]
  graph.input = [makeValueInfo(input!.name!, elemType!, dims), ...others.filter(({ name = '' }) => !targets.has(name))]
  return model
}

function graphOf({ graph }: ModelProto): GraphProto {
  if (!graph?.input[0]?.type?.tensorType) throw invalidModel('expected an input of tensors')
  return graph
}

/** Constants that say what size a value is given. */
function reshapeTargets({ node, initializer }: GraphProto): ReadonlySet<string> {
  const constants = new Set(initializer.map(({ name }) => name))
  const targets = node.filter(({ opType }) => opType === 'Reshape').map(({ input }) => input[1] ?? '')
  return new Set(targets.filter((name) => constants.has(name)))
}
