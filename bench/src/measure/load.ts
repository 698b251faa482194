// Clients of a server that all ask at once, each one request after another. Knows no images: what is asked is an argument.

import { type Sample, summarize } from './statistics.ts'

export interface Load {
  readonly clients: number
  readonly answered: number
  readonly failed: number
  /** Answers a second, from the first request to the last answer. */
  readonly perSecond: number
  /** Of the answers; null where there was none. */
  readonly latencyMs: Sample | null
}

/** `ask` resolves with the answer and rejects where there is none. */
export async function putLoad(clients: number, requestsOfEach: number, ask: () => Promise<unknown>): Promise<Load> {
  const latencies: number[] = []
  let failed = 0
  const begin = performance.now()
  const client = async () => {
    for (let i = 0; i < requestsOfEach; i++) {
      const asked = performance.now()
      try {
        await ask()
        latencies.push(performance.now() - asked)
      } catch {
        failed++
      }
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  const seconds = (performance.now() - begin) / 1000
  return {
    clients,
    answered: latencies.length,
    failed,
    perSecond: latencies.length / seconds,
    latencyMs: latencies.length > 0 ? summarize(latencies) : null,
  }
}
