// How much work is done between two looks at the network: whoever causes much of it leaves time for everybody else.

export interface Turns {
  /** Resolves when work of this cost may be done; undefined where that is now. First come, first served. */
  take(cost: number): Promise<void> | undefined
}

interface Waiting {
  readonly cost: number
  readonly admit: () => void
}

/**
 * What costs up to `maxCost` together is done in one turn of the event loop, and what costs more is done alone. `later` runs its
 * argument in the next turn.
 */
export function createTurns(maxCost: number, later: (run: () => void) => void = setImmediate): Turns {
  const waiting: Waiting[] = []
  let used = 0
  let isScheduled = false
  const isFree = (cost: number): boolean => used === 0 || used + cost <= maxCost
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
    take(cost) {
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
