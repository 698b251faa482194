// Notifies a URL of the owner when a job or batch has ended. Signed as Standard Webhooks 1, so that existing libraries verify
// it; retried for hours by the queue. The URL is reached through the guarded fetch only.

import { createHmac } from 'node:crypto'
import type { PgBoss } from 'pg-boss'
import { WEBHOOK_QUEUE } from '../db/boss.ts'
import type { Secret } from '../db/secrets.ts'
import type { Database, Fetcher, Logger, Sql } from '../ports/ports.ts'
import { JOB_COLUMNS, type JobRow, toJob } from './job-row.ts'
import type { Job } from './job-service.ts'

const TIMEOUT_MS = 15_000
/** How often a machine that delivers looks for webhooks that are due. */
const POLL_SECONDS = 2

interface WebhookData {
  readonly submissionId: string
  /** Null for a batch as a whole. */
  readonly jobId: string | null
}

/** What an owner verifies with: `whsec_` and base64, the form that libraries of Standard Webhooks take. */
export function webhookSecret(secret: Secret, ownerId: string): string {
  return `whsec_${Buffer.from(secret(`webhook:${ownerId}`)).toString('base64')}`
}

/** The headers of one delivery. `id` is the same in every try, so that a receiver can tell a repeat. */
export function signedHeaders(
  secret: Uint8Array,
  { id, timestampSeconds, body }: { readonly id: string; readonly timestampSeconds: number; readonly body: string },
): Record<string, string> {
  const signature = createHmac('sha256', secret).update(`${id}.${timestampSeconds}.${body}`).digest('base64')
  return {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(timestampSeconds),
    'webhook-signature': `v1,${signature}`,
  }
}

export function createAddWebhook(boss: PgBoss) {
  return async (sql: Sql, submissionId: string, jobId: string | null): Promise<void> => {
    const data: WebhookData = { submissionId, jobId }
    await boss.insert(WEBHOOK_QUEUE, [{ data }], {
      db: { executeSql: async (text, values) => ({ rows: await sql.query(text, values) }) },
    })
  }
}

export interface WebhookDeps {
  readonly boss: PgBoss
  readonly database: Database
  readonly fetcher: Fetcher
  readonly secret: Secret
  readonly nowMs: () => number
  readonly logger: Logger
}

/** Delivers what is due, until disposed of. */
export async function startWebhooks(deps: WebhookDeps): Promise<AsyncDisposable> {
  const { boss, logger } = deps
  const stop = new AbortController()
  await boss.work<WebhookData>(WEBHOOK_QUEUE, { pollingIntervalSeconds: POLL_SECONDS }, async ([message]) => {
    if (!message) return
    const { jobId, submissionId } = message.data
    const delivered = await deliver(deps, message.id, message.data, stop.signal)
    if (!delivered) logger.warn({ jobId, submissionId, attempt: message.retryCount + 1 }, 'webhook not delivered')
    // The queue tries again.
    if (!delivered) throw new Error('not delivered')
  })
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await boss.offWork(WEBHOOK_QUEUE)
    },
  }
}

/** True when it was delivered, or when its submission no longer exists. */
async function deliver(
  { database, fetcher, secret, nowMs }: Pick<WebhookDeps, 'database' | 'fetcher' | 'secret' | 'nowMs'>,
  messageId: string,
  { submissionId, jobId }: WebhookData,
  signal: AbortSignal,
): Promise<boolean> {
  const [submission] = await database.query<{ owner_id: string; webhook_url: string | null }>(
    'select owner_id, webhook_url from koutu.submission where id = $1',
    [submissionId],
  )
  if (!submission?.webhook_url) return true
  const rows = await database.query<JobRow>(
    `select ${JOB_COLUMNS} from koutu.job where submission_id = $1 and ($2::uuid is null or id = $2) order by position`,
    [submissionId, jobId],
  )
  if (rows.length === 0) return true
  const jobs = rows.map(toJob)
  const body = JSON.stringify(jobId === null ? batchMessage(submissionId, jobs) : jobMessage(jobs[0]!))
  const headers = signedHeaders(secret(`webhook:${submission.owner_id}`), {
    id: `msg_${messageId}`,
    timestampSeconds: Math.floor(nowMs() / 1000),
    body,
  })
  // The log does not say why an address cannot be reached: it may be a probe of our network.
  const answer = await fetcher
    .post(submission.webhook_url, body, { headers, timeoutMs: TIMEOUT_MS, signal })
    .catch(() => null)
  return answer !== null && answer.status >= 200 && answer.status < 300
}

function jobMessage(job: Job): object {
  return { type: `job.${job.state}`, timestamp: job.endedAt, data: summary(job) }
}

function batchMessage(id: string, jobs: readonly Job[]): object {
  const endedAt = new Date(Math.max(...jobs.map((job) => job.endedAt?.getTime() ?? 0)))
  return { type: 'batch.ended', timestamp: endedAt, data: { id, jobs: jobs.map(summary) } }
}

function summary({ id, batchId, state, fileName, createdAt, endedAt, error }: Job): object {
  return {
    id,
    batchId,
    state,
    fileName,
    createdAt,
    endedAt,
    error: error && { code: error.code, message: error.message },
  }
}
