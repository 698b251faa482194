// Notifications of job changes across processes: one LISTEN for all subscribers of this process.
// A notification is a hint to query the database. It may be duplicated, late or lost.

import type { Database } from '../ports/ports.ts'
import type { JobState } from './job-service.ts'

/**
 * Servers hear of every change. Workers elsewhere hear of what they act on: jobs to take, jobs that another has taken, jobs that
 * were canceled. Each notification wakes each process that listens for it, and a cluster has few servers and many workers.
 */
const CHANNELS = { server: 'koutu_job', worker: 'koutu_work' } as const
export type Audience = keyof typeof CHANNELS

/** The topic of newly queued jobs: the detail is how many there are. */
export const QUEUED = 'queued'
/** The topic of jobs that some worker has begun. */
export const TAKEN = 'taken'

export interface JobNotifications extends AsyncDisposable {
  /** Calls back with the detail: of a job, its state. With null where the subscriber has to query it. */
  subscribe(topic: string, onChange: (detail: string | null) => void): Disposable
}

type Teller = Pick<Database, 'notify'>

/** Tells servers of the new state of a job. Call it after the commit. */
export function tellServers({ notify }: Teller, jobId: string, state: JobState): void {
  notify(CHANNELS.server, `${jobId} ${state}`)
}

/** The same for workers, too. */
export function tellAll(teller: Teller, jobId: string, state: JobState): void {
  toAll(teller, `${jobId} ${state}`)
}

/** Tells all that jobs can be taken, of which this is the first. Its id keeps PostgreSQL from taking two of these for one. */
export function tellQueued(teller: Teller, firstId: string, count = 1): void {
  toAll(teller, `${QUEUED} ${count} ${firstId}`)
}

/** Tells all that a worker has begun a job. */
export function tellTaken(teller: Teller, jobId: string): void {
  toAll(teller, `${TAKEN} ${jobId}`)
}

function toAll({ notify }: Teller, text: string): void {
  for (const channel of Object.values(CHANNELS)) notify(channel, text)
}

export async function openJobNotifications(database: Database, audience: Audience): Promise<JobNotifications> {
  const watchers = new Map<string, Set<(detail: string | null) => void>>()
  const close = await database.listen(CHANNELS[audience], (payload) => {
    if (payload === null) {
      for (const set of watchers.values()) for (const onChange of set) onChange(null)
      return
    }
    const [topic = '', detail = null] = payload.split(' ')
    for (const onChange of watchers.get(topic) ?? []) onChange(detail)
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
