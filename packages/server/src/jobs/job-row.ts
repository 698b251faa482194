// A job as it lies in the database, and as the rest of the server sees it.

import type { ResolvedOptions } from '@koutu/core'
import type { BlobRef, Sql } from '../ports/ports.ts'
import type { GivenCoarse } from './job-coarse.ts'
import { isJobId } from './job-keys.ts'
import type { Job, JobError, JobEvent, JobResult, JobState, Owner } from './job-service.ts'

export interface JobRow {
  readonly id: string
  readonly owner_id: string
  readonly submission_id: string | null
  readonly batch_id: string | null
  readonly state: JobState
  readonly priority: number
  readonly file_name: string | null
  readonly input: BlobRef
  readonly background: BlobRef | null
  readonly coarse: GivenCoarse | null
  readonly options: ResolvedOptions
  readonly pixels: number | string
  readonly attempts: number
  readonly failures: number
  readonly is_suspect: boolean
  readonly lapses: number
  readonly held_up_at: Date | null
  readonly progress: number
  readonly event_id: number
  readonly events: readonly StoredEvent[]
  readonly result: JobResult | null
  readonly error: JobError | null
  readonly created_at: Date
  readonly started_at: Date | null
  readonly ended_at: Date | null
  readonly expires_at: Date | null
  readonly is_input_transient: boolean
  readonly is_swept: boolean
}

/** Changes of state are kept; of progress only the latest is, so that a row does not grow with time. */
interface StoredEvent {
  readonly id: number
  readonly atMs: number
  readonly state: JobState
}

/** Everything of a row but its events. */
export const JOB_COLUMNS =
  'id, owner_id, submission_id, batch_id, state, priority, file_name, input, background, coarse, options, pixels, attempts, failures, is_suspect, lapses, held_up_at, progress, result, error, created_at, started_at, ended_at, expires_at, is_input_transient, is_swept'

export async function findRow(sql: Sql, owner: Owner, id: string): Promise<JobRow | null> {
  if (!isJobId(id)) return null
  const [row] = await sql.query<JobRow>('select * from koutu.job where id = $1 and owner_id = $2', [id, owner.id])
  return row ?? null
}

export function toJob(row: Omit<JobRow, 'event_id' | 'events'>): Job {
  return {
    id: row.id,
    ownerId: row.owner_id,
    batchId: row.batch_id,
    state: row.state,
    fileName: row.file_name,
    input: row.input,
    background: row.background,
    coarse: row.coarse,
    options: row.options,
    // node-postgres gives 64-bit integers as text.
    pixels: Number(row.pixels),
    priority: row.priority,
    attempts: row.attempts,
    progress: row.progress,
    createdAt: row.created_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    expiresAt: row.expires_at,
    result: row.result,
    error: row.error,
  }
}

/** What happened after `afterId`: stored changes of state, then the latest progress where it is newer than those. */
export function eventsAfter(
  row: Pick<JobRow, 'events' | 'event_id' | 'progress' | 'error'>,
  afterId: number,
  nowMs: number,
): JobEvent[] {
  const events: JobEvent[] = row.events
    .filter(({ id }) => id > afterId)
    .map(({ id, atMs, state }) => ({
      id,
      at: new Date(atMs),
      type: 'state',
      state,
      error: state === 'failed' ? row.error : null,
    }))
  const last = row.events.at(-1)?.id ?? 0
  if (row.event_id > Math.max(last, afterId))
    events.push({ id: row.event_id, at: new Date(nowMs), type: 'progress', progress: row.progress })
  return events
}

/** SQL that gives a row its next event: for the SET list of an update. `at` and `state` are expressions. */
export function nextEventSql(at: string, state: string): string {
  return `event_id = event_id + 1, events = events || jsonb_build_object('id', event_id + 1, 'atMs', ${at}::float8, 'state', ${state}::text)`
}
