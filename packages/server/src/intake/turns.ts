// How much of all bodies is worked on between two looks at the network: whoever sends much leaves time for everybody else.

export interface Turns {
  /** Resolves when so many bytes may be worked on; undefined where that is now. First come, first served. */
  take(bytes: number): Promise<void> | undefined
}

/** A few milliseconds of work. */
const BYTES_A_TURN = 2 ** 19
/** A chunk costs as much as so many bytes, however small it is. */
const CHUNK_BYTES = 2 ** 11

interface Waiting {
  readonly cost: number
  readonly admit: () => void
}

/** `later` runs its argument in the next turn of the event loop. */
export function createTurns(bytesATurn = BYTES_A_TURN, later: (run: () => void) => void = setImmediate): Turns {
  const waiting: Waiting[] = []
  let used = 0
  let isScheduled = false
  const isFree = (cost: number): boolean => used === 0 || used + cost <= bytesATurn
  const spend = (cost: number): void => {
    used += cost
    if (isScheduled) return
    isScheduled = true
    later(renew)
  }
  const renew = (): void => {
    isScheduled = false
    used = 0
    for (let next = waiting[0]; next && isFree(next.cost); next = waiting[0]) {
      waiting.shift()
      spend(next.cost)
      next.admit()
    }
  }
  return {
    take(bytes) {
      const cost = bytes + CHUNK_BYTES
      if (waiting.length === 0 && isFree(cost)) {
        spend(cost)
        return
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push({ cost, admit: resolve })
      return promise
    },
  }
}
