// Reads attributes of a node by name, with the defaults of the operator's specification.

import type { AttributeProto, NodeProto } from './onnx.ts'

function find({ attribute }: NodeProto, wanted: string): AttributeProto | undefined {
  return attribute.find(({ name }) => name === wanted)
}

export function intAttribute<T extends number | undefined>(node: NodeProto, name: string, fallback: T): number | T {
  const value = find(node, name)?.i
  return value === undefined ? fallback : Number(value)
}

export function intsAttribute(node: NodeProto, name: string, fallback: readonly number[]): readonly number[] {
  const found = find(node, name)
  return found ? found.ints.map(Number) : fallback
}

export function textAttribute(node: NodeProto, name: string, fallback: string): string {
  const value = find(node, name)?.s
  return value === undefined ? fallback : new TextDecoder().decode(value)
}

/** Whether the operator is one of the standard ones. */
export function isStandard({ domain }: NodeProto): boolean {
  return !domain || domain === 'ai.onnx'
}
