// Memory for decoded pictures, shared by all that decode at once. First come, first served, so that a large picture is
// not passed by small ones for ever.

import { KoutuError } from '@koutu/core'

export interface MemoryBudget {
  /** Waits until `bytes` are free; the promised function gives them back, once. Errors: ABORTED. */
  acquire(bytes: number, signal?: AbortSignal): Promise<() => void>
  readonly usedBytes: number
}

/**
 * Bytes that one picture takes while it is worked on: RGB and its copies, the alpha plane and those of the matte, the
 * result and its encoder. Measured: JPEGs of 12 and 24 megapixels took 32 and 33 beyond the loaded network (PSS of all processes); rounded up.
 */
const BYTES_PER_PIXEL = 40

export function decodeBytes(pixels: number): number {
  return pixels * BYTES_PER_PIXEL
}

interface Waiting {
  readonly bytes: number
  readonly admit: () => void
}

/** What is larger than the whole budget is let in alone: whether it is too large at all is for the limits to say. */
export function createMemoryBudget(maxBytes: number): MemoryBudget {
  let usedBytes = 0
  const queue: Waiting[] = []
  const admitNext = (): void => {
    for (let next = queue[0]; next && (usedBytes === 0 || usedBytes + next.bytes <= maxBytes); next = queue[0]) {
      queue.shift()
      usedBytes += next.bytes
      next.admit()
    }
  }
  return {
    get usedBytes() {
      return usedBytes
    },
    async acquire(bytes, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const waiting: Waiting = { bytes, admit: resolve }
      const onAbort = (): void => {
        const at = queue.indexOf(waiting)
        if (at < 0) return
        queue.splice(at, 1)
        reject(new KoutuError('ABORTED', { cause: signal?.reason }))
        admitNext()
      }
      if (signal?.aborted) throw new KoutuError('ABORTED', { cause: signal.reason })
      signal?.addEventListener('abort', onAbort, { once: true })
      queue.push(waiting)
      admitNext()
      try {
        await promise
      } finally {
        signal?.removeEventListener('abort', onAbort)
      }
      let held = true
      return () => {
        if (!held) return
        held = false
        usedBytes -= bytes
        admitNext()
      }
    },
  }
}
