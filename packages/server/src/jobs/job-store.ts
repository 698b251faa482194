// What workers do to jobs. Every change names the attempt it belongs to and takes effect only while that attempt is the
// job's current one: however often a job is tried, one attempt ends it, and one result is seen.

import type { KoutuError } from '@koutu/core'
import type { Blobs, Database, Sql } from '../ports/ports.ts'
import { deleteInputs } from './delete-job.ts'
import { rankOf } from './fair-order.ts'
import { tellQueued, tellServers, tellTaken } from './job-notifications.ts'
import { JOB_COLUMNS, type JobRow, nextEventSql, toJob } from './job-row.ts'
import type { Job, JobError, JobResult } from './job-service.ts'
import type { Claim, Queue } from './queue.ts'

/** A job in a worker's hands. */
export interface Attempt {
  readonly job: Job
  readonly claim: Claim
  /** How often it has failed before, in ways that may pass. */
  readonly failures: number
  /** Whether a process ended that held the picture. */
  readonly isSuspect: boolean
  /** Whether workers ended so often while they held it that it must have one to itself: see `LAPSES`. */
  readonly mustBeAlone: boolean
  /** Since when an outage of storage or database has held it up. */
  readonly heldUpAt: Date | null
}

export interface JobStore {
  /** Claims up to `count` jobs and marks them running. */
  take(count: number): Promise<Attempt[]>
  /** From now on nothing else runs on its worker. False when the attempt is no longer the job's. */
  beginAlone(attempt: Attempt): Promise<boolean>
  keepAlive(attempts: readonly Attempt[]): Promise<void>
  /** False when the attempt is no longer the job's: the job was canceled, or another attempt has it. */
  progress(attempt: Attempt, progress: number): Promise<boolean>
  succeed(attempt: Attempt, result: JobResult): Promise<boolean>
  fail(attempt: Attempt, error: KoutuError): Promise<boolean>
  /** Tries again later. A suspect stays one. */
  retry(attempt: Attempt, failure: { readonly isSuspect: boolean }): Promise<boolean>
  /** Leaves it to another worker, now or after a while, as if this attempt had not been. */
  giveBack(attempt: Attempt, delaySeconds?: number): Promise<boolean>
  /** The same where an outage is the reason, which is noted. */
  holdUp(attempt: Attempt, delaySeconds: number): Promise<boolean>
  /** After a crash of the only process there is: what it was doing goes back into the queue. Resolves with how many. */
  recover(): Promise<number>
  /** After the clock was set back: nothing waits until it has caught up. */
  realign(): Promise<void>
  /** Puts back what has not ended and is yet in no queue, as when it waited longer than the queue keeps anything. */
  restoreLost(): Promise<number>
}

export interface JobStoreDeps {
  readonly database: Database
  readonly blobs: Blobs
  readonly queue: Queue
  /** Adds to the webhooks' queue, in the transaction that ends the job. */
  readonly addWebhook: (sql: Sql, submissionId: string, jobId: string | null) => Promise<void>
  readonly nowMs: () => number
  /** How long inputs and results are kept after a job has ended. */
  readonly retentionMs: number
}

/** Inputs that crashed their process repeatedly are kept for inspection. */
const INSPECTION_MS = 7 * 86_400_000

/**
 * A worker may end by the picture it holds, by another one, or by its operator. So a claim that lapses says nothing against its
 * job; but after so many of them the job runs alone, on a worker that has run without a crash for a while, and one that ends under
 * it then has been ended by it.
 */
const LAPSES = 3

/** For the SET list of an update of jobs that some worker may have held when it ended. */
const COUNT_LAPSE = `lapses = lapses + (state = 'running')::integer,
  failures = failures + (state = 'running' and is_alone)::integer,
  is_suspect = is_suspect or (state = 'running' and is_alone),
  is_alone = false`

const STEP = 500
const NO_ID = '00000000-0000-0000-0000-000000000000'

/** The job's current attempt is the one of parameters 1 and 2. */
const CURRENT = `id = $1 and state = 'running' and attempts = $2`

export function createJobStore(deps: JobStoreDeps): JobStore {
  return new SqlJobStore(deps)
}

class SqlJobStore implements JobStore {
  readonly #deps: JobStoreDeps

  constructor(deps: JobStoreDeps) {
    this.#deps = deps
  }

  async take(count: number): Promise<Attempt[]> {
    const { database, queue, nowMs } = this.#deps
    const claims = await queue.take(count)
    if (claims.length === 0) return []
    const rows = await database.query<JobRow>(
      `update koutu.job set state = 'running', attempts = attempts + 1, progress = 0, started_at = $2, ${COUNT_LAPSE},
           ${nextEventSql('$3', "'running'")}
         where id = any($1::uuid[]) and state in ('queued', 'running')
         returning ${JOB_COLUMNS}`,
      [claims.map(({ id }) => id), new Date(nowMs()), nowMs()],
    )
    for (const { id } of rows) {
      tellServers(database, id, 'running')
      tellTaken(database, id)
    }
    const byId = new Map(rows.map((row) => [row.id, row]))
    const attempts: Attempt[] = []
    for (const claim of claims) {
      const row = byId.get(claim.id)
      // It had ended while it was still in the queue.
      if (!row) await queue.settle(database, claim)
      else {
        const { failures, is_suspect: isSuspect, lapses, held_up_at: heldUpAt } = row
        attempts.push({ job: toJob(row), claim, failures, isSuspect, mustBeAlone: lapses >= LAPSES, heldUpAt })
      }
    }
    return attempts
  }

  async beginAlone({ job }: Attempt): Promise<boolean> {
    const rows = await this.#deps.database.query(`update koutu.job set is_alone = true where ${CURRENT} returning id`, [
      job.id,
      job.attempts,
    ])
    return rows.length > 0
  }

  keepAlive(attempts: readonly Attempt[]): Promise<void> {
    return this.#deps.queue.keepAlive(attempts.map(({ claim }) => claim))
  }

  async progress({ job }: Attempt, progress: number): Promise<boolean> {
    const { database } = this.#deps
    const rows = await database.query(
      `update koutu.job set progress = $3, event_id = event_id + 1 where ${CURRENT} returning id`,
      [job.id, job.attempts, progress],
    )
    if (rows.length > 0) tellServers(database, job.id, 'running')
    return rows.length > 0
  }

  succeed(attempt: Attempt, result: JobResult): Promise<boolean> {
    return this.#end(attempt, 'succeeded', { result, error: null })
  }

  fail(attempt: Attempt, error: KoutuError): Promise<boolean> {
    return this.#end(attempt, 'failed', { result: null, error: error.toJSON() })
  }

  retry(attempt: Attempt, failure: { readonly isSuspect: boolean }): Promise<boolean> {
    return this.#requeue(attempt, failure)
  }

  giveBack(attempt: Attempt, delaySeconds = 0): Promise<boolean> {
    return this.#requeue(attempt, null, { delaySeconds })
  }

  holdUp(attempt: Attempt, delaySeconds: number): Promise<boolean> {
    return this.#requeue(attempt, null, { delaySeconds, isHeldUp: true })
  }

  recover(): Promise<number> {
    const { database, queue, nowMs } = this.#deps
    return database.transaction(async (sql) => {
      const rows = await sql.query<{ id: string }>(
        `update koutu.job set state = 'queued', progress = 0, started_at = null, ${COUNT_LAPSE},
             ${nextEventSql('$1', "'queued'")}
           where state = 'running' returning id`,
        [nowMs()],
      )
      for (const { id } of rows) await queue.giveBack(sql, id)
      return rows.length
    })
  }

  realign(): Promise<void> {
    const { database, queue } = this.#deps
    return queue.realign(database)
  }

  async restoreLost(): Promise<number> {
    const { database, queue } = this.#deps
    let restored = 0
    let last = NO_ID
    for (;;) {
      const rows = await database.query<{ id: string; priority: number; turn: number }>(
        `select id, priority, turn from koutu.job
           where state in ('queued', 'running') and id > $1 order by id limit ${STEP}`,
        [last],
      )
      if (rows.length === 0) return restored
      restored += await queue.add(
        database,
        rows.map(({ id, priority, turn }) => ({ id, rank: rankOf(priority, turn) })),
      )
      last = rows.at(-1)!.id
    }
  }

  /** Ends the job, if the attempt is still its own, and everything that follows from the end with it. */
  async #end(
    { job, claim }: Attempt,
    state: 'succeeded' | 'failed',
    outcome: { readonly result: JobResult | null; readonly error: JobError | null },
  ): Promise<boolean> {
    const { database, blobs, queue, addWebhook, nowMs, retentionMs } = this.#deps
    const ended = await database.transaction(async (sql) => {
      const now = nowMs()
      const [row] = await sql.query<{ submission_id: string | null; is_input_transient: boolean }>(
        `update koutu.job set state = $3, result = $4::jsonb, error = $5::jsonb, ended_at = $6, expires_at = $7,
           progress = case when $3 = 'succeeded' then 1 else progress end, ${nextEventSql('$8', '$3')}
         where ${CURRENT}
         returning submission_id, is_input_transient`,
        [
          job.id,
          job.attempts,
          state,
          outcome.result && JSON.stringify(outcome.result),
          outcome.error && JSON.stringify(outcome.error),
          new Date(now),
          new Date(
            now +
              (outcome.error?.code === 'JOB_CRASHED_REPEATEDLY' ? Math.max(retentionMs, INSPECTION_MS) : retentionMs),
          ),
          now,
        ],
      )
      await queue.settle(sql, claim)
      if (row?.submission_id) await announceEnd(sql, row.submission_id, job.id, addWebhook)
      return row
    })
    if (ended) tellServers(database, job.id, state)
    // Where the store does not answer, the sweeper does it.
    if (ended?.is_input_transient) await deleteInputs({ database, blobs }, [job.id]).catch(() => {})
    return ended !== undefined
  }

  /** Puts it back to `queued`; a failure is counted, and makes the pause before the next attempt. */
  async #requeue(
    { job, claim }: Attempt,
    failure: { readonly isSuspect: boolean } | null,
    { delaySeconds = 0, isHeldUp = false } = {},
  ): Promise<boolean> {
    const { database, queue, nowMs } = this.#deps
    const isQueued = await database.transaction(async (sql) => {
      const rows = await sql.query(
        `update koutu.job set state = 'queued', progress = 0, started_at = null,
           failures = failures + $3::integer, is_suspect = is_suspect or $4::boolean,
           held_up_at = coalesce(held_up_at, $6::timestamptz), ${nextEventSql('$5', "'queued'")}
         where ${CURRENT}
         returning id`,
        [
          job.id,
          job.attempts,
          failure ? 1 : 0,
          failure?.isSuspect ?? false,
          nowMs(),
          isHeldUp ? new Date(nowMs()) : null,
        ],
      )
      if (rows.length === 0) await queue.settle(sql, claim)
      else if (failure) await queue.retry(sql, claim)
      else await queue.giveBack(sql, claim, delaySeconds)
      return rows.length > 0
    })
    if (isQueued) {
      tellServers(database, job.id, 'queued')
      tellQueued(database, job.id)
    }
    return isQueued
  }
}

/** Sends the webhook of a single job, or that of a batch when its last job has ended. */
export async function announceEnd(
  sql: Sql,
  submissionId: string,
  jobId: string,
  addWebhook: JobStoreDeps['addWebhook'],
): Promise<void> {
  // The lock makes the last two jobs of a batch end one after the other: one of them sees that it is the last.
  const [submission] = await sql.query<{ is_batch: boolean; webhook_url: string | null }>(
    'select is_batch, webhook_url from koutu.submission where id = $1 for update',
    [submissionId],
  )
  if (!submission?.webhook_url) return
  if (!submission.is_batch) return addWebhook(sql, submissionId, jobId)
  const [row] = await sql.query<{ unfinished: number }>(
    `select count(*)::integer as unfinished from koutu.job where submission_id = $1 and state in ('queued', 'running')`,
    [submissionId],
  )
  if (row?.unfinished === 0) await addWebhook(sql, submissionId, null)
}
