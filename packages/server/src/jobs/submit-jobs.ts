// Submission of jobs: limits, idempotency, and everything in one transaction.

import { createHash, randomUUID } from 'node:crypto'
import { isKoutuError, KoutuError } from '@koutu/core'
import type { DumpedRecord, RecordJournal } from '../db/record-journal.ts'
import type { Blobs, Database, Sql } from '../ports/ports.ts'
import { nextTurnSql, rankOf } from './fair-order.ts'
import { tellQueued } from './job-notifications.ts'
import { JOB_COLUMNS, type JobRow, toJob } from './job-row.ts'
import type { Job, JobRequest, Owner, SubmitRequest, Submitted } from './job-service.ts'
import type { Queue } from './queue.ts'
import type { QueueOutlook } from './queue-outlook.ts'
import { WITHDRAWN } from './withdraw-submission.ts'

export interface SubmitDeps {
  readonly database: Database
  readonly queue: Queue
  readonly outlook: QueueOutlook
  readonly journal: RecordJournal
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
    // Before the transaction: it may have the only connection there is.
    const wait = await waitLimit(deps, request.maxWaitMs)
    const { records, ...submitted } = await deps.database.transaction((sql) =>
      submit(deps, sql, owner, { ...request, wait }),
    )
    if (submitted.isNew) {
      tellQueued(deps.database, submitted.jobs[0]!.id, submitted.jobs.length)
      await deps.journal.append(records)
    } else await discard()
    return submitted
  } catch (error) {
    // Whether a commit got through cannot be known then: the sweeper finds what belongs to no job.
    if (!(isKoutuError(error) && error.code === 'DATABASE_UNAVAILABLE')) await discard()
    throw error
  }
}

async function submit(deps: SubmitDeps, sql: Sql, owner: Owner, request: LimitedRequest): Promise<Noted> {
  const { idempotencyKey, webhookUrl, isBatch } = request
  if (idempotencyKey === undefined && webhookUrl === undefined && !isBatch)
    return insert(deps, sql, owner, request, null)
  const fingerprint = fingerprintOf(request)
  const now = new Date(deps.nowMs())
  const [submission] = await sql.query<{ id: string; record: object }>(
    `insert into koutu.submission (id, owner_id, is_batch, idempotency_key, fingerprint, webhook_url, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (owner_id, idempotency_key) do nothing returning id, to_jsonb(submission.*) as record`,
    [randomUUID(), owner.id, isBatch, idempotencyKey ?? null, fingerprint, webhookUrl ?? null, now],
  )
  if (submission) return insert(deps, sql, owner, request, submission)
  const jobs = (await replay(sql, owner, idempotencyKey!, fingerprint)) ?? []
  return { jobs, batchId: jobs[0]?.batchId ?? null, isNew: false, records: [] }
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
  if (earlier.fingerprint === WITHDRAWN)
    throw new KoutuError('JOB_CANCELED', { detail: 'this idempotency key was withdrawn' })
  if (earlier.fingerprint !== fingerprint)
    throw new KoutuError('IDEMPOTENCY_CONFLICT', {
      detail: 'expected the same file and options as in the first request',
    })
  return (await ofSubmission(sql, earlier.id)).map(toJob)
}

/** Refuses jobs that are expected to end too late. Null: any may wait. */
type WaitCheck = ((counts: QueueCounts) => void) | null

/** With its rows, for the journal. */
interface Noted extends Submitted {
  readonly records: readonly DumpedRecord[]
}

interface LimitedRequest extends SubmitRequest {
  readonly wait: WaitCheck
}

interface NewJobs extends Pick<SubmitRequest, 'maxUnfinished'> {
  readonly count: number
  readonly priority: number
  readonly wait?: WaitCheck
}

export interface Place {
  readonly turn: number
  /** In the whole queue; 1 is the next to start. */
  readonly position: number
}

interface QueueCounts extends Place {
  readonly queued: number
  readonly running: number
  readonly unfinished: number
}

/** The place of the first of them. Errors: QUEUE_FULL, TOO_MANY_JOBS, WAIT_TOO_LONG. */
export async function checkLimits(
  { maxQueued }: Pick<SubmitDeps, 'maxQueued'>,
  sql: Sql,
  owner: Owner,
  { count, priority, maxUnfinished: limit, wait }: NewJobs,
): Promise<Place> {
  const counts = await countQueue(sql, owner, priority)
  const { queued, unfinished } = counts
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
  wait?.(counts)
  return counts
}

async function waitLimit({ outlook }: Pick<SubmitDeps, 'outlook'>, maxWaitMs: number | undefined): Promise<WaitCheck> {
  if (maxWaitMs === undefined) return null
  const pace = await outlook.pace()
  return ({ position, running }) => {
    const { secondsLeft } = outlook.expect(position, { running, pace })
    const limit = maxWaitMs / 1000
    if (secondsLeft === null || secondsLeft <= limit) return
    throw new KoutuError('WAIT_TOO_LONG', {
      detail: `expected in ${secondsLeft} s, at position ${position} of the queue; the limit is ${limit} s`,
      data: { limit, actual: secondsLeft, position, retryAfterSeconds: Math.ceil(secondsLeft - limit) },
    })
  }
}

/** For a request whose image has not been taken in yet. Errors: WAIT_TOO_LONG. */
export async function checkWait(
  deps: Pick<SubmitDeps, 'database' | 'outlook'>,
  owner: Owner,
  maxWaitMs: number,
): Promise<void> {
  const wait = await waitLimit(deps, maxWaitMs)
  wait?.(await countQueue(deps.database, owner, 0))
}

/** The queue as the owner's next job finds it. */
async function countQueue(sql: Sql, owner: Owner, priority: number): Promise<QueueCounts> {
  const [row] = await sql.query<QueueCounts>(
    `select queued, running, unfinished, turn,
       1 + (select count(*)::integer from koutu.job
            where state = 'queued' and (priority > $2 or (priority = $2 and koutu.job.turn <= mine.turn))) as position
     from (select
       (select count(*)::integer from koutu.job where state = 'queued') as queued,
       (select count(*)::integer from koutu.job where state = 'running') as running,
       (select count(*)::integer from koutu.job where owner_id = $1 and state in ('queued', 'running')) as unfinished,
       ${nextTurnSql('$1', '$2')} as turn) as mine`,
    [owner.id, priority],
  )
  return row!
}

async function insert(
  deps: SubmitDeps,
  sql: Sql,
  owner: Owner,
  request: LimitedRequest,
  submission: { readonly id: string; readonly record: object } | null,
): Promise<Noted> {
  const submissionId = submission?.id ?? null
  const { jobs, maxUnfinished, wait, priority = 0 } = request
  const count = jobs.length
  const place = await checkLimits(deps, sql, owner, { count, priority, maxUnfinished, wait })
  const now = deps.nowMs()
  const batchId = request.isBatch ? submissionId : null
  const rows = await sql.query<JobRow>(
    `insert into koutu.job (id, owner_id, submission_id, batch_id, position, state, priority, turn, file_name, input,
       background, coarse, options, pixels, event_id, events, created_at, is_input_transient)
     select id, $2, $3::uuid, $4::uuid, position, 'queued', $5, $6::integer + position, file_name, input, background, coarse,
       options, pixels, 1, jsonb_build_array(jsonb_build_object('id', 1, 'atMs', $7::float8, 'state', 'queued')), $8, $9
     from jsonb_to_recordset($1::jsonb) as new (id uuid, position integer, file_name text, input jsonb, background jsonb,
       coarse jsonb, options jsonb, pixels bigint)
     returning ${JOB_COLUMNS}, turn, position, to_jsonb(job.*) as record`,
    [
      JSON.stringify(jobs.map(toRecord)),
      owner.id,
      submissionId,
      batchId,
      priority,
      place.turn,
      now,
      new Date(now),
      deps.deletesInputs,
    ],
  )
  const inOrder = (rows as (JobRow & { turn: number; position: number; record: object })[]).toSorted(
    (a, b) => a.position - b.position,
  )
  await deps.queue.add(
    sql,
    inOrder.map(({ id, turn }) => ({ id, rank: rankOf(priority, turn) })),
  )
  deps.outlook.queued(
    inOrder.map(({ id }) => id),
    place.position,
  )
  const records = [
    ...(submission ? [{ table: 'submission', row: submission.record }] : []),
    ...inOrder.map(({ record }) => ({ table: 'job', row: record })),
  ]
  return { jobs: inOrder.map(toJob), batchId, isNew: true, records }
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
