// The composition of a worker on a machine of its own: it joins a database and a store that servers share with it.

import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSettings } from './db/settings.ts'
import { createMemoryBudget } from './limits/memory-budget.ts'
import { openStore, type StoreSettings } from './open-store.ts'
import type { Blobs, Logger, Observer, Runner } from './ports/ports.ts'
import { createStoreWorker } from './store-worker.ts'

/** Servers look after the claims of the dead; a worker does so now and then, in case there is none. */
const SUPERVISE_SECONDS = 60
/** A worker asks little of the database: one for the ends of its jobs, one for claims and heartbeats beside them. */
const DEFAULT_CONNECTIONS = 2

export interface WorkerSettings extends StoreSettings {
  readonly database: Extract<DatabaseSettings, { type: 'postgres' }>
  /** Pictures worked on at once. */
  readonly concurrency: number
  /** For images in progress. */
  readonly maxMemoryBytes: number
  readonly jobTimeoutMs: number
  /** How long a job waits for the end of an outage of storage or database before it fails. */
  readonly outageTimeoutMs: number
  readonly stopTimeoutMs: number
}

export interface WorkerPorts {
  readonly runner: Runner
  readonly blobs: Blobs
  readonly logger: Logger
  readonly observer: Observer
}

export interface RunningWorker {
  /** Takes nothing new, finishes or gives back what runs, closes. */
  stop(): Promise<void>
}

/** Errors: DATABASE_UNAVAILABLE, STORAGE_*, and those of loading the model: a worker without one would only fail jobs. */
export async function startWorker(settings: WorkerSettings, ports: WorkerPorts): Promise<RunningWorker> {
  const { runner, blobs, logger, observer } = ports
  await using opened = new AsyncDisposableStack()
  opened.use(runner)
  const { maxConnections = DEFAULT_CONNECTIONS } = settings.database
  const database = { superviseSeconds: SUPERVISE_SECONDS, ...settings.database, maxConnections }
  const store = opened.use(
    await openStore({ ...settings, database, audience: 'worker' }, { blobs, nowMs: Date.now, logger }),
  )
  await Promise.all([blobs.check(), runner.warm({})])
  const memory = createMemoryBudget(settings.maxMemoryBytes)
  const tempFolder = join(tmpdir(), `koutu-worker-${randomUUID()}`)
  opened.defer(() => rm(tempFolder, { recursive: true, force: true }))
  const worker = createStoreWorker(store, { ...settings, tempFolder }, { blobs, runner, observer, logger, memory })
  worker.start()
  const owned = opened.move()
  return {
    async stop() {
      await worker.stop({ timeoutMs: settings.stopTimeoutMs })
      await owned.disposeAsync()
    },
  }
}
