// A database that is ready to be used: found, locked where it has to be, and with its tables up to date.

import type { Socket } from 'node:net'
import type { PgBoss } from 'pg-boss'
import type { Database, Logger } from '../ports/ports.ts'
import { lockFolder } from './folder-lock.ts'
import { migrate } from './migrations.ts'
import { openPglite } from './pglite.ts'
import { openPostgres } from './postgres.ts'
import type { DatabaseSettings } from './settings.ts'

export interface OpenDatabase {
  readonly database: Database
  readonly boss: PgBoss
}

export interface OpenDatabaseDeps {
  readonly logger: Logger
  /** Another process wants something of the one that has the folder open. */
  readonly onConnection: (socket: Socket) => void
}

const DEFAULT_CONNECTIONS = 5
/** How soon, after its heartbeats have stopped, a dead worker's jobs go to others. */
const DEFAULT_SUPERVISE_SECONDS = 5

/** Errors: DATABASE_UNAVAILABLE, DATA_FOLDER_IN_USE, STORAGE_*. */
export async function openDatabase(
  settings: DatabaseSettings,
  { logger, onConnection }: OpenDatabaseDeps,
): Promise<OpenDatabase> {
  await using opened = new AsyncDisposableStack()
  const onError = logQueueErrors(logger)
  if (settings.type === 'folder') opened.use(await lockFolder(settings.folder, onConnection))
  const { database, boss } =
    settings.type === 'postgres'
      ? await openPostgres({
          url: settings.url,
          maxConnections: settings.maxConnections ?? DEFAULT_CONNECTIONS,
          superviseSeconds: settings.superviseSeconds ?? DEFAULT_SUPERVISE_SECONDS,
          onError,
        })
      : await openPglite({ folder: settings.type === 'folder' ? settings.folder : null, onError })
  opened.use(database)
  await migrate(database)
  const owned = opened.move()
  return {
    boss,
    database: { ...database, [Symbol.asyncDispose]: () => owned.disposeAsync() },
  }
}

/** The queue looks every other second: one line a minute says as much of an outage as thirty. */
const QUEUE_ERROR_INTERVAL_MS = 60_000

function logQueueErrors(logger: Logger): (error: Error) => void {
  let loggedAtMs = Number.NEGATIVE_INFINITY
  return (error) => {
    const now = performance.now()
    if (now - loggedAtMs < QUEUE_ERROR_INTERVAL_MS) return
    loggedAtMs = now
    logger.error({ error: error.name, code: (error as NodeJS.ErrnoException).code }, 'queue')
  }
}
