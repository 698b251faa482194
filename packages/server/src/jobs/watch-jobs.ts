// Follows one job: its events as they happen, and its end.

import { KoutuError } from '@koutu/core'
import type { Database } from '../ports/ports.ts'
import type { JobNotifications } from './job-notifications.ts'
import { eventsAfter, findRow, toJob } from './job-row.ts'
import { isFinal, type Job, type JobEvent, type JobState, type Owner } from './job-service.ts'
import { watchJob } from './job-updates.ts'

export interface WatchDeps {
  readonly database: Database
  readonly notifications: JobNotifications
  readonly nowMs: () => number
}

/** Ends after the last state. */
export async function* jobEvents(
  { database, notifications, nowMs }: WatchDeps,
  owner: Owner,
  id: string,
  { afterId, signal }: { readonly afterId: number; readonly signal: AbortSignal },
): AsyncGenerator<JobEvent> {
  using updates = watchJob(notifications, id)
  let seen = afterId
  while (!signal.aborted) {
    const row = await findRow(database, owner, id)
    if (!row) return
    for (const event of eventsAfter(row, seen, nowMs())) {
      yield event
      seen = event.id
    }
    if (isFinal(row.state)) return
    await updates.next(signal)
  }
}

/** Errors: JOB_NOT_FOUND, ABORTED. */
export async function waitForEnd(
  { database, notifications }: WatchDeps,
  owner: Owner,
  id: string,
  signal: AbortSignal,
): Promise<Job> {
  using updates = watchJob(notifications, id)
  let state: JobState | null = null
  while (!signal.aborted) {
    // A start, or progress, is no reason to query.
    if (state === null || isFinal(state)) {
      const row = await findRow(database, owner, id)
      if (!row) throw new KoutuError('JOB_NOT_FOUND')
      if (isFinal(row.state)) return toJob(row)
    }
    state = await updates.next(signal)
  }
  throw new KoutuError('ABORTED', { cause: signal.reason })
}
