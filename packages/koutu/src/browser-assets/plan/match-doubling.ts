// Doubling as the quantizer writes it (packages/node/src/graph/quantize.ts): along each side two weighted sums of a value and its
// neighbor, interleaved. Found again by its structure.

import type { PlanTerms } from '@koutu/browser/assets'
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
  const tall = neighborSums(reader, columns, 2).from
  const rows = reader.maker(tall, 'Reshape').input[0]!
  const { from } = neighborSums(reader, rows, 1)
  const { height, width, channels } = sizes(from)
  const downward = checkPass(reader, rows, { axis: 1, outer: 1, length: height, entry: width * channels })
  reader.reshaped(tall, [1, 2 * height, width, channels])
  const across = checkPass(reader, columns, { axis: 2, outer: 2 * height, length: width, entry: channels })
  reader.reshaped(name, [1, 2 * height, 2 * width, channels])
  return { from, downward, across }
}

/** The two sums that are interleaved, and the value that both are made of. */
function neighborSums(reader: GraphReader, interleaved: string, axis: number) {
  const concat = reader.maker(interleaved, 'Concat')
  expectInPlan(int(concat, 'axis', 0) === 2 && concat.input.length === 2, `${interleaved}, two sums side by side`)
  const sums = concat.input.map((part) => reader.maker(reader.maker(part, 'Reshape').input[0]!, 'QLinearAdd'))
  const [before, after] = sums as [(typeof sums)[0], (typeof sums)[0]]
  const from = before.input[3]!
  expectInPlan(after.input[3] === from, `${interleaved}, two sums of one value on axis ${axis}`)
  return { concat, before, after, from }
}

interface Pass {
  readonly axis: 1 | 2
  /** Entries before the axis, along it, and of one of its entries. */
  readonly outer: number
  readonly length: number
  readonly entry: number
}

function checkPass(reader: GraphReader, interleaved: string, { axis, outer, length, entry }: Pass): PlanTerms {
  const { concat, before, after, from } = neighborSums(reader, interleaved, axis)
  for (const part of concat.input) reader.reshaped(part, [outer, length, 1, entry])
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
  isShifted(before.input[0]!, [0, 1, 0, length - 1])
  isShifted(after.input[0]!, [1, length, length - 1, length])
  const terms = reader.terms(before)
  expectInPlan(JSON.stringify(reader.terms(after)) === JSON.stringify(terms), `${interleaved}, two sums of one kind`)
  return terms
}
