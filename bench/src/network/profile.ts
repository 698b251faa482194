// A profile of onnxruntime as what its nodes are and how long they take.

import type { ModelProto } from '@koutu/node'
import { OPERATIONS_PER_MAC } from './operations.ts'

/** An event of the file that onnxruntime writes; those of nodes say which operator ran and what came out. */
export interface ProfileEvent {
  readonly cat: string
  readonly name: string
  /** Microseconds. */
  readonly dur: number
  readonly args: {
    readonly op_name?: string
    readonly node_index?: string
    readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[]
  }
}

export interface ProfiledNode {
  readonly name: string
  /** The operator; of a convolution its window and the size of its result too. */
  readonly what: string
  /** Of the shortest run. */
  readonly ms: number
  /** Multiplications and additions of a convolution, in thousands of millions; 0 of others. */
  readonly gigaOperations: number
}

export interface NodeGroup {
  readonly what: string
  readonly count: number
  readonly ms: number
  readonly gigaOperations: number
}

/** What onnxruntime appends to the name of a node. */
const SUFFIX = /_kernel_time$/
/** Place of the weights among the inputs of a quantized convolution. */
const WEIGHTS_INPUT = 3

export function profiledNodes(events: readonly ProfileEvent[], { graph }: ModelProto): ProfiledNode[] {
  const weightsOf = new Map(graph?.node.map((node) => [node.name, node.input[WEIGHTS_INPUT]]))
  const dimsOf = new Map(graph?.initializer.map(({ name, dims }) => [name, dims.map(Number)]))
  const runs = Map.groupBy(
    events.filter(({ cat }) => cat === 'Node'),
    ({ args }) => args.node_index ?? '',
  )
  return [...runs.values()].map((all) => {
    const { name: full, args } = all[0]!
    const name = full.replace(SUFFIX, '')
    const operator = args.op_name ?? ''
    const ms = Math.min(...all.map(({ dur }) => dur)) / 1000
    const [, rows = 0, columns = 0] = Object.values(args.output_type_shape?.[0] ?? {})[0] ?? []
    const dims = dimsOf.get(weightsOf.get(name) ?? '')
    if (operator !== 'QLinearConv' || dims?.length !== 4) return { name, what: operator, ms, gigaOperations: 0 }
    const macs = dims.reduce((product, dim) => product * dim, 1) * rows * columns
    const what = `convolution ${dims[2]} x ${dims[3]}, result ${rows} x ${columns}`
    return { name, what, ms, gigaOperations: (macs * OPERATIONS_PER_MAC) / 1e9 }
  })
}

/** Nodes of a kind together, the longest first. */
export function groupNodes(nodes: readonly ProfiledNode[]): NodeGroup[] {
  const sum = (all: readonly ProfiledNode[], of: (node: ProfiledNode) => number) =>
    all.reduce((total, node) => total + of(node), 0)
  return [...Map.groupBy(nodes, ({ what }) => what)]
    .map(([what, all]) => ({
      what,
      count: all.length,
      ms: sum(all, ({ ms }) => ms),
      gigaOperations: sum(all, ({ gigaOperations }) => gigaOperations),
    }))
    .toSorted((a, b) => b.ms - a.ms)
}
