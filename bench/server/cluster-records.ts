// What the database of a cluster tells about the jobs of a run: how long they took, and whether each has ended once.

import { openBlobs, openStore } from '@koutu/server'

export interface RunRecords {
  readonly jobs: number
  /** Ended well, and once. */
  readonly succeeded: number
  /** Ends beyond the first of each job. */
  readonly endedAgain: number
  /** Started again because their worker was gone. */
  readonly restarted: number
  /** When the last of those ended; null where there is none. */
  readonly restartedEndMs: number | null
  /** From the first request to the last end. */
  readonly busyMs: number
  /** From request to first start, of each job. */
  readonly queuedMs: readonly number[]
  /** Of the database, by all processes. */
  readonly statements: number
}

interface Row {
  readonly state: string
  readonly lapses: number
  readonly events: readonly { readonly atMs: number; readonly state: string }[]
  readonly created_at: Date
}

const DAY_MS = 86_400_000
const UNFINISHED: ReadonlySet<string> = new Set(['queued', 'running'])
const POLL_MS = 200
/** The one that listens; the one that asks does not count itself. */
const OWN_CONNECTIONS = 1

export async function openRecords(url: string, storage: string) {
  const quiet = { info() {}, warn() {}, error() {} }
  const store = await openStore(
    { database: { type: 'postgres', url }, maxQueued: 0, retentionMs: DAY_MS, recordRetentionMs: DAY_MS },
    { blobs: await openBlobs(storage, ''), nowMs: Date.now, logger: quiet },
  )
  const sql = store.database
  await sql.query('create extension pg_stat_statements')
  return {
    /** Of all processes, this one's aside. */
    async connections(): Promise<number> {
      const [row] = await sql.query<{ open: number }>(
        `select count(*)::integer as open from pg_stat_activity
         where datname = current_database() and client_port is not null and pid <> pg_backend_pid()`,
      )
      return row!.open - OWN_CONNECTIONS
    },
    /** Begins a run, and returns its time. */
    async begin(): Promise<Date> {
      await sql.query('select pg_stat_statements_reset()')
      return new Date()
    },
    /** Resolves when so many jobs have ended since. */
    async whenEnded(since: Date, count: number): Promise<void> {
      for (;;) {
        const [row] = await sql.query<{ ended: number }>(
          `select count(*)::integer as ended from koutu.job where created_at >= $1 and state = 'succeeded'`,
          [since],
        )
        if (row!.ended >= count) return
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    },
    async read(since: Date): Promise<RunRecords> {
      const rows = await sql.query<Row>(
        'select state, lapses, events, created_at from koutu.job where created_at >= $1',
        [since],
      )
      const [counted] = await sql.query<{ calls: number }>(
        'select sum(calls)::integer as calls from pg_stat_statements',
      )
      const ends = rows.map(({ events }) => events.filter(({ state }) => !UNFINISHED.has(state)))
      const restarted = rows.flatMap(({ lapses }, i) => (lapses > 0 ? ends[i]!.map(({ atMs }) => atMs) : []))
      return {
        statements: counted!.calls,
        jobs: rows.length,
        succeeded: rows.filter(({ state }, i) => state === 'succeeded' && ends[i]!.length === 1).length,
        endedAgain: ends.reduce((sum, { length }) => sum + Math.max(0, length - 1), 0),
        restarted: restarted.length,
        restartedEndMs: restarted.length > 0 ? Math.max(...restarted) : null,
        busyMs:
          Math.max(...ends.flat().map(({ atMs }) => atMs)) - Math.min(...rows.map((row) => row.created_at.getTime())),
        queuedMs: rows.map(
          (row) => row.events.find(({ state }) => state === 'running')!.atMs - row.created_at.getTime(),
        ),
      }
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
