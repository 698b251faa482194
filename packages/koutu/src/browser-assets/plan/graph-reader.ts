// Questions to a quantized ONNX graph: who makes a value, what a constant holds, what a node is.

import type { PlanScale, PlanTerms } from '@koutu/browser/assets'
import {
  type GraphProto,
  intAttribute,
  intsAttribute,
  type NodeProto,
  type TensorProto,
  tensorNumbers,
  textAttribute,
} from '@koutu/node'

/** The graph holds something that koutu's own engine does not run. */
export class NotInPlan extends Error {}

export function expectInPlan(isSo: unknown, what: string): asserts isSo {
  if (!isSo) throw new NotInPlan(what)
}

export class GraphReader {
  readonly graph: GraphProto
  readonly #makers = new Map<string, NodeProto>()
  readonly #constants: ReadonlyMap<string, TensorProto>

  constructor(graph: GraphProto) {
    this.graph = graph
    for (const node of graph.node) for (const name of node.output) this.#makers.set(name, node)
    this.#constants = new Map(graph.initializer.map((tensor) => [tensor.name ?? '', tensor]))
  }

  /** The node that makes a value, where it is of this kind. */
  maker(name: string, opType?: string): NodeProto {
    const node = this.#makers.get(name)
    expectInPlan(node && (!opType || node.opType === opType), `${opType ?? 'a node'} that makes ${name}`)
    return node
  }

  constant(name = ''): TensorProto {
    const tensor = this.#constants.get(name)
    expectInPlan(tensor, `constant ${name}`)
    return tensor
  }

  numbers(name = ''): number[] {
    return Array.from(tensorNumbers(this.constant(name)) as ArrayLike<number | bigint>, Number)
  }

  number(name = ''): number {
    const [value, ...more] = this.numbers(name)
    expectInPlan(value !== undefined && more.length === 0, `one number in ${name}`)
    return value
  }

  scale(scale = '', zero = ''): PlanScale {
    return { scale: this.number(scale), zero: this.number(zero) }
  }

  /** What a sum adds, and how. */
  terms({ input }: NodeProto): PlanTerms {
    return {
      a: this.scale(input[1], input[2]),
      b: this.scale(input[4], input[5]),
      sum: this.scale(input[6], input[7]),
    }
  }

  /** Whether the value is reshaped to these sizes; what is reshaped. */
  reshaped(name: string, dims: readonly number[]): string {
    const { input } = this.maker(name, 'Reshape')
    expectInPlan(equal(this.numbers(input[1]), dims), `${name} of ${dims.join(' x ')}`)
    return input[0]!
  }
}

export const equal = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i])

export const int = (node: NodeProto, name: string, fallback: number): number => intAttribute(node, name, fallback)
export const ints = (node: NodeProto, name: string, fallback: readonly number[]): readonly number[] =>
  intsAttribute(node, name, fallback)
export const text = (node: NodeProto, name: string, fallback: string): string => textAttribute(node, name, fallback)
