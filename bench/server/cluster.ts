// A cluster under load: one `koutu serve --jobs 0`, PostgreSQL with durable commits, an S3 server, and workers in processes of their
// own, with the real network or one that sleeps. Clients send an image each time their last one is answered.
//
//   node bench/server/cluster.ts [--workers 1,2,4] [--jobs 16] [--sleep MS] [--clients 2] [--kill]
//
// `--jobs` and `--clients` are for each worker. `--sleep` puts a sleep in the network's place. `--workers` grows. `--kill` kills a quarter
// of the workers in the middle of another run. Prints rates, waits, memory, processor time, connections to the database, and what was
// lost or done twice. Linux.

import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '../../tests-all/services/postgres.ts'
import { startS3 } from '../../tests-all/services/s3.ts'
import { openRecords, type RunRecords } from './cluster-records.ts'
import { flag, percentile, processBytes, startServerProcess, treeCpuMs } from './server-process.ts'

const SLEEP_MS = flag('sleep', 0)
const JOBS_EACH = flag('jobs', 16)
const CLIENTS_EACH = flag('clients', 2)
const at = process.argv.indexOf('--workers')
const RUNS = (process.argv[at + 1] ?? '').split(',').map(Number)
if (at < 0 || RUNS.some((count) => !(count >= 1))) throw new Error('expected --workers 1,2,4')
const SERVER_FLAGS = ['--jobs', '0', '--max-queue', '100000', '--max-unfinished', '100000', '--max-uploads', '1000']
/** Workers that start at once. */
const STARTING = 4
const WARM_CLIENTS = 8
const SAMPLE_MS = 5000
const MAX_CONNECTIONS = 800

const photo = new Uint8Array(readFileSync(join(import.meta.dirname, '../../examples/photo.jpg')))
const COMMAND = join(import.meta.dirname, '../../packages/koutu/bin/koutu.js')
const SLEEPER = [join(import.meta.dirname, 'scaling-worker.ts'), String(SLEEP_MS)]

const workers: ChildProcess[] = []
// Also when the bench fails.
process.once('exit', () => {
  for (const worker of workers) worker.kill('SIGKILL')
})

async function launch(): Promise<void> {
  const words = SLEEP_MS > 0 ? SLEEPER : [COMMAND, 'worker', '--log-level', 'error']
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  // Both say a word when they wait for jobs.
  const isReady = new Promise((resolve) => child.stdout!.once('data', resolve))
  workers.push(child)
  await isReady
}

/** An image that the server accepts, a different one each time: a comment at the end of the file. */
function differentPhoto(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat([photo, Buffer.from(name)]))
}

interface Answers {
  readonly ms: readonly number[]
  /** Whose results have come. */
  readonly jobs: ReadonlySet<string>
}

/** `count` images from clients that wait for each answer. */
async function send(count: number, clients: number, run: string): Promise<Answers> {
  const ms: number[] = []
  const jobs = new Set<string>()
  let next = 0
  const client = async () => {
    while (next < count) {
      const begin = performance.now()
      jobs.add(await cutOut(differentPhoto(`${run} ${next++}`)))
      ms.push(performance.now() - begin)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return { ms, jobs }
}

/** How often a request was answered with 503 or 429, and sent again. */
let refusals = 0

/** The id of the job whose result has come. */
async function cutOut(image: Uint8Array<ArrayBuffer>): Promise<string> {
  const headers = { 'content-type': 'image/jpeg', 'idempotency-key': randomUUID() }
  let response = await ask('/v1/cutouts', { method: 'POST', body: image, headers })
  const job = response.headers.get('koutu-job')
  if (!job) throw new Error(`${response.status} ${await response.text()}`)
  // 202: the server waits for two minutes at most.
  while (response.status === 202 || response.status === 409) {
    await response.arrayBuffer()
    await sleep(500)
    response = await ask(`/v1/jobs/${job}/result`)
  }
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`)
  if ((await response.arrayBuffer()).byteLength === 0) throw new Error(`${job}: an empty result`)
  return job
}

async function ask(path: string, init?: RequestInit): Promise<Response> {
  for (;;) {
    const response = await fetch(`${server.url}${path}`, init)
    if (response.status !== 503 && response.status !== 429) return response
    refusals++
    await response.arrayBuffer()
    await sleep(1000)
  }
}

/** Memory of workers, and of everything but this bench, in MB. */
function memory(): { readonly worker: number; readonly all: number } {
  const tree = processBytes(process.pid)
  const all = [...tree].reduce((sum, [pid, bytes]) => sum + (pid === process.pid ? 0 : bytes), 0)
  const one = [...processBytes(workers[0]!.pid!).values()].reduce((sum, bytes) => sum + bytes, 0)
  return { worker: Math.round(one / 1e6), all: Math.round(all / 1e6) }
}

const seconds = (ms: number) => Number((ms / 1000).toFixed(2))

/** Processor time so far, in ms. */
function processorTime() {
  return {
    server: treeCpuMs(server.pid),
    workers: treeCpuMs(...workers.map(({ pid }) => pid!)),
    database: treeCpuMs(postgres.pid),
  }
}

async function measure() {
  const count = workers.length * JOBS_EACH
  const peak = { worker: 0, all: 0, connections: 0 }
  const sample = async () => {
    const { worker, all } = memory()
    peak.worker = Math.max(peak.worker, worker)
    peak.all = Math.max(peak.all, all)
    peak.connections = Math.max(peak.connections, await records.connections())
  }
  await sample()
  const sampling = setInterval(() => void sample(), SAMPLE_MS)
  const since = await records.begin()
  refusals = 0
  const before = processorTime()
  const clients = workers.length * CLIENTS_EACH
  // Clients that stay connected: a server accepts one connection in each turn of its event loop, however busy that is.
  await Promise.all(Array.from({ length: clients }, async () => (await fetch(`${server.url}/healthz`)).arrayBuffer()))
  const { ms, jobs } = await send(count, clients, `${workers.length}`)
  const after = processorTime()
  clearInterval(sampling)
  const { busyMs, queuedMs, statements, ...ended } = await records.read(since)
  const msPerJob = (part: keyof typeof before) => Number(((after[part] - before[part]) / count).toFixed(1))
  return {
    workers: workers.length,
    jobs: count,
    'jobs a second': Number(((count / busyMs) * 1000).toFixed(2)),
    'answer, s, median': seconds(percentile(ms, 0.5)),
    'answer, s, p95': seconds(percentile(ms, 0.95)),
    'answer, s, p99': seconds(percentile(ms, 0.99)),
    'in the queue, s, median': seconds(percentile(queuedMs, 0.5)),
    'in the queue, s, p95': seconds(percentile(queuedMs, 0.95)),
    'statements a job': Number((statements / count).toFixed(1)),
    connections: peak.connections,
    'server, CPU ms a job': msPerJob('server'),
    'workers, CPU ms a job': msPerJob('workers'),
    'database, CPU ms a job': msPerJob('database'),
    'a worker, MB': peak.worker,
    'all, MB': peak.all,
    'sent again': refusals,
    ...faults(count, jobs, ended),
  }
}

type Ended = Pick<RunRecords, 'jobs' | 'succeeded' | 'endedAgain'>

function faults(sent: number, answered: ReadonlySet<string>, { jobs, succeeded, endedAgain }: Ended) {
  return { lost: sent - Math.min(succeeded, answered.size), twice: endedAgain + jobs - sent }
}

/** Kills a quarter of the workers in the middle of a run like the last. */
async function measureKill() {
  const killed = workers.slice(-Math.ceil(workers.length / 4))
  const count = workers.length * JOBS_EACH
  const since = await records.begin()
  const sent = send(count, workers.length * CLIENTS_EACH, 'kill')
  await records.whenEnded(since, count / 2)
  for (const worker of killed) worker.kill('SIGKILL')
  const killedAtMs = Date.now()
  const { jobs } = await sent
  const { restarted, restartedEndMs, ...ended } = await records.read(since)
  return {
    killed: killed.length,
    of: workers.length,
    'jobs they held': restarted,
    'done by others after, s': restartedEndMs === null ? null : seconds(restartedEndMs - killedAtMs),
    ...faults(count, jobs, ended),
  }
}

const [postgres, s3] = await Promise.all([
  startPostgres({ isDurable: true, isCounting: true, maxConnections: MAX_CONNECTIONS }),
  startS3(),
])
await using _services = { [Symbol.asyncDispose]: () => Promise.all([postgres.stop(), s3.stop()]).then(() => {}) }
const database = postgres.database('cluster')
const storage = `s3://${s3.bucket}/koutu?endpoint=${s3.endpoint}`
Object.assign(process.env, s3.env, { KOUTU_DATABASE_URL: database, KOUTU_STORAGE: storage })
const server = await startServerProcess(...SERVER_FLAGS)
await using records = await openRecords(database, storage)

const rows: object[] = []
for (const count of RUNS) {
  while (workers.length < count)
    await Promise.all(Array.from({ length: Math.min(STARTING, count - workers.length) }, launch))
  // The network is loaded, the code compiled.
  await send(count * 2, Math.min(count * 2, WARM_CLIENTS), `warm ${count}`)
  const row = await measure()
  rows.push(row)
  console.log(JSON.stringify(row))
}
console.table(rows)
if (process.argv.includes('--kill')) console.log(JSON.stringify(await measureKill()))
for (const worker of workers) worker.kill('SIGKILL')
await server.stop()
