// Queries and transactions of a process wait in line for its connections to the database. However long the line is, a wait is no failure
// while the line moves: it only takes time. The database does not answer when nothing has moved for a while.

import { KoutuError } from '@koutu/core'

export interface ConnectionLine {
  /** Resolves with what `use` does, once it is its turn. Errors: those of `use`; DATABASE_UNAVAILABLE when the line stands still. */
  run<T>(use: () => Promise<T>): Promise<T>
}

/** How long nothing may move. */
const STALLED_MS = 10_000

interface Waiting {
  readonly begin: () => void
  readonly fail: (error: KoutuError) => void
}

/** Up to `max` at once, in the order in which they came. */
export function createConnectionLine(max: number): ConnectionLine {
  const line: Waiting[] = []
  let used = 0
  let timer: NodeJS.Timeout | undefined
  const stalled = (): void => {
    const error = new KoutuError('DATABASE_UNAVAILABLE', {
      detail: `none of ${max} connections has become free for ${STALLED_MS / 1000} s`,
    })
    for (const { fail } of line.splice(0)) fail(error)
  }
  const watch = (): void => {
    clearTimeout(timer)
    timer = line.length > 0 ? setTimeout(stalled, STALLED_MS) : undefined
  }
  const enter = (): Promise<void> => {
    const { promise, resolve: begin, reject: fail } = Promise.withResolvers<void>()
    line.push({ begin, fail })
    if (line.length === 1) watch()
    return promise
  }
  const leave = (): void => {
    const next = line.shift()
    if (next) next.begin()
    else used--
    watch()
  }
  return {
    async run(use) {
      if (used < max) used++
      else await enter()
      try {
        return await use()
      } finally {
        leave()
      }
    },
  }
}
