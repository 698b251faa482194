// A store for tests: jobs in a database, pictures in memory, a clock that is set by hand, and nothing written to a log.

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveOptions } from '@koutu/core'
import {
  createWorker,
  type DatabaseSettings,
  inputKey,
  type JobRequest,
  type Logger,
  newJobId,
  openStore,
  type Runner,
  type Store,
  type StoreSettings,
  type Worker,
  type WorkerDeps,
} from '@koutu/server'
import { emptyDatabase } from './empty-database.ts'
import { type FakePicture, fakePicture } from './fake-runner.ts'
import { createMemoryBlobs, type MemoryBlobs } from './memory-blobs.ts'

export const SILENT: Logger = { info() {}, warn() {}, error() {} }

export interface StoreKit extends AsyncDisposable {
  readonly store: Store
  readonly blobs: MemoryBlobs
  /** Time passes only here. */
  advance(ms: number): void
  nowMs(): number
  /** A picture in the store, ready to be submitted. */
  upload(picture: FakePicture, more?: Partial<JobRequest>): Promise<JobRequest>
  worker(runner: Runner, more?: Partial<WorkerDeps>): Worker
  /** Empties every table. */
  reset(): Promise<void>
}

/** A database in memory starts from a copy of an empty one. */
async function startingPoint(database: DatabaseSettings): Promise<DatabaseSettings> {
  return database.type === 'memory' ? { ...database, from: await emptyDatabase() } : database
}

export async function openStoreKit(
  database: DatabaseSettings,
  settings: Partial<StoreSettings> = {},
  logger: Logger = SILENT,
): Promise<StoreKit> {
  let now = Date.now()
  const nowMs = () => now
  const blobs = createMemoryBlobs(nowMs)
  const store = await openStore(
    {
      database: await startingPoint(database),
      maxQueued: 50,
      retentionMs: 3_600_000,
      recordRetentionMs: 86_400_000,
      ...settings,
    },
    { blobs, nowMs, logger },
  )
  return {
    store,
    blobs,
    nowMs,
    advance(ms) {
      now += ms
    },
    async upload(picture, more = {}) {
      // A millisecond later each, so that ids sort by age.
      now += 1
      const id = newJobId(now)
      const input = await blobs.put(inputKey(id), fakePicture(picture), { contentType: 'image/png' })
      return { id, input, options: resolveOptions({}), pixels: 1, fileName: 'photo.png', ...more }
    },
    worker: (runner, more = {}) =>
      createWorker({
        store: store.work,
        notifications: store.notifications,
        blobs,
        runner,
        tempFolder: join(tmpdir(), 'koutu-attempts'),
        reserve: async () => () => {},
        concurrency: 2,
        timeoutMs: 60_000,
        outageTimeoutMs: 3_600_000,
        nowMs,
        monotonicMs: nowMs,
        observer: { jobEnded() {} },
        logger: SILENT,
        ...more,
      }),
    async reset() {
      for (const table of ['koutu.job', 'koutu.submission', 'koutu.picture', 'koutu.api_key', 'pgboss.job'])
        await store.database.query(`delete from ${table}`)
      await store.database.query(`delete from koutu.setting where name <> 'secret'`)
      await blobs.delete(blobs.keys)
    },
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
