// Everything that lasts, opened together: database, queue, jobs, keys, secrets. The same for server, worker and command.

import type { PgBoss } from 'pg-boss'
import { migrate } from './db/migrations.ts'
import { openPglite } from './db/pglite.ts'
import { openPostgres } from './db/postgres.ts'
import { openSecret, type Secret } from './db/secrets.ts'
import { createJobService } from './jobs/create-job-service.ts'
import { type Hub, openHub } from './jobs/hub.ts'
import type { JobService } from './jobs/job-service.ts'
import { createJobStore, type JobStore } from './jobs/job-store.ts'
import { createQueue } from './jobs/queue.ts'
import { createSweeper, type Sweeper } from './jobs/sweeper.ts'
import { createAddWebhook, startWebhooks, webhookSecret } from './jobs/webhooks.ts'
import { createKeyService } from './keys/create-key-service.ts'
import type { KeyService } from './keys/key-service.ts'
import type { Blobs, Database, Fetcher, Logger } from './ports/ports.ts'

/** Where the database is: embedded in a folder, in memory, or PostgreSQL. */
export type DatabaseSettings =
  | { readonly type: 'folder'; readonly folder: string }
  | { readonly type: 'memory' }
  | { readonly type: 'postgres'; readonly url: string; readonly maxConnections?: number }

export interface StoreSettings {
  readonly database: DatabaseSettings
  readonly maxQueued: number
  /** How long inputs and results are kept after a job has ended. */
  readonly retentionMs: number
  /** How long the record of a job outlives them. */
  readonly recordRetentionMs: number
}

export interface StorePorts {
  readonly blobs: Blobs
  readonly nowMs: () => number
  readonly logger: Logger
}

export interface Store extends AsyncDisposable {
  readonly database: Database
  readonly hub: Hub
  readonly jobs: JobService
  /** For workers. */
  readonly work: JobStore
  readonly keys: KeyService
  readonly sweeper: Sweeper
  readonly secret: Secret
  /** What the owner of a key verifies webhooks with. */
  webhookSecret(ownerId: string): string
  /** Delivers webhooks until disposed of. */
  deliverWebhooks(fetcher: Fetcher): Promise<AsyncDisposable>
}

/** Errors: DATABASE_UNAVAILABLE, STORAGE_*. A folder is to be locked first: see db/folder-lock.ts. */
export async function openStore(settings: StoreSettings, ports: StorePorts): Promise<Store> {
  const { blobs, nowMs, logger } = ports
  const { database, boss } = await openDatabase(settings.database, logger)
  try {
    await migrate(database)
    const [secret, hub] = await Promise.all([openSecret(database), openHub(database)])
    const queue = createQueue(boss)
    const addWebhook = createAddWebhook(boss)
    const { retentionMs, recordRetentionMs, maxQueued } = settings
    const work = createJobStore({ database, queue, addWebhook, nowMs, retentionMs })
    if (database.kind === 'pglite') {
      const recovered = await work.recover()
      if (recovered > 0) logger.warn({ recovered }, 'jobs that ran when the server last ended are queued again')
    }
    return {
      database,
      hub,
      work,
      jobs: createJobService({ database, queue, hub, blobs, addWebhook, nowMs, retentionMs, maxQueued }),
      keys: createKeyService(database, nowMs),
      sweeper: createSweeper({ database, blobs, nowMs, recordRetentionMs, logger }),
      secret,
      webhookSecret: (ownerId) => webhookSecret(secret, ownerId),
      deliverWebhooks: (fetcher) => startWebhooks({ boss, database, fetcher, secret, nowMs, logger }),
      async [Symbol.asyncDispose]() {
        await hub[Symbol.asyncDispose]()
        await database[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}

async function openDatabase(
  settings: DatabaseSettings,
  logger: Logger,
): Promise<{ readonly database: Database; readonly boss: PgBoss }> {
  const onError = (error: Error) =>
    logger.error({ error: error.name, code: (error as NodeJS.ErrnoException).code }, 'queue')
  switch (settings.type) {
    case 'postgres':
      return openPostgres({ url: settings.url, maxConnections: settings.maxConnections ?? 5, onError })
    case 'folder':
      return openPglite({ folder: settings.folder, onError })
    case 'memory':
      return openPglite({ folder: null, onError })
  }
}
