// Limits bytes in memory: work is admitted in order of arrival while its bytes fit.

import { KoutuError } from '@koutu/core'

export interface ByteBudget {
  /** Waits for room, and returns what gives it back. Errors: ABORTED. */
  take(bytes: number, signal?: AbortSignal): Promise<() => void>
  /** Takes room without waiting, for work that cannot wait; others wait longer. Returns what gives it back. */
  occupy(bytes: number): () => void
}

interface Waiting {
  readonly bytes: number
  enter(): void
}

/** What is larger than the whole budget is let in alone. */
export function createByteBudget(maxBytes: number): ByteBudget {
  const waiting = new Set<Waiting>()
  let taken = 0
  const admit = () => {
    for (const next of waiting) {
      // Nobody is overtaken: a large image among small ones has its turn, too.
      if (taken > 0 && taken + next.bytes > maxBytes) return
      waiting.delete(next)
      taken += next.bytes
      next.enter()
    }
  }
  const occupy = (bytes: number) => {
    taken += bytes
    return release(bytes)
  }
  /** Gives room back, once. */
  const release = (bytes: number) => {
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      taken -= bytes
      admit()
    }
  }
  return {
    occupy,
    async take(bytes, signal) {
      const entered = Promise.withResolvers<void>()
      const mine: Waiting = { bytes, enter: entered.resolve }
      const onAbort = () => {
        if (waiting.delete(mine)) entered.reject(new KoutuError('ABORTED', { cause: signal?.reason }))
        admit()
      }
      waiting.add(mine)
      if (signal?.aborted) onAbort()
      signal?.addEventListener('abort', onAbort, { once: true })
      admit()
      try {
        await entered.promise
      } finally {
        signal?.removeEventListener('abort', onAbort)
      }
      return release(bytes)
    },
  }
}
