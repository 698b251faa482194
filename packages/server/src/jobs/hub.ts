// News of jobs, from whichever process makes them: one LISTEN for everybody in this process who wants to know.
// A message is a hint to look at the database, which alone knows: it may come twice, late, or be lost in a cut.

import type { Database } from '../ports/ports.ts'
import type { JobState } from './job-service.ts'

const CHANNEL = 'koutu_job'

/** Something has been queued. */
export const QUEUED = 'queued'

export interface Hub extends AsyncDisposable {
  /** Calls back for news of a job, with its state where the news is a change of state; `null` is "look for yourself". */
  watch(topic: string, onNews: (state: JobState | null) => void): Disposable
}

/** The SQL that tells `topic`: to be evaluated in the statement that makes the change, so that it is told on commit. */
export function tellSql(topic: string): string {
  return `pg_notify('${CHANNEL}', ${topic})`
}

export async function openHub(database: Database): Promise<Hub> {
  const watchers = new Map<string, Set<(state: JobState | null) => void>>()
  const close = await database.listen(CHANNEL, (payload) => {
    if (payload === null) {
      for (const set of watchers.values()) for (const onNews of set) onNews(null)
      return
    }
    const [topic = '', state = null] = payload.split(' ')
    for (const onNews of watchers.get(topic) ?? []) onNews(state as JobState | null)
  })
  return {
    watch(topic, onNews) {
      const set = watchers.get(topic) ?? new Set()
      watchers.set(topic, set.add(onNews))
      return {
        [Symbol.dispose]() {
          set.delete(onNews)
          if (set.size === 0) watchers.delete(topic)
        },
      }
    },
    async [Symbol.asyncDispose]() {
      await close()
    },
  }
}
