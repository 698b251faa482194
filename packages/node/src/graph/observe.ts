// Instruments a graph to observe the inner values that quantization needs.

import { makeNode, makeTensor, makeValueInfo } from './build.ts'
import { DATA_TYPE, type GraphProto, type ModelProto } from './onnx.ts'
import { inferShapes } from './shapes.ts'
import { invalidModel } from './wire.ts'

/** A value that a convolution or a sum makes, behind its Relu where one follows. */
export interface Observed {
  readonly value: string
  /** Name of the output that shows it. */
  readonly shown: string
  /** Each so many-th row and column is shown. Odd, for values that follow a 2 x 2 pattern. */
  readonly step: number
  /** 1 x C x H x W of the value itself. */
  readonly dims: readonly number[]
}

/**
 * Adds the observed values to the model's outputs, at most about `maxNumbers` numbers of each, and lists them in running
 * order. The model, whose input must be of fixed size, is changed in place.
 */
export function observeGraph(model: ModelProto, maxNumbers: number): Observed[] {
  const { graph } = model
  if (!graph) throw invalidModel('expected an ONNX graph')
  const { dims } = inferShapes(graph)
  const observed = valuesOf(graph).flatMap((value) => {
    const shape = dims.get(value)
    if (shape?.length !== 4) return []
    const step = Math.ceil(Math.sqrt(shape.reduce((product, dim) => product * dim, 1) / maxNumbers))
    return [{ value, shown: `observed:${value}`, step: step % 2 === 0 ? step + 1 : step, dims: shape }]
  })
  const constant = (name: string, ...values: bigint[]) => {
    if (!graph.initializer.some((tensor) => tensor.name === name)) {
      graph.initializer.push(makeTensor(name, [values.length], BigInt64Array.from(values)))
    }
    return name
  }
  const all = 2n ** 31n - 1n
  for (const { value, shown, step, dims: shape } of observed) {
    const parameters = [
      constant('observed starts', 0n, 0n),
      constant('observed ends', all, all),
      constant('observed axes', 2n, 3n),
      constant(`observed steps ${step}`, BigInt(step), BigInt(step)),
    ]
    graph.node.push(makeNode('Slice', [value, ...parameters], [shown]))
    const sampled = shape.map((dim, axis) => (axis < 2 ? dim : Math.ceil(dim / step)))
    graph.output.push(makeValueInfo(shown, DATA_TYPE.float32, sampled))
  }
  return observed
}

function valuesOf({ node, output }: GraphProto): string[] {
  const readers = new Map<string, number>()
  for (const { input } of node) for (const name of input) readers.set(name, (readers.get(name) ?? 0) + 1)
  const kept = new Set(output.map(({ name }) => name ?? ''))
  const behind = new Map<string, string>()
  for (const { opType, input, output: made } of node) {
    const [from = ''] = input
    if (opType === 'Relu' && readers.get(from) === 1 && !kept.has(from)) behind.set(from, made[0] ?? '')
  }
  return node
    .filter(({ opType }) => opType === 'Conv' || opType === 'Add')
    .map(({ output: [made = ''] }) => behind.get(made) ?? made)
}
