// Memory for images and bodies, shared by all that hold some at once. First come, first served, so that a large image is
// not passed by small ones for ever.

import { KoutuError } from '@koutu/core'

interface WaitOptions {
  readonly signal?: AbortSignal
  /** Longest wait; without it, as long as it takes. */
  readonly maxWaitMs?: number
}

export interface MemoryBudget {
  /** Waits until `bytes` are free; the promised function gives them back, once. Errors: ABORTED, SERVER_BUSY. */
  acquire(bytes: number, options?: WaitOptions): Promise<() => void>
  /** Null where they are not free now, or where others wait for them. */
  tryAcquire(bytes: number): (() => void) | null
  readonly usedBytes: number
}

interface Waiting {
  readonly bytes: number
  readonly admit: () => void
}

/** What is larger than the whole budget is let in alone: whether it is too large at all is for the limits to say. */
export function createMemoryBudget(maxBytes: number): MemoryBudget {
  let usedBytes = 0
  const queue: Waiting[] = []
  const isFree = (bytes: number): boolean => usedBytes === 0 || usedBytes + bytes <= maxBytes
  const admitNext = (): void => {
    for (let next = queue[0]; next && isFree(next.bytes); next = queue[0]) {
      queue.shift()
      usedBytes += next.bytes
      next.admit()
    }
  }
  const releaser = (bytes: number): (() => void) => {
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      usedBytes -= bytes
      admitNext()
    }
  }
  return {
    get usedBytes() {
      return usedBytes
    },
    tryAcquire(bytes) {
      if (queue.length > 0 || !isFree(bytes)) return null
      usedBytes += bytes
      return releaser(bytes)
    },
    async acquire(bytes, { signal, maxWaitMs } = {}) {
      if (signal?.aborted) throw new KoutuError('ABORTED', { cause: signal.reason })
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const waiting: Waiting = { bytes, admit: resolve }
      const giveUp = (error: KoutuError): void => {
        const at = queue.indexOf(waiting)
        if (at < 0) return
        queue.splice(at, 1)
        reject(error)
        admitNext()
      }
      const onAbort = (): void => giveUp(new KoutuError('ABORTED', { cause: signal?.reason }))
      const onLate = (): void => giveUp(new KoutuError('SERVER_BUSY', { detail: 'the memory for images is in use' }))
      const timer = maxWaitMs === undefined ? undefined : setTimeout(onLate, maxWaitMs)
      signal?.addEventListener('abort', onAbort, { once: true })
      queue.push(waiting)
      admitNext()
      try {
        await promise
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
      return releaser(bytes)
    },
  }
}
