// Notifications of job changes across processes: one LISTEN for all subscribers of this process.
// A notification is a hint to query the database. It may be duplicated, late or lost.

import type { Database } from '../ports/ports.ts'
import type { JobState } from './job-service.ts'

const CHANNEL = 'koutu_job'

/** The topic of newly queued jobs. */
export const QUEUED = 'queued'

export interface JobNotifications extends AsyncDisposable {
  /** Calls back with the new state, or with null where the subscriber has to query it. */
  subscribe(topic: string, onChange: (state: JobState | null) => void): Disposable
}

/** SQL that notifies `topic`. Evaluate it in the statement that makes the change: it is delivered on commit. */
export function notifySql(topic: string): string {
  return `pg_notify('${CHANNEL}', ${topic})`
}

export async function openJobNotifications(database: Database): Promise<JobNotifications> {
  const watchers = new Map<string, Set<(state: JobState | null) => void>>()
  const close = await database.listen(CHANNEL, (payload) => {
    if (payload === null) {
      for (const set of watchers.values()) for (const onChange of set) onChange(null)
      return
    }
    const [topic = '', state = null] = payload.split(' ')
    for (const onChange of watchers.get(topic) ?? []) onChange(state as JobState | null)
  })
  return {
    subscribe(topic, onChange) {
      const set = watchers.get(topic) ?? new Set()
      watchers.set(topic, set.add(onChange))
      return {
        [Symbol.dispose]() {
          set.delete(onChange)
          if (set.size === 0) watchers.delete(topic)
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await close()
    },
  }
}
