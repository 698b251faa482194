// From what was seen of a network's values to the ranges of its int8 form.

import type { Magnitudes } from './magnitudes.ts'
import type { GraphProto } from './onnx.ts'
import type { Range } from './quantize.ts'

/**
 * Parts of a `Concat` whose ranges differ by less than this factor get one range, the widest: joined without rounding
 * them again, which is worth more than the finer steps. Others keep their own.
 */
const SHARED_FACTOR = 1.5

/** Ranges by name of the value, `Concat` results included. `seen` holds every value that `observeGraph` lists. */
export function chooseRanges(graph: GraphProto, seen: ReadonlyMap<string, Magnitudes>): Record<string, Range> {
  const ranges = new Map<string, Range>()
  const outputs = valuesBeforeAnswer(graph)
  for (const [name, magnitudes] of seen) {
    const { least, greatest } = magnitudes
    // What becomes the answer is taken in finer steps and need not be cut off.
    const top = outputs.has(name) ? Math.max(greatest, -least) : magnitudes.bestTop(least < 0 ? 127 : 255)
    ranges.set(name, [Math.max(least, -top), Math.min(greatest, top)])
  }
  shareThroughConcats(graph, ranges)
  return Object.fromEntries([...ranges].map(([name, [low, high]]) => [name, [rounded(low), rounded(high)] as const]))
}

/** Convolution results from which no other convolution is reached. */
function valuesBeforeAnswer({ node }: GraphProto): Set<string> {
  const feedsConv = new Set<string>()
  const before = new Set<string>()
  for (const { opType, input, output } of node.toReversed()) {
    const isFed = output.some((name) => feedsConv.has(name))
    if (opType === 'Conv' && !isFed) before.add(output[0] ?? '')
    if (opType === 'Conv' || isFed) for (const name of input) feedsConv.add(name)
  }
  return before
}

function shareThroughConcats({ node }: GraphProto, ranges: Map<string, Range>): void {
  const passed = new Map<string, string>()
  const leaders = new Map<string, string>()
  for (const { opType, input, output } of node) {
    if (opType === 'MaxPool' || opType === 'Resize') passed.set(output[0] ?? '', input[0] ?? '')
  }
  const source = (name: string): string => (passed.has(name) ? source(passed.get(name)!) : name)
  const leader = (name: string): string => (leaders.has(name) ? leader(leaders.get(name)!) : name)
  for (const { opType, input, output } of node) {
    const parts = [...new Set(input.map((name) => leader(source(name))))]
    const known = parts.map((name) => ranges.get(name)).filter((range) => range !== undefined)
    if (opType !== 'Concat' || known.length !== parts.length || known.some(([low]) => low < 0)) continue
    const tops = known.map(([, high]) => high)
    const widest: Range = [0, Math.max(...tops)]
    ranges.set(output[0] ?? '', widest)
    if (widest[1] > Math.min(...tops) * SHARED_FACTOR) continue
    const [first = '', ...others] = parts
    ranges.set(first, widest)
    for (const name of [...others, output[0] ?? '']) leaders.set(name, first)
  }
  for (const name of ranges.keys()) ranges.set(name, ranges.get(leader(name))!)
}

/** Four digits: far finer than the ranges are known. */
function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
