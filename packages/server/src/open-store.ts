// Opens all persistent state: database, queue, jobs, keys, secrets. The same for server, worker and command.

import type { Socket } from 'node:net'
import { openDatabase } from './db/open-database.ts'
import { openJournal, type RecordJournal } from './db/record-journal.ts'
import { openSecret, type Secret } from './db/secrets.ts'
import type { DatabaseSettings } from './db/settings.ts'
import { createJobService } from './jobs/create-job-service.ts'
import { createJobAliases, type JobAliases } from './jobs/job-aliases.ts'
import { type Audience, type JobNotifications, openJobNotifications } from './jobs/job-notifications.ts'
import type { JobService } from './jobs/job-service.ts'
import { createJobStore, type JobStore } from './jobs/job-store.ts'
import { createQueue } from './jobs/queue.ts'
import { createQueueOutlook } from './jobs/queue-outlook.ts'
import { createSweeper, type Sweeper } from './jobs/sweeper.ts'
import { createAddWebhook, startWebhooks } from './jobs/webhooks.ts'
import { createKeyService } from './keys/create-key-service.ts'
import type { KeyService } from './keys/key-service.ts'
import { serveKeys } from './keys/keys-socket.ts'
import { createPictures } from './pictures/create-pictures.ts'
import type { Pictures } from './pictures/picture-service.ts'
import type { Blobs, Database, Fetcher, Logger } from './ports/ports.ts'

export interface StoreSettings {
  readonly database: DatabaseSettings
  readonly maxQueued: number
  /** Jobs that run at once in this process, for estimates. */
  readonly concurrency?: number
  /** How long inputs and results are kept after a job has ended. */
  readonly retentionMs: number
  /** How long the record of a job outlives them. */
  readonly recordRetentionMs: number
  /** Whether inputs are deleted as soon as their job has ended. */
  readonly deletesInputs?: boolean
  /** Who is told of changes of jobs: a server, unless a worker elsewhere is. */
  readonly audience?: Audience
}

export interface StorePorts {
  readonly blobs: Blobs
  readonly nowMs: () => number
  readonly logger: Logger
}

export interface Store extends AsyncDisposable {
  readonly database: Database
  readonly notifications: JobNotifications
  readonly jobs: JobService
  /** For workers. */
  readonly work: JobStore
  readonly keys: KeyService
  readonly pictures: Pictures
  readonly aliases: JobAliases
  readonly sweeper: Sweeper
  readonly secret: Secret
  /** Of the embedded database. */
  readonly journal: RecordJournal
  /** Delivers webhooks until disposed of. */
  deliverWebhooks(fetcher: Fetcher): Promise<AsyncDisposable>
}

/** Images that are uploaded before their job (Dreamina), where inputs are not kept: time to use them. */
const TRANSIENT_UPLOAD_MS = 3_600_000

/** Errors: DATABASE_UNAVAILABLE, DATA_FOLDER_IN_USE, STORAGE_*. */
export async function openStore(settings: StoreSettings, ports: StorePorts): Promise<Store> {
  const { blobs, nowMs, logger } = ports
  const ready = Promise.withResolvers<KeyService>()
  const onConnection = (socket: Socket) => void serveKeys(socket, ready.promise)
  const { audience = 'server' } = settings
  const { database, boss, isRestored } = await openDatabase(settings.database, { logger, onConnection })
  try {
    const [secret, notifications] = await Promise.all([openSecret(database), openJobNotifications(database, audience)])
    const queue = createQueue(boss)
    const journal = openJournal(settings.database, logger)
    const addWebhook = createAddWebhook(boss)
    const { retentionMs, recordRetentionMs, maxQueued, concurrency = 0, deletesInputs = false } = settings
    const work = createJobStore({ database, blobs, queue, addWebhook, nowMs, retentionMs })
    if (database.kind === 'pglite') {
      const recovered = await work.recover()
      if (recovered > 0) logger.warn({ recovered }, 'jobs that ran when the server last ended are queued again')
    }
    if (isRestored) await work.restoreLost()
    // The clock may have been set while nothing ran.
    await work.realign()
    const keys = createKeyService(database, secret, nowMs, journal)
    ready.resolve(keys)
    return {
      database,
      notifications,
      work,
      jobs: createJobService({
        database,
        queue,
        journal,
        outlook: createQueueOutlook({ database, nowMs, concurrency }),
        notifications,
        blobs,
        addWebhook,
        nowMs,
        retentionMs,
        maxQueued,
        deletesInputs,
      }),
      keys,
      pictures: createPictures({
        database,
        blobs,
        nowMs,
        retentionMs: deletesInputs ? Math.min(retentionMs, TRANSIENT_UPLOAD_MS) : retentionMs,
      }),
      aliases: createJobAliases(database, nowMs),
      sweeper: createSweeper({
        database,
        blobs,
        restoreLost: () => work.restoreLost(),
        nowMs,
        recordRetentionMs,
        logger,
      }),
      secret,
      journal,
      deliverWebhooks: (fetcher) => startWebhooks({ boss, database, fetcher, secret, nowMs, logger }),
      async [Symbol.asyncDispose]() {
        await notifications[Symbol.asyncDispose]()
        await database[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}
