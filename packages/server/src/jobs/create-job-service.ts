// Jobs as their owners see them: submit, get, list, cancel, wait. One database for all machines.

import { invalidOptions } from '@koutu/core'
import type { Sql } from '../ports/ports.ts'
import { deleteEndedJob } from './delete-job.ts'
import { isJobId } from './job-keys.ts'
import { tellAll } from './job-notifications.ts'
import { findRow, JOB_COLUMNS, type JobRow, nextEventSql, toJob } from './job-row.ts'
import type { Job, JobService, Owner } from './job-service.ts'
import { announceEnd, type JobStoreDeps } from './job-store.ts'
import { retryJob } from './retry-job.ts'
import { checkWait, type SubmitDeps, submitJobs } from './submit-jobs.ts'
import { jobEvents, type WatchDeps, waitForEnd } from './watch-jobs.ts'
import { withdrawSubmission } from './withdraw-submission.ts'

export interface JobServiceDeps extends SubmitDeps, WatchDeps {
  readonly addWebhook: JobStoreDeps['addWebhook']
  readonly retentionMs: number
}

export function createJobService(deps: JobServiceDeps): JobService {
  const { database, maxQueued } = deps

  return {
    submit: (owner, request) => submitJobs(deps, owner, request),

    async get(owner, id) {
      const row = await findRow(database, owner, id)
      return row && toJob(row)
    },

    async batch(owner, id) {
      if (!/^[0-9a-f-]{36}$/.test(id)) return null
      const rows = await database.query<JobRow>(
        `select ${JOB_COLUMNS} from koutu.job where submission_id = $1 and batch_id = $1 and owner_id = $2 order by position`,
        [id, owner.id],
      )
      return rows.length === 0 ? null : { id, jobs: rows.map(toJob) }
    },

    async list(owner, { limit, cursor, state }) {
      if (cursor !== undefined && !isJobId(cursor))
        throw invalidOptions([{ path: 'cursor', message: 'Expected the nextCursor of an earlier page' }])
      const rows = await database.query<JobRow>(
        `select ${JOB_COLUMNS} from koutu.job
         where owner_id = $1 and ($2::uuid is null or id < $2) and ($3::text is null or state = $3)
         order by id desc limit $4`,
        // One row more than requested shows whether there is another page.
        [owner.id, cursor ?? null, state ?? null, limit + 1],
      )
      const jobs = rows.slice(0, limit).map(toJob)
      return { jobs, nextCursor: rows.length > limit ? jobs.at(-1)!.id : null }
    },

    async cancel(owner, id) {
      if (!isJobId(id)) return null
      await cancelJob(deps, owner, id)
      return this.get(owner, id)
    },

    async delete(owner, id) {
      if (!isJobId(id)) return null
      // A job that this call cancels keeps its input until it expires: a worker may still be reading it.
      const isCanceled = await cancelJob(deps, owner, id)
      if (!isCanceled) await deleteEndedJob(deps, owner, id)
      return this.get(owner, id)
    },

    async withdraw(owner, idempotencyKey) {
      const withdrawn: Job[] = []
      for (const id of await withdrawSubmission(deps, owner, idempotencyKey)) {
        const job = await this.delete(owner, id)
        if (job) withdrawn.push(job)
      }
      return withdrawn
    },

    async retry(owner, id, limits = {}) {
      await retryJob(deps, owner, id, limits)
      return this.get(owner, id)
    },

    events: (owner, id, from) => jobEvents(deps, owner, id, from),
    wait: (owner, id, { signal }) => waitForEnd(deps, owner, id, signal),
    outlook: (job) => deps.outlook.of(job),
    checkWait: (owner, maxWaitMs) => checkWait(deps, owner, maxWaitMs),

    async stats() {
      const [row] = await database.query<{ queued: number; running: number }>(
        `select count(*) filter (where state = 'queued')::integer as queued,
           count(*) filter (where state = 'running')::integer as running
         from koutu.job where state in ('queued', 'running')`,
      )
      return { queued: row?.queued ?? 0, running: row?.running ?? 0, maxQueued }
    },
  }
}

async function cancelJob(deps: JobServiceDeps, owner: Owner, id: string): Promise<boolean> {
  const isCanceled = await deps.database.transaction((sql) => cancelWithin(deps, sql, owner, id))
  if (isCanceled) tellAll(deps.database, id, 'canceled')
  return isCanceled
}

async function cancelWithin(deps: JobServiceDeps, sql: Sql, owner: Owner, id: string): Promise<boolean> {
  const now = deps.nowMs()
  const [row] = await sql.query<{ submission_id: string | null }>(
    `update koutu.job set state = 'canceled', ended_at = $3, expires_at = $4, ${nextEventSql('$5', "'canceled'")}
     where id = $1 and owner_id = $2 and state in ('queued', 'running')
     returning submission_id`,
    [id, owner.id, new Date(now), new Date(now + deps.retentionMs), now],
  )
  if (!row) return false
  await deps.queue.remove(sql, id)
  if (row.submission_id) await announceEnd(sql, row.submission_id, id, deps.addWebhook)
  return true
}
