// Runs work in order, a limited number at once: browsers open six connections to a host, and decoding takes memory.

export interface Slots {
  /** Waits for a slot. `signal` gives the place up. Errors: what `work` throws; what `signal` throws. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T>
}

export function createSlots(count: number): Slots {
  let free = count
  const waiting: (() => void)[] = []
  const release = () => {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
  return {
    async run(work, signal) {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        signal?.throwIfAborted()
        return await work()
      } finally {
        release()
      }
    },
  }
}
