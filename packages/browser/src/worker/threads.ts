// How many threads the network gets, and what the page could do for more.

import type { Warning } from '@koutu/core/ports'

/** More wait for memory, not for processors. */
const MOST_THREADS = 8

export interface Threads {
  readonly count: number
  readonly warnings: readonly Warning[]
}

/** Threads share memory, which browsers allow to isolated pages alone. */
export function threadsOf(isIsolated: boolean, processors: number): Threads {
  const possible = Math.max(1, Math.min(processors, MOST_THREADS))
  if (isIsolated || possible === 1) return { count: possible, warnings: [] }
  const message = `The page is not cross-origin isolated, so the network ran on one thread. With the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp it would use ${possible}.`
  return { count: 1, warnings: [{ code: 'not-isolated', message }] }
}
