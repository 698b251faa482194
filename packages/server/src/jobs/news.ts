// News of one job as something to wait for, with a look of one's own now and then, because a message may be lost.

import type { Hub } from './hub.ts'
import type { JobState } from './job-service.ts'

const LOOK_AGAIN_MS = 10_000

export interface News extends Disposable {
  /** The state the news is of, or null where one has to look. Resolves at once for news since the last call. */
  next(signal: AbortSignal): Promise<JobState | null>
}

export function createNews(hub: Hub, topic: string): News {
  const waiting: (JobState | null)[] = []
  let wake: (() => void) | null = null
  const watch = hub.watch(topic, (state) => {
    waiting.push(state)
    wake?.()
  })
  return {
    async next(signal) {
      if (waiting.length === 0 && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>()
        const timer = setTimeout(resolve, LOOK_AGAIN_MS)
        wake = resolve
        const onAbort = () => resolve()
        signal.addEventListener('abort', onAbort)
        await promise
        signal.removeEventListener('abort', onAbort)
        clearTimeout(timer)
        wake = null
      }
      // Of several, the last state is what counts.
      const states = waiting.splice(0)
      return states.length === 0 ? null : (states.findLast((state) => state !== null) ?? null)
    },
    [Symbol.dispose]() {
      watch[Symbol.dispose]()
    },
  }
}
