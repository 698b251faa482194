// The queue of jobs: pg-boss behind our own terms. Every call can be part of a transaction.

import type { PgBoss } from 'pg-boss'
import { JOB_QUEUE, WEBHOOK_QUEUE } from '../db/boss.ts'
import type { Sql } from '../ports/ports.ts'

/** One claim of a job. What is done with it after the claim has lapsed has no effect. */
export interface Claim {
  readonly id: string
  readonly retryCount: number
}

interface QueuedJob {
  readonly id: string
  /** Higher goes first. */
  readonly rank: number
}

export interface Queue {
  /** Resolves with how many were added: a job that is in the queue already stays as it is. */
  add(sql: Sql, jobs: readonly QueuedJob[]): Promise<number>
  /** Claims up to `count` jobs. A claim holds while it is kept alive. */
  take(count: number): Promise<Claim[]>
  keepAlive(claims: readonly Claim[]): Promise<void>
  /** The job has ended: it leaves the queue. */
  settle(sql: Sql, claim: Claim): Promise<void>
  /** Ends it, also while a worker holds it. */
  remove(sql: Sql, id: string): Promise<void>
  /** Tries again after a pause that grows from time to time. */
  retry(sql: Sql, claim: Claim): Promise<void>
  /**
   * After the clock of the database has been set back: what was due, or becomes due within minutes, is due now, and claims count as
   * renewed now.
   */
  realign(sql: Sql): Promise<void>
  /** Gives the job back, through no fault of its own; by its id where whoever held it is known to be dead. */
  giveBack(sql: Sql, claim: Claim | string, delaySeconds?: number): Promise<void>
}

/** No job is put off for longer. */
const MAX_PAUSE_SECONDS = 120

export function createQueue(boss: PgBoss): Queue {
  const within = (sql: Sql) => ({
    db: { executeSql: async (text: string, values?: unknown[]) => ({ rows: await sql.query(text, values) }) },
  })
  const attempt = ({ id, retryCount }: Claim) => ({ id, retryCount })
  return {
    async add(sql, jobs) {
      const added = await boss.insert(
        JOB_QUEUE,
        jobs.map(({ id, rank }) => ({ id, priority: rank })),
        { ...within(sql), returnId: true },
      )
      return added?.length ?? 0
    },
    async take(count) {
      const jobs = await boss.fetch(JOB_QUEUE, { batchSize: count })
      return jobs.map(attempt)
    },
    async keepAlive(claims) {
      await boss.touch(JOB_QUEUE, claims.map(attempt))
    },
    async settle(sql, claim) {
      await boss.deleteJob(JOB_QUEUE, attempt(claim), within(sql))
    },
    async remove(sql, id) {
      await boss.deleteJob(JOB_QUEUE, id, within(sql))
    },
    async retry(sql, claim) {
      await boss.fail(JOB_QUEUE, attempt(claim), null, within(sql))
    },
    async realign(sql) {
      await sql.query(
        `update pgboss.job set start_after = now() where state < 'active' and
           (name = $1 or name = $2 and retry_count = 0) and start_after > now() + make_interval(secs => $3)`,
        [JOB_QUEUE, WEBHOOK_QUEUE, MAX_PAUSE_SECONDS],
      )
      await sql.query(
        `update pgboss.job set heartbeat_on = now() where name = $1 and state = 'active' and heartbeat_on > now()`,
        [JOB_QUEUE],
      )
    },
    async giveBack(sql, claim, delaySeconds = 0) {
      const id = typeof claim === 'string' ? claim : claim.id
      await boss.fail(JOB_QUEUE, typeof claim === 'string' ? id : attempt(claim), null, within(sql))
      // Now, not some moment of the past: how long a job may wait is counted from there, and then it is deleted.
      await boss.update(JOB_QUEUE, undefined, { id, startAfter: delaySeconds, ...within(sql) })
    },
  }
}
