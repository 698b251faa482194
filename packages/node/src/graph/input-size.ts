// Fixes the input size of a graph, and replaces everything computed from sizes by constants.

import { makeTensor } from './build.ts'
import { keepLive } from './live.ts'
import type { ModelProto } from './onnx.ts'
import { inferShapes } from './shapes.ts'
import { invalidModel } from './wire.ts'

export interface InputSize {
  /** Pixels. */
  readonly width: number
  readonly height: number
}

/**
 * The model for an input of 1 x C x height x width. Exports for one size hold the targets of their `Resize` nodes as
 * numbers: these grow or shrink with the input. The graph is changed in place, its nodes stay in running order.
 * Errors: MODEL_INVALID where a target would be no whole number, or a size stays unknown.
 */
export function fixInputSize(model: ModelProto, { width, height }: InputSize): ModelProto {
  const { graph } = model
  const [input] = graph?.input ?? []
  const stated = input?.type?.tensorType?.shape?.dim.map(({ dimValue }) => Number(dimValue ?? -1n)) ?? []
  if (!graph || !input || stated.length !== 4) throw invalidModel('expected one input of four dimensions')
  const name = input.name ?? ''
  const channels = stated[1]! > 0 ? stated[1]! : 3
  const published = [stated[2]! > 0 ? stated[2]! : height, stated[3]! > 0 ? stated[3]! : width] as const
  const before = inferShapes(graph, new Map([[name, [1, channels, ...published]]]))
  const scaled = (size: number, from: number, to: number, output: string) => {
    const result = (size * to) / from
    if (!Number.isInteger(result)) {
      throw invalidModel(`an input of ${width} x ${height} makes '${output}' ${result} pixels long: choose a multiple`)
    }
    return result
  }
  const targets = new Map<string, readonly number[]>()
  for (const { opType, output } of graph.node) {
    if (opType !== 'Resize' && opType !== 'Upsample') continue
    const target = before.dims.get(output[0] ?? '')
    if (target?.length !== 4) throw invalidModel(`the size of '${output[0]}' is not known`)
    const [batch, depth, rows, columns] = target as [number, number, number, number]
    targets.set(output[0] ?? '', [
      batch,
      depth,
      scaled(rows, published[0], height, output[0] ?? ''),
      scaled(columns, published[1], width, output[0] ?? ''),
    ])
  }
  const { dim } = input.type!.tensorType!.shape!
  for (const [axis, size] of [1, channels, height, width].entries()) dim[axis] = { dimValue: BigInt(size) }
  for (const node of graph.node) {
    const target = targets.get(node.output[0] ?? '')
    if (node.opType !== 'Resize' || !target) continue
    const sizes = `${node.output[0]}/sizes`
    graph.initializer.push(makeTensor(sizes, [4], BigInt64Array.from(target, BigInt)))
    node.input = [node.input[0]!, '', '', sizes]
  }
  // Types and sizes of the other values are as before or stale; a runtime works them out itself.
  graph.valueInfo = []
  for (const output of graph.output) delete output.type?.tensorType?.shape
  keepLive(graph, Number(model.irVersion ?? 0n))
  return model
}
