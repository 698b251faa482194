// Waits for updates of one job. Also polls, because a notification may be lost.

import type { JobNotifications } from './job-notifications.ts'
import type { JobState } from './job-service.ts'

const POLL_INTERVAL_MS = 10_000

export interface JobUpdates extends Disposable {
  /** The new state, or null where it has to be queried. Resolves at once for updates since the last call. */
  next(signal: AbortSignal): Promise<JobState | null>
}

export function watchJob(notifications: JobNotifications, topic: string): JobUpdates {
  const waiting: (JobState | null)[] = []
  let wake: (() => void) | null = null
  const subscription = notifications.subscribe(topic, (state) => {
    waiting.push(state as JobState | null)
    wake?.()
  })
  return {
    async next(signal) {
      if (waiting.length === 0 && !signal.aborted) {
        const { promise, resolve } = Promise.withResolvers<void>()
        const timer = setTimeout(resolve, POLL_INTERVAL_MS)
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
      subscription[Symbol.dispose]()
    },
  }
}
