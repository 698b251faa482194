// Doubling as the quantizer writes it (packages/node/src/graph/quantize.ts): along each side two weighted sums of a value and its
// neighbor, interleaved. Found again by its structure.

import type { PlanTerms } from '@koutu/browser/assets'
import { type NodeProto, TO_THE_END } from '@koutu/node'
import { equal, expectInPlan, type GraphReader, int } from './graph-reader.ts'

export interface Sizes {
  readonly height: number
  readonly width: number
  readonly channels: number
}

export interface DoublingMatch {
  readonly from: string
  readonly downward: PlanTerms
  readonly across: PlanTerms
}

/** `name`: of the doubled value; `sizes` tells those of a value. Errors: NotInPlan. */
export function matchDoubling(reader: GraphReader, name: string, sizes: (value: string) => Sizes): DoublingMatch {
  const columns = reader.maker(name, 'Reshape').input[0]!
  const across = neighborSums(reader, sumsOf(reader, columns, 3), 2)
  const rows = reader.maker(across.from, 'Reshape').input[0]!
  const lines = sumsOf(reader, rows, 1)
  const downward = neighborSums(
    reader,
    lines.map((line) => reader.maker(line, 'Reshape').input[0]!),
    1,
  )
  const { channels } = sizes(downward.from)
  for (const line of lines) reader.reshaped(line, [-1, 1, 0, channels])
  reader.reshaped(across.from, [1, -1, 0, channels])
  reader.reshaped(name, [1, 0, -1, channels])
  return { from: downward.from, downward: downward.terms, across: across.terms }
}

/** The two that are interleaved. */
function sumsOf(reader: GraphReader, interleaved: string, axis: number): readonly string[] {
  const concat = reader.maker(interleaved, 'Concat')
  expectInPlan(int(concat, 'axis', 0) === axis && concat.input.length === 2, `${interleaved}, two side by side`)
  return concat.input
}

/** The value that both sums are made of, with its neighbors along an axis, and how. */
function neighborSums(
  reader: GraphReader,
  sums: readonly string[],
  axis: 1 | 2,
): { readonly from: string; readonly terms: PlanTerms } {
  const [before, after] = sums.map((sum) => reader.maker(sum, 'QLinearAdd')) as [NodeProto, NodeProto]
  const from = before.input[3]!
  expectInPlan(after.input[3] === from, `${sums}, two sums of one value`)
  const slices = (name: string) => {
    const shifted = reader.maker(name, 'Concat')
    expectInPlan(int(shifted, 'axis', 0) === axis, `${name} along axis ${axis}`)
    return shifted.input.map((part) => {
      const { input } = reader.maker(part, 'Slice')
      expectInPlan(input[0] === from && input.length === 4 && reader.number(input[3]) === axis, `${part} of ${from}`)
      return [reader.number(input[1]), reader.number(input[2])]
    })
  }
  const isShifted = (name: string, expected: readonly number[]) =>
    expectInPlan(equal(slices(name).flat(), expected), `${name} shifted by one`)
  isShifted(before.input[0]!, [0, 1, 0, -1])
  isShifted(after.input[0]!, [1, TO_THE_END, -1, TO_THE_END])
  const terms = reader.terms(before)
  expectInPlan(JSON.stringify(reader.terms(after)) === JSON.stringify(terms), `${sums}, two sums of one kind`)
  return { from, terms }
}
