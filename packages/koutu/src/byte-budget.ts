// Limits bytes in memory: work is admitted in order of arrival while its bytes fit.

import { KoutuError } from '@koutu/core'

export interface ByteBudget {
  /** Waits for room, and returns what gives it back. `isNext`: before all that wait already. Errors: ABORTED. */
  take(bytes: number, signal?: AbortSignal, isNext?: boolean): Promise<() => void>
  /** Takes room without waiting, for work that cannot wait; others wait longer. Returns what gives it back. */
  occupy(bytes: number): () => void
}

interface Waiting {
  readonly bytes: number
  enter(): void
}

/** What is larger than the whole budget is let in alone. */
export function createByteBudget(maxBytes: number): ByteBudget {
  const waiting: Waiting[] = []
  let taken = 0
  // Nobody is overtaken by size: a large image among small ones has its turn, too.
  const isFree = (bytes: number) => taken === 0 || taken + bytes <= maxBytes
  const admit = () => {
    for (let next = waiting[0]; next && isFree(next.bytes); next = waiting[0]) {
      waiting.shift()
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
    async take(bytes, signal, isNext = false) {
      const entered = Promise.withResolvers<void>()
      const mine: Waiting = { bytes, enter: entered.resolve }
      const onAbort = () => {
        const at = waiting.indexOf(mine)
        if (at < 0) return
        waiting.splice(at, 1)
        entered.reject(new KoutuError('ABORTED', { cause: signal?.reason }))
        admit()
      }
      if (isNext) waiting.unshift(mine)
      else waiting.push(mine)
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
