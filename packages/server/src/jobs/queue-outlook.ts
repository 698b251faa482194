// Where jobs stand in the queue, and how long they still take: an estimate from the rate at which jobs have ended lately, on all
// machines together. One snapshot a second serves all who ask.

import type { Sql } from '../ports/ports.ts'
import type { Job } from './job-service.ts'

export interface Outlook {
  /** 1 for the job that starts next; null for one that does not wait. */
  readonly position: number | null
  /** Whole seconds until the job has ended; null where nothing is known to estimate from. */
  readonly secondsLeft: number | null
}

/** What recent jobs tell of those to come. */
export interface Pace {
  /** Between two ends, while anything ran. */
  readonly secondsPerJob: number
  /** From start to end. */
  readonly runningSeconds: number
}

/** The queue at some moment. */
interface Load {
  readonly running: number
  readonly pace: Pace | null
}

export interface QueueOutlook {
  of(job: Pick<Job, 'id' | 'state' | 'startedAt'>): Promise<Outlook>
  /** Null until a job has succeeded. */
  pace(): Promise<Pace | null>
  /** Of a job at this position. */
  expect(position: number, load: Load): Outlook
  /** Jobs that have just been queued, one behind the other. */
  queued(ids: readonly string[], firstPosition: number): void
}

export interface OutlookDeps {
  readonly database: Sql
  readonly nowMs: () => number
  /** Jobs that this process runs at once; 0 where workers elsewhere do. */
  readonly concurrency: number
}

interface Snapshot extends Load {
  readonly atMs: number
  readonly positions: Map<string, number>
}

const SNAPSHOT_MS = 1_000
/** Jobs further behind are told this position. */
const MAX_POSITIONS = 10_000
const RECENT_JOBS = 20

export function createQueueOutlook({ database, nowMs, concurrency }: OutlookDeps): QueueOutlook {
  let latest: Snapshot | null = null
  let reading: Promise<Snapshot> | null = null
  const snapshot = async (): Promise<Snapshot> => {
    const ageMs = latest ? nowMs() - latest.atMs : Number.POSITIVE_INFINITY
    // A negative age: the clock has been set back.
    if (latest && ageMs >= 0 && ageMs < SNAPSHOT_MS) return latest
    reading ??= readSnapshot(database, nowMs()).finally(() => {
      reading = null
    })
    latest = await reading
    return latest
  }
  const expect = (position: number, { running, pace }: Load): Outlook => ({
    position,
    secondsLeft: pace && secondsToEnd(position, Math.max(0, concurrency - running), pace),
  })
  return {
    async of({ id, state, startedAt }) {
      if (state === 'queued') {
        const found = await snapshot()
        return expect(found.positions.get(id) ?? found.positions.size + 1, found)
      }
      if (state !== 'running' || !startedAt) return { position: null, secondsLeft: null }
      const { pace } = await snapshot()
      const left = pace && pace.runningSeconds - (nowMs() - startedAt.getTime()) / 1000
      return { position: null, secondsLeft: left === null ? null : Math.max(1, Math.ceil(left)) }
    },
    pace: async () => (await snapshot()).pace,
    expect,
    queued(ids, firstPosition) {
      for (const [i, id] of ids.entries()) latest?.positions.set(id, firstPosition + i)
    },
  }
}

/** As many jobs must end first as there are before it, but for those that idle workers take at once. */
export function secondsToEnd(position: number, idle: number, { secondsPerJob, runningSeconds }: Pace): number {
  return Math.ceil(Math.max(0, position - idle) * secondsPerJob + runningSeconds)
}

interface Span {
  readonly startMs: number
  readonly endMs: number
}

/** Null without jobs. Time in which nothing ran does not count. */
export function paceOf(spans: readonly Span[]): Pace | null {
  if (spans.length === 0) return null
  let [busyMs, runningMs, reachedMs] = [0, 0, Number.NEGATIVE_INFINITY]
  for (const { startMs, endMs } of spans.toSorted((a, b) => a.startMs - b.startMs)) {
    busyMs += Math.max(0, endMs - Math.max(startMs, reachedMs))
    runningMs += Math.max(0, endMs - startMs)
    reachedMs = Math.max(reachedMs, endMs)
  }
  return { secondsPerJob: busyMs / spans.length / 1000, runningSeconds: runningMs / spans.length / 1000 }
}

async function readSnapshot(database: Sql, atMs: number): Promise<Snapshot> {
  const [queued, [counts], recent] = await Promise.all([
    database.query<{ id: string }>(
      `select id from koutu.job where state = 'queued' order by priority desc, turn, id limit ${MAX_POSITIONS}`,
    ),
    database.query<{ running: number }>(`select count(*)::integer as running from koutu.job where state = 'running'`),
    database.query<{ started_at: Date; ended_at: Date }>(
      `select started_at, ended_at from koutu.job where state = 'succeeded' and not is_swept and started_at is not null
       order by expires_at desc limit ${RECENT_JOBS}`,
    ),
  ])
  return {
    atMs,
    positions: new Map(queued.map(({ id }, i) => [id, i + 1])),
    running: counts?.running ?? 0,
    pace: paceOf(recent.map((row) => ({ startMs: row.started_at.getTime(), endMs: row.ended_at.getTime() }))),
  }
}
