// Jobs as their owners see them: submitting, looking, listing, canceling, waiting. In one database for all machines.

import { createHash, randomUUID } from 'node:crypto'
import { invalidOptions, isKoutuError, KoutuError } from '@koutu/core'
import type { Blobs, Database, Sql } from '../ports/ports.ts'
import { type Hub, QUEUED, tellSql } from './hub.ts'
import { isJobId } from './job-keys.ts'
import { eventsAfter, JOB_COLUMNS, type JobRow, nextEventSql, toJob } from './job-row.ts'
import {
  isFinal,
  type Job,
  type JobRequest,
  type JobService,
  type JobState,
  type Owner,
  type SubmitRequest,
} from './job-service.ts'
import { announceEnd, type JobStoreDeps } from './job-store.ts'
import { createNews } from './news.ts'
import type { Queue } from './queue.ts'
import { nextTurnSql, rankOf } from './turns.ts'

export interface JobServiceDeps {
  readonly database: Database
  readonly queue: Queue
  readonly hub: Hub
  readonly blobs: Blobs
  readonly addWebhook: JobStoreDeps['addWebhook']
  readonly nowMs: () => number
  readonly retentionMs: number
  /** Jobs that may wait. On several machines, requests that arrive together may exceed it by as many as they are. */
  readonly maxQueued: number
}

export function createJobService(deps: JobServiceDeps): JobService {
  const { database, queue, hub, blobs, addWebhook, nowMs, retentionMs, maxQueued } = deps

  const select = async (owner: Owner, id: string): Promise<JobRow | null> => {
    if (!isJobId(id)) return null
    const [row] = await database.query<JobRow>('select * from koutu.job where id = $1 and owner_id = $2', [
      id,
      owner.id,
    ])
    return row ?? null
  }

  const ofSubmission = (sql: Sql, submissionId: string): Promise<JobRow[]> =>
    sql.query<JobRow>('select * from koutu.job where submission_id = $1 order by position', [submissionId])

  /** The jobs of an earlier request with the same key; null when this is the first. */
  const replay = async (sql: Sql, owner: Owner, key: string, fingerprint: string): Promise<Job[] | null> => {
    const [earlier] = await sql.query<{ id: string; fingerprint: string }>(
      'select id, fingerprint from koutu.submission where owner_id = $1 and idempotency_key = $2',
      [owner.id, key],
    )
    if (!earlier) return null
    if (earlier.fingerprint !== fingerprint)
      throw new KoutuError('IDEMPOTENCY_CONFLICT', { detail: 'expected the same file and options as the first time' })
    return (await ofSubmission(sql, earlier.id)).map(toJob)
  }

  const checkRoom = async (sql: Sql, owner: Owner, request: SubmitRequest, priority: number): Promise<number> => {
    const count = request.jobs.length
    const [room] = await sql.query<{ queued: number; unfinished: number; turn: number }>(
      `select
         (select count(*)::integer from koutu.job where state = 'queued') as queued,
         (select count(*)::integer from koutu.job where owner_id = $1 and state in ('queued', 'running')) as unfinished,
         ${nextTurnSql('$1', '$2')} as turn`,
      [owner.id, priority],
    )
    const { queued, unfinished, turn } = room!
    if (queued + count > maxQueued)
      throw new KoutuError('QUEUE_FULL', {
        detail: `${queued} of at most ${maxQueued} jobs wait already`,
        data: { limit: maxQueued, actual: queued },
      })
    const limit = request.maxUnfinished
    if (limit !== undefined && unfinished + count > limit)
      throw new KoutuError('TOO_MANY_JOBS', {
        detail: `expected at most ${limit} jobs at once but received ${count} more than the ${unfinished} there are`,
        data: { limit, actual: unfinished },
      })
    return turn
  }

  const insert = async (
    sql: Sql,
    owner: Owner,
    request: SubmitRequest,
    submissionId: string | null,
  ): Promise<{ readonly jobs: Job[]; readonly batchId: string | null }> => {
    const priority = request.priority ?? 0
    const firstTurn = await checkRoom(sql, owner, request, priority)
    const now = nowMs()
    const batchId = request.isBatch ? submissionId : null
    const rows = await sql.query<JobRow>(
      `insert into koutu.job (id, owner_id, submission_id, batch_id, position, state, priority, turn, file_name, input,
         background, options, pixels, event_id, events, created_at)
       select id, $2, $3::uuid, $4::uuid, position, 'queued', $5, $6::integer + position, file_name, input, background, options,
         pixels, 1, jsonb_build_array(jsonb_build_object('id', 1, 'atMs', $7::float8, 'state', 'queued')), $8
       from jsonb_to_recordset($1::jsonb) as new (id uuid, position integer, file_name text, input jsonb, background jsonb,
         options jsonb, pixels bigint)
       returning ${JOB_COLUMNS}, turn, position, ${tellSql(`'${QUEUED}'`)}`,
      [
        JSON.stringify(request.jobs.map(toRecord)),
        owner.id,
        submissionId,
        batchId,
        priority,
        firstTurn,
        now,
        new Date(now),
      ],
    )
    const inOrder = (rows as (JobRow & { turn: number; position: number })[]).toSorted(
      (a, b) => a.position - b.position,
    )
    await queue.add(
      sql,
      inOrder.map(({ id, turn }) => ({ id, rank: rankOf(priority, turn) })),
    )
    return { jobs: inOrder.map(toJob), batchId }
  }

  return {
    async submit(owner, request) {
      const { idempotencyKey, webhookUrl, isBatch } = request
      const discard = () => blobs.delete(request.jobs.flatMap(blobsOf))
      try {
        const submitted = await database.transaction(async (sql) => {
          if (idempotencyKey === undefined && webhookUrl === undefined && !isBatch)
            return { ...(await insert(sql, owner, request, null)), isNew: true }
          const fingerprint = fingerprintOf(request)
          const [submission] = await sql.query<{ id: string }>(
            `insert into koutu.submission (id, owner_id, is_batch, idempotency_key, fingerprint, webhook_url, created_at)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (owner_id, idempotency_key) do nothing returning id`,
            [
              randomUUID(),
              owner.id,
              isBatch,
              idempotencyKey ?? null,
              fingerprint,
              webhookUrl ?? null,
              new Date(nowMs()),
            ],
          )
          if (submission) return { ...(await insert(sql, owner, request, submission.id)), isNew: true }
          const jobs = (await replay(sql, owner, idempotencyKey!, fingerprint)) ?? []
          return { jobs, batchId: jobs[0]?.batchId ?? null, isNew: false }
        })
        if (!submitted.isNew) await discard()
        return submitted
      } catch (error) {
        // Whether a commit got through cannot be known then: the sweeper finds what belongs to no job.
        if (!(isKoutuError(error) && error.code === 'DATABASE_UNAVAILABLE')) await discard()
        throw error
      }
    },

    async get(owner, id) {
      const row = await select(owner, id)
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
        throw invalidOptions([{ path: 'cursor', message: 'Expected a cursor that an earlier page gave' }])
      const rows = await database.query<JobRow>(
        `select ${JOB_COLUMNS} from koutu.job
         where owner_id = $1 and ($2::uuid is null or id < $2) and ($3::text is null or state = $3)
         order by id desc limit $4`,
        // One more than asked for tells whether there is another page.
        [owner.id, cursor ?? null, state ?? null, limit + 1],
      )
      const jobs = rows.slice(0, limit).map(toJob)
      return { jobs, nextCursor: rows.length > limit ? jobs.at(-1)!.id : null }
    },

    async cancel(owner, id) {
      if (!isJobId(id)) return null
      await database.transaction(async (sql) => {
        const now = nowMs()
        const [row] = await sql.query<{ submission_id: string | null }>(
          `update koutu.job set state = 'canceled', ended_at = $3, expires_at = $4, ${nextEventSql('$5', "'canceled'")}
           where id = $1 and owner_id = $2 and state in ('queued', 'running')
           returning submission_id, ${tellSql(`id || ' canceled'`)}`,
          [id, owner.id, new Date(now), new Date(now + retentionMs), now],
        )
        if (!row) return
        await queue.remove(sql, id)
        if (row.submission_id) await announceEnd(sql, row.submission_id, id, addWebhook)
      })
      return this.get(owner, id)
    },

    async *events(owner, id, { afterId, signal }) {
      using news = createNews(hub, id)
      let seen = afterId
      while (!signal.aborted) {
        const row = await select(owner, id)
        if (!row) return
        for (const event of eventsAfter(row, seen, nowMs())) {
          yield event
          seen = event.id
        }
        if (isFinal(row.state)) return
        await news.next(signal)
      }
    },

    async wait(owner, id, { signal }) {
      using news = createNews(hub, id)
      let state: JobState | null = null
      while (!signal.aborted) {
        // A start, or progress, is no reason to look.
        if (state === null || isFinal(state)) {
          const row = await select(owner, id)
          if (!row) throw new KoutuError('JOB_NOT_FOUND')
          if (isFinal(row.state)) return toJob(row)
        }
        state = await news.next(signal)
      }
      throw new KoutuError('ABORTED', { cause: signal.reason })
    },

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

function toRecord(request: JobRequest, position: number): object {
  const { id, fileName, input, background, options, pixels } = request
  return {
    id,
    position,
    file_name: fileName,
    input,
    background: background ?? null,
    // What the background is made of is a blob now.
    options: background ? { ...options, background: { type: 'picture', source: 'background' } } : options,
    pixels,
  }
}

function blobsOf({ input, background }: JobRequest): string[] {
  return background ? [input.key, background.key] : [input.key]
}

/** Equal for requests that ask for the same: what is in the files counts, not what they are called in the store. */
function fingerprintOf({ jobs, isBatch, webhookUrl, priority }: SubmitRequest): string {
  const content = jobs.map(({ input, background, options, fileName }) => [
    input.sha256,
    background?.sha256 ?? null,
    fileName,
    background ? { ...options, background: null } : options,
  ])
  const text = JSON.stringify([isBatch, webhookUrl ?? null, priority ?? 0, content])
  return createHash('sha256').update(text).digest('hex')
}
