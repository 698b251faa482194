// Finds the nodes that the outputs of a graph need, in execution order.

import type { GraphProto, NodeProto } from './onnx.ts'
import { invalidModel } from './wire.ts'

function* subgraphs(node: NodeProto): Iterable<GraphProto> {
  for (const { g, graphs } of node.attribute) {
    if (g) yield g
    yield* graphs
  }
}

/** The graph and all graphs inside it. Depth is bounded by the decoder. */
export function* nested(graph: GraphProto): Iterable<GraphProto> {
  yield graph
  for (const node of graph.node) for (const inner of subgraphs(node)) yield* nested(inner)
}

/** Names that the graphs inside a node take from outside, and perhaps some that they make themselves. */
export function captures(node: NodeProto): Set<string> {
  const names = new Set<string>()
  for (const inner of subgraphs(node)) {
    for (const graph of nested(inner)) {
      // Names are unique in a valid model, graphs inside included, so at worst too much is kept.
      for (const { input } of graph.node) for (const name of input) names.add(name)
      for (const { name } of graph.output) names.add(name ?? '')
    }
  }
  return names
}

/** Names a node reads, those that graphs inside it take from outside included. */
function reads(node: NodeProto): Set<string> {
  const names = captures(node)
  for (const name of node.input) names.add(name)
  names.delete('')
  return names
}

/** Keeps the nodes that the output needs, each after those it reads, and of the rest what those nodes name. */
export function keepLive(graph: GraphProto, irVersion: number): void {
  const makers = makersOf(graph)
  const needs = graph.node.map((node) => {
    const indices: number[] = []
    for (const name of reads(node)) {
      const maker = makers.get(name)
      if (maker !== undefined) indices.push(maker)
    }
    return indices
  })
  const output = graph.output[0]!.name ?? ''
  const last = makers.get(output)
  if (last === undefined && !initializerNames(graph).has(output) && !graph.input.some(({ name }) => name === output)) {
    throw invalidModel(`no node makes the output '${output}'`)
  }
  graph.node = runningOrder(needs, last === undefined ? [] : [last]).map((index) => graph.node[index]!)

  const named = new Set(graph.output.map(({ name }) => name ?? ''))
  for (const node of graph.node) {
    for (const name of reads(node)) named.add(name)
    for (const name of node.output) named.add(name)
  }
  const isNamed = (value: { readonly name?: string } | undefined) => named.has(value?.name ?? '')
  // An input with the name of an initialiser is a default that a caller may replace, which keeps a runtime from
  // treating it as a constant. Nobody replaces it here. Before IR version 4 every initialiser had to be listed.
  const constants = initializerNames(graph)
  graph.input = graph.input.filter(
    (input) => !constants.has(input.name ?? '') || (irVersion < INITIALIZERS_STAND_ALONE && isNamed(input)),
  )
  graph.initializer = graph.initializer.filter(isNamed)
  graph.sparseInitializer = graph.sparseInitializer.filter(({ values }) => isNamed(values))
  graph.valueInfo = graph.valueInfo.filter(isNamed)
}

/** The IR version from which initialisers need not be listed among the inputs. */
const INITIALIZERS_STAND_ALONE = 4

function initializerNames({ initializer, sparseInitializer }: GraphProto): Set<string> {
  return new Set([
    ...initializer.map(({ name }) => name ?? ''),
    ...sparseInitializer.map(({ values }) => values?.name ?? ''),
  ])
}

/** Index of the node that makes each value. */
export function makersOf(graph: GraphProto): Map<string, number> {
  const makers = new Map<string, number>()
  for (const [index, { output }] of graph.node.entries()) {
    for (const name of output) {
      if (name === '') continue
      if (makers.has(name)) throw invalidModel(`the value '${name}' is made twice`)
      makers.set(name, index)
    }
  }
  return makers
}

/**
 * What `wanted` needs, each after its own needs, and otherwise in ascending order, so that a graph in running order
 * stays as it is. Errors: MODEL_INVALID for a cycle.
 */
function runningOrder(needs: readonly (readonly number[])[], wanted: readonly number[]): number[] {
  const live = new Set<number>()
  const found = [...wanted]
  for (let index = found.pop(); index !== undefined; index = found.pop()) {
    if (live.has(index)) continue
    live.add(index)
    for (const need of needs[index]!) if (!live.has(need)) found.push(need)
  }
  const order: number[] = []
  const done = new Set<number>()
  const open = new Set<number>()
  // A stack of its own: a chain of some ten thousand nodes would be too deep for recursion.
  for (const start of [...live].sort((a, b) => a - b)) {
    const stack = [start]
    for (let index = stack.at(-1); index !== undefined; index = stack.at(-1)) {
      const missing = done.has(index) ? [] : needs[index]!.filter((need) => !done.has(need))
      if (missing.length > 0) {
        if (open.has(index)) throw invalidModel('the nodes of the graph form a loop')
        open.add(index)
        for (const need of missing.reverse()) stack.push(need)
        continue
      }
      stack.pop()
      open.delete(index)
      if (!done.has(index)) order.push(index)
      done.add(index)
    }
  }
  return order
}

/** Values from which a convolution is reached. `node` must be in running order. */
export function valuesFeedingConvs({ node }: GraphProto): ReadonlySet<string> {
  const feeding = new Set<string>()
  for (const { opType, input, output } of node.toReversed()) {
    if (opType !== 'Conv' && !output.some((name) => feeding.has(name))) continue
    for (const name of input) feeding.add(name)
  }
  return feeding
}
