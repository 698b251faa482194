// How much arithmetic a network asks for: multiplications with an addition, of its convolutions and matrix products.
// The rest of an image network (activations, pooling, scaling) is well below one percent of it and not counted.
// Reads the shapes that the graph states; runs nothing.

import type { GraphProto, ModelProto, NodeProto } from '@koutu/node'

/** One multiply-accumulate is two operations, as throughput is quoted. */
export const OPERATIONS_PER_MAC = 2

export interface NetworkCost {
  readonly macs: number
  readonly layers: number
}

/** Throws where a layer's shape is not stated, or is known only when the graph runs. */
export function countMacs({ graph }: ModelProto): NetworkCost {
  if (!graph) throw new Error('expected a graph')
  const shapes = statedShapes(graph)
  const layers = graph.node.map((node) => layerMacs(node, shapes)).filter((macs) => macs !== null)
  return { macs: layers.reduce((sum, macs) => sum + macs, 0), layers: layers.length }
}

function layerMacs(node: NodeProto, shapes: ReadonlyMap<string, readonly number[]>): number | null {
  const shape = (name: string | undefined): readonly number[] => {
    const dims = shapes.get(name ?? '')
    if (!dims) throw new Error(`expected a stated shape for '${name}' of ${node.opType}`)
    return dims
  }
  const product = (dims: readonly number[]) => dims.reduce((result, dim) => result * dim, 1)
  switch (node.opType) {
    case 'Conv':
      // Weights are [out, in / group, height, width]: each output number is one product with all but the first.
      return product(shape(node.output[0])) * product(shape(node.input[1]).slice(1))
    case 'MatMul':
      return product(shape(node.output[0])) * shape(node.input[0]).at(-1)!
    default:
      return null
  }
}

function statedShapes(graph: GraphProto): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>()
  for (const { name, dims } of graph.initializer) shapes.set(name ?? '', dims.map(Number))
  for (const { name, type } of [...graph.input, ...graph.output, ...graph.valueInfo]) {
    const dims = type?.tensorType?.shape?.dim.map(({ dimValue }) => Number(dimValue ?? Number.NaN))
    if (dims?.every((dim) => dim >= 0)) shapes.set(name ?? '', dims)
  }
  return shapes
}
