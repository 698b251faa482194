// How far workers scale on one PostgreSQL. The network is replaced by a fixed sleep, so that a machine with few cores can
// show it: what is measured is the queue, the records and the images' store, not the images. Counts what the database
// does for each job.
//
//   node bench/server/scaling.ts [--sleep 2000] [--jobs 8] [--most 32]
//
// `--jobs` is the number of images for each worker. Efficiency 1 means that n workers are n times as fast as the sleep allows one.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveOptions } from '@koutu/core'
import { inputKey, type JobRequest, newJobId, openBlobs, openStore } from '@koutu/server'
import { fakePicture } from '../../testing/dist/index.js'
import { startPostgres } from '../../tests-all/services/postgres.ts'
import { flag } from './server-process.ts'

const SLEEP_MS = flag('sleep', 2000)
const JOBS_EACH = flag('jobs', 8)
const MOST = flag('most', 32)
const DAY_MS = 86_400_000

interface Statement {
  readonly query: string
  readonly calls: number
  readonly ms: number
  readonly wal: number
}

const folder = mkdtempSync(join(tmpdir(), 'koutu-scaling-'))
const postgres = await startPostgres({ isDurable: true, isCounting: true })
const url = postgres.database('scaling')
const storage = join(folder, 'blobs')
const blobs = await openBlobs(storage, folder)
const quiet = { info() {}, warn() {}, error() {} }
const store = await openStore(
  { database: { type: 'postgres', url }, maxQueued: 1e6, retentionMs: DAY_MS, recordRetentionMs: DAY_MS },
  { blobs, nowMs: Date.now, logger: quiet },
)
const sql = store.database
await sql.query('create extension pg_stat_statements')

async function launch(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'scaling-worker.ts'), String(SLEEP_MS)], {
    env: { ...process.env, KOUTU_DATABASE_URL: url, KOUTU_STORAGE: storage },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => child.stdout!.once('data', resolve))
  return child
}

async function upload(i: number): Promise<JobRequest> {
  const id = newJobId(Date.now())
  const input = await blobs.put(inputKey(id), fakePicture({ name: i }), { contentType: 'image/png' })
  return { id, input, options: resolveOptions({}), pixels: 1, fileName: null }
}

async function measure(workers: number) {
  const count = workers * JOBS_EACH
  const uploads = await Promise.all(Array.from({ length: count }, (_, i) => upload(i)))
  await sql.query('select pg_stat_statements_reset()')
  const owner = { id: `run-${workers}` }
  // One by one, as requests come.
  for (const one of uploads) await store.jobs.submit(owner, { jobs: [one], isBatch: false })
  for (;;) {
    const [row] = await sql.query<{ left: number }>(
      `select count(*)::integer as left from koutu.job where owner_id = $1 and state <> 'succeeded'`,
      [owner.id],
    )
    if (row?.left === 0) break
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  const [time] = await sql.query<{ ms: number; attempts: number }>(
    `select extract(epoch from max(ended_at) - min(started_at))::float8 * 1000 as ms, sum(attempts)::integer as attempts
     from koutu.job where owner_id = $1`,
    [owner.id],
  )
  const statements = (
    await sql.query<Statement>(
      `select query, calls::integer, (total_exec_time + total_plan_time)::float8 as ms, wal_bytes::float8 as wal
       from pg_stat_statements where query !~ 'pg_stat_statements|count\\(\\*\\)::integer as left' order by calls desc`,
    )
  ).map((one) => ({ ...one, query: one.query.replace(/\s+/g, ' ').trim() }))
  if (time!.attempts !== count) throw new Error(`${time!.attempts} attempts for ${count} jobs`)
  const perJob = (of: (one: Statement) => number) => statements.reduce((sum, one) => sum + of(one), 0) / count
  return {
    row: {
      workers,
      jobs: count,
      'jobs a second': Number(((count / time!.ms) * 1000).toFixed(2)),
      efficiency: Number(((JOBS_EACH * SLEEP_MS) / time!.ms).toFixed(3)),
      'statements a job': Number(perJob(({ calls }) => calls).toFixed(1)),
      'database ms a job': Number(perJob(({ ms }) => ms).toFixed(2)),
      'log kB a job': Number((perJob(({ wal }) => wal) / 1000).toFixed(1)),
    },
    statements,
  }
}

const workers: ChildProcess[] = []
const rows: object[] = []
let last: Awaited<ReturnType<typeof measure>> | null = null
for (let count = 1; count <= MOST; count *= 2) {
  while (workers.length < count) workers.push(await launch())
  last = await measure(count)
  rows.push(last.row)
  console.log(JSON.stringify(last.row))
}
console.table(rows)
console.log('Statements of the last run, calls a job and ms a call:')
for (const { query, calls, ms } of last!.statements.slice(0, 20))
  console.log(
    `${(calls / last!.row.jobs).toFixed(2).padStart(6)}  ${(ms / calls).toFixed(3).padStart(7)}  ${query.slice(0, 110)}`,
  )
const msAJob = last!.row['database ms a job']
console.log(`One core of this database: about ${Math.round(DAY_MS / msAJob / 1e6)} million jobs a day.`)
for (const worker of workers) worker.kill('SIGKILL')
await store[Symbol.asyncDispose]()
await postgres.stop()
rmSync(folder, { recursive: true, force: true })
