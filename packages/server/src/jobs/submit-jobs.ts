// Submission of jobs: limits, idempotency, and everything in one transaction.

import { createHash, randomUUID } from 'node:crypto'
import { isKoutuError, KoutuError } from '@koutu/core'
import type { Blobs, Database, Sql } from '../ports/ports.ts'
import { nextTurnSql, rankOf } from './fair-order.ts'
import { notifySql, QUEUED } from './job-notifications.ts'
import { JOB_COLUMNS, type JobRow, toJob } from './job-row.ts'
import type { Job, JobRequest, Owner, SubmitRequest, Submitted } from './job-service.ts'
import type { Queue } from './queue.ts'

export interface SubmitDeps {
  readonly database: Database
  readonly queue: Queue
  readonly blobs: Blobs
  readonly nowMs: () => number
  /** Limit of queued jobs. On several machines, requests at the same moment may exceed it together. */
  readonly maxQueued: number
  /** Whether inputs are deleted as soon as their job has ended. */
  readonly deletesInputs: boolean
}

export async function submitJobs(deps: SubmitDeps, owner: Owner, request: SubmitRequest): Promise<Submitted> {
  const discard = () => deps.blobs.delete(request.jobs.flatMap(blobsOf))
  try {
    const submitted = await deps.database.transaction((sql) => submit(deps, sql, owner, request))
    if (!submitted.isNew) await discard()
    return submitted
  } catch (error) {
    // Whether a commit got through cannot be known then: the sweeper finds what belongs to no job.
    if (!(isKoutuError(error) && error.code === 'DATABASE_UNAVAILABLE')) await discard()
    throw error
  }
}

async function submit(deps: SubmitDeps, sql: Sql, owner: Owner, request: SubmitRequest): Promise<Submitted> {
  const { idempotencyKey, webhookUrl, isBatch } = request
  if (idempotencyKey === undefined && webhookUrl === undefined && !isBatch)
    return { ...(await insert(deps, sql, owner, request, null)), isNew: true }
  const fingerprint = fingerprintOf(request)
  const now = new Date(deps.nowMs())
  const [submission] = await sql.query<{ id: string }>(
    `insert into koutu.submission (id, owner_id, is_batch, idempotency_key, fingerprint, webhook_url, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (owner_id, idempotency_key) do nothing returning id`,
    [randomUUID(), owner.id, isBatch, idempotencyKey ?? null, fingerprint, webhookUrl ?? null, now],
  )
  if (submission) return { ...(await insert(deps, sql, owner, request, submission.id)), isNew: true }
  const jobs = (await replay(sql, owner, idempotencyKey!, fingerprint)) ?? []
  return { jobs, batchId: jobs[0]?.batchId ?? null, isNew: false }
}

function ofSubmission(sql: Sql, submissionId: string): Promise<JobRow[]> {
  return sql.query<JobRow>('select * from koutu.job where submission_id = $1 order by position', [submissionId])
}

/** The jobs of an earlier request with the same key; null when this is the first. */
async function replay(sql: Sql, owner: Owner, key: string, fingerprint: string): Promise<Job[] | null> {
  const [earlier] = await sql.query<{ id: string; fingerprint: string }>(
    'select id, fingerprint from koutu.submission where owner_id = $1 and idempotency_key = $2',
    [owner.id, key],
  )
  if (!earlier) return null
  if (earlier.fingerprint !== fingerprint)
    throw new KoutuError('IDEMPOTENCY_CONFLICT', {
      detail: 'expected the same file and options as in the first request',
    })
  return (await ofSubmission(sql, earlier.id)).map(toJob)
}

interface NewJobs extends Pick<SubmitRequest, 'maxUnfinished'> {
  readonly count: number
  readonly priority: number
}

/** The turn of the first of them. Errors: QUEUE_FULL, TOO_MANY_JOBS. */
export async function checkLimits(
  { maxQueued }: Pick<SubmitDeps, 'maxQueued'>,
  sql: Sql,
  owner: Owner,
  { count, priority, maxUnfinished: limit }: NewJobs,
): Promise<number> {
  const [row] = await sql.query<{ queued: number; unfinished: number; turn: number }>(
    `select
       (select count(*)::integer from koutu.job where state = 'queued') as queued,
       (select count(*)::integer from koutu.job where owner_id = $1 and state in ('queued', 'running')) as unfinished,
       ${nextTurnSql('$1', '$2')} as turn`,
    [owner.id, priority],
  )
  const { queued, unfinished, turn } = row!
  if (queued + count > maxQueued)
    throw new KoutuError('QUEUE_FULL', {
      detail: `limit of ${maxQueued} queued jobs exceeded: ${queued} are queued, ${count} more submitted`,
      data: { limit: maxQueued, actual: queued },
    })
  if (limit !== undefined && unfinished + count > limit)
    throw new KoutuError('TOO_MANY_JOBS', {
      detail: `limit of ${limit} unfinished jobs exceeded: ${unfinished} exist, ${count} more submitted`,
      data: { limit, actual: unfinished },
    })
  return turn
}

async function insert(
  deps: SubmitDeps,
  sql: Sql,
  owner: Owner,
  request: SubmitRequest,
  submissionId: string | null,
): Promise<{ readonly jobs: Job[]; readonly batchId: string | null }> {
  const { jobs, maxUnfinished, priority = 0 } = request
  const firstTurn = await checkLimits(deps, sql, owner, { count: jobs.length, priority, maxUnfinished })
  const now = deps.nowMs()
  const batchId = request.isBatch ? submissionId : null
  const rows = await sql.query<JobRow>(
    `insert into koutu.job (id, owner_id, submission_id, batch_id, position, state, priority, turn, file_name, input,
       background, coarse, options, pixels, event_id, events, created_at, is_input_transient)
     select id, $2, $3::uuid, $4::uuid, position, 'queued', $5, $6::integer + position, file_name, input, background, coarse,
       options, pixels, 1, jsonb_build_array(jsonb_build_object('id', 1, 'atMs', $7::float8, 'state', 'queued')), $8, $9
     from jsonb_to_recordset($1::jsonb) as new (id uuid, position integer, file_name text, input jsonb, background jsonb,
       coarse jsonb, options jsonb, pixels bigint)
     returning ${JOB_COLUMNS}, turn, position, ${notifySql(`'${QUEUED}'`)}`,
    [
      JSON.stringify(jobs.map(toRecord)),
      owner.id,
      submissionId,
      batchId,
      priority,
      firstTurn,
      now,
      new Date(now),
      deps.deletesInputs,
    ],
  )
  const inOrder = (rows as (JobRow & { turn: number; position: number })[]).toSorted((a, b) => a.position - b.position)
  await deps.queue.add(
    sql,
    inOrder.map(({ id, turn }) => ({ id, rank: rankOf(priority, turn) })),
  )
  return { jobs: inOrder.map(toJob), batchId }
}

function toRecord(request: JobRequest, position: number): object {
  const { id, fileName, input, background, coarse, options, pixels } = request
  return {
    id,
    position,
    file_name: fileName,
    input,
    background: background ?? null,
    coarse: coarse ?? null,
    // What the background is made of is a blob now.
    options: background ? { ...options, background: { type: 'picture', source: 'background' } } : options,
    pixels,
  }
}

function blobsOf({ input, background, coarse }: JobRequest): string[] {
  return [input, background, coarse?.blob].flatMap((blob) => (blob ? [blob.key] : []))
}

/** Equal for requests that ask for the same: what is in the files counts, not what they are called in the store. */
function fingerprintOf({ jobs, isBatch, webhookUrl, priority }: SubmitRequest): string {
  const content = jobs.map(({ input, background, coarse, options, fileName }) => [
    input.sha256,
    background?.sha256 ?? null,
    fileName,
    background ? { ...options, background: null } : options,
    ...(coarse ? [coarse.jobId, coarse.blob.sha256] : []),
  ])
  const text = JSON.stringify([isBatch, webhookUrl ?? null, priority ?? 0, content])
  return createHash('sha256').update(text).digest('hex')
}
