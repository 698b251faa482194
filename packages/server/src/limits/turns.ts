// How much work is done between two looks at the network: whoever causes much of it leaves time for everybody else.

export interface Turns {
  /**
   * Resolves when work of this cost may be done; undefined where that is now. Callers take turns, and each is served in the order
   * in which it came.
   */
  take(cost: number, caller?: string): Promise<void> | undefined
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
  /** By caller, the next one first. */
  const lines = new Map<string, Waiting[]>()
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
    for (const [caller, line] of lines) {
      const next = line[0]!
      if (!isFree(next.cost)) return
      line.shift()
      lines.delete(caller)
      // Behind the others, whom this loop comes to first.
      if (line.length > 0) lines.set(caller, line)
      spend(next.cost)
      next.admit()
    }
  }
  return {
    take(cost, caller = '') {
      if (lines.size === 0 && isFree(cost)) {
        spend(cost)
        return
      }
      const { promise, resolve } = Promise.withResolvers<void>()
      const line = lines.get(caller) ?? []
      line.push({ cost, admit: resolve })
      lines.set(caller, line)
      return promise
    },
  }
}
