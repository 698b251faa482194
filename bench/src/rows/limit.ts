// The machine's own limit: the most operations a second that onnxruntime reaches here on large layers, and how many
// operations the default network asks for.

import { join } from 'node:path'
import type { Context } from '../context.ts'
import { alternate } from '../measure/alternate.ts'
import { ROOT, runNode } from '../measure/run.ts'
import { type Sample, summarize } from '../measure/statistics.ts'
import { defaultNetwork } from '../network/default-network.ts'
import { LIMIT_SHAPES, type LimitPrecision, limitMacs } from '../network/limit-graphs.ts'
import { countMacs, OPERATIONS_PER_MAC } from '../network/operations.ts'
import type { LimitRequest } from '../programs/limit.ts'

export interface LimitRow {
  /** Of the default network: multiplications and additions of its convolutions, in thousands of millions. */
  readonly gigaOperations: number
  readonly layers: number
  readonly graphs: readonly {
    readonly name: string
    readonly gigaOperations: number
    readonly fp32Ms: Sample
    readonly int8Ms: Sample
  }[]
  /** Highest throughput of any run of any graph, in thousands of millions of operations a second. */
  readonly peak: Readonly<Record<LimitPrecision, number>>
}

const PROGRAM = join(ROOT, 'bench/src/programs/limit.ts')

export async function limit({ settings, env, cacheFolder, log }: Context): Promise<LimitRow> {
  const graphs: LimitRow['graphs'][number][] = []
  for (const [shape, { name }] of LIMIT_SHAPES.entries()) {
    const { fp32, int8 } = await alternate(['fp32', 'int8'], 2, async (precision) => {
      const request: LimitRequest = { shape, precision, runs: Math.ceil(settings.limitRuns / 2) }
      const { stdout } = await runNode([PROGRAM, JSON.stringify(request)], { env })
      return JSON.parse(stdout) as number[]
    })
    const gigaOperations = (limitMacs(LIMIT_SHAPES[shape]!) * OPERATIONS_PER_MAC) / 1e9
    graphs.push({ name, gigaOperations, fp32Ms: summarize(fp32.flat()), int8Ms: summarize(int8.flat()) })
    log(
      `limit, ${name}: fp32 ${summarize(fp32.flat()).median.toFixed(1)} ms, int8 ${summarize(int8.flat()).median.toFixed(1)} ms`,
    )
  }
  const peak = (key: 'fp32Ms' | 'int8Ms') =>
    Math.max(...graphs.map((graph) => graph.gigaOperations / (graph[key].min / 1000)))
  const { macs, layers } = countMacs(await defaultNetwork(cacheFolder))
  return {
    gigaOperations: (macs * OPERATIONS_PER_MAC) / 1e9,
    layers,
    graphs,
    peak: { fp32: peak('fp32Ms'), int8: peak('int8Ms') },
  }
}
