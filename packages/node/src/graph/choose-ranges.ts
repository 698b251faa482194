// Chooses int8 ranges from observed values of a network.

import { valuesFeedingConvs } from './live.ts'
import type { Magnitudes } from './magnitudes.ts'
import type { GraphProto } from './onnx.ts'
import type { Range } from './quantize.ts'

/**
 * Parts of a `Concat` whose ranges differ by less than this factor get one range, the widest: they are joined without being
 * rounded again. Others keep their own.
 */
const SHARED_FACTOR = 1.5

/** Ranges by name of the value, `Concat` results included. `seen` holds every value that `observeGraph` lists. */
export function chooseRanges(graph: GraphProto, seen: ReadonlyMap<string, Magnitudes>): Record<string, Range> {
  const ranges = new Map<string, Range>()
  const feeding = valuesFeedingConvs(graph)
  const isLast = new Set(
    graph.node
      .filter(({ opType, output }) => opType === 'Conv' && !feeding.has(output[0] ?? ''))
      .map(({ output }) => output[0]),
  )
  for (const [name, magnitudes] of seen) {
    const { least, greatest } = magnitudes
    // What becomes the answer is taken in finer steps and need not be cut off.
    const top = isLast.has(name) ? Math.max(greatest, -least) : magnitudes.bestTop(least < 0 ? 127 : 255)
    ranges.set(name, [Math.max(least, -top), Math.min(greatest, top)])
  }
  shareThroughConcats(graph, ranges)
  return Object.fromEntries([...ranges].map(([name, [low, high]]) => [name, [rounded(low), rounded(high)] as const]))
}

/**
 * What a `Resize` makes for a join is rounded to the range of the join at once. Other parts are given that range where theirs
 * is not much smaller.
 */
function shareThroughConcats({ node }: GraphProto, ranges: Map<string, Range>): void {
  const pooled = new Map<string, string>()
  const resized = new Map<string, string>()
  const leaders = new Map<string, string>()
  for (const { opType, input, output } of node) {
    if (opType === 'MaxPool') pooled.set(output[0] ?? '', input[0] ?? '')
    if (opType === 'Resize') resized.set(output[0] ?? '', input[0] ?? '')
  }
  const source = (name: string): string => (pooled.has(name) ? source(pooled.get(name)!) : name)
  const leader = (name: string): string => (leaders.has(name) ? leader(leaders.get(name)!) : name)
  for (const { opType, input, output } of node) {
    if (opType !== 'Concat') continue
    const known = input.map((name) => ranges.get(leader(source(resized.get(name) ?? name))))
    if (known.some((range) => range === undefined || range[0] < 0)) continue
    const widest: Range = [0, Math.max(...known.map((range) => range![1]))]
    const [joined = ''] = output
    ranges.set(joined, widest)
    for (const name of input) {
      const own = leader(source(name))
      if (resized.has(name)) ranges.set(name, widest)
      else if (own !== leader(joined) && widest[1] <= ranges.get(own)![1] * SHARED_FACTOR) {
        ranges.set(own, widest)
        leaders.set(leader(joined), own)
      }
    }
  }
  for (const name of ranges.keys()) ranges.set(name, ranges.get(leader(name))!)
}

/** Four digits: far finer than the ranges are known. */
function rounded(value: number): number {
  return Number(value.toPrecision(4))
}
