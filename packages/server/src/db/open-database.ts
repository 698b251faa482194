// A database that is ready to be used: found, locked where it has to be, and with its tables up to date.

import { statSync } from 'node:fs'
import type { Socket } from 'node:net'
import { isKoutuError, KoutuError } from '@koutu/core'
import type { PgBoss } from 'pg-boss'
import type { Database, Logger } from '../ports/ports.ts'
import { lockFolder } from './folder-lock.ts'
import { migrate } from './migrations.ts'
import { checkFileSystem } from './network-file-system.ts'
import { openPglite, setAside } from './pglite.ts'
import { openPostgres } from './postgres.ts'
import { dumpPath, restoreDump, restoreRecords } from './record-dump.ts'
import type { DatabaseSettings } from './settings.ts'

export interface Connection {
  readonly database: Database
  readonly boss: PgBoss
}

export interface OpenDatabase extends Connection {
  /** Whether it was damaged and has been restored from a dump. */
  readonly isRestored: boolean
}

export interface OpenDatabaseDeps {
  readonly logger: Logger
  /** Another process wants something of the one that has the folder open. */
  readonly onConnection: (socket: Socket) => void
}

const DEFAULT_CONNECTIONS = 10
/** How soon, after its heartbeats have stopped, a dead worker's jobs go to others. */
const DEFAULT_SUPERVISE_SECONDS = 5

/** Errors: DATABASE_UNAVAILABLE, DATABASE_DAMAGED, DATA_FOLDER_IN_USE, STORAGE_*. */
export async function openDatabase(
  settings: DatabaseSettings,
  { logger, onConnection }: OpenDatabaseDeps,
): Promise<OpenDatabase> {
  await using opened = new AsyncDisposableStack()
  const onError = logQueueErrors(logger)
  if (settings.type === 'folder') {
    opened.use(await lockFolder(settings.folder, onConnection))
    await checkFileSystem(settings.folder, logger)
  }
  const connection: Embedded =
    settings.type === 'postgres'
      ? await openPostgres({
          url: settings.url,
          maxConnections: settings.maxConnections ?? DEFAULT_CONNECTIONS,
          superviseSeconds: settings.superviseSeconds ?? DEFAULT_SUPERVISE_SECONDS,
          onError,
        })
      : await openEmbedded(settings, { logger, onError })
  const { database, boss, salvaged = null } = connection
  opened.use(database)
  await migrate(database)
  if (salvaged !== null && settings.type === 'folder') await restore(database, settings.folder, salvaged, logger)
  const owned = opened.move()
  return {
    boss,
    isRestored: salvaged !== null,
    database: { ...database, [Symbol.asyncDispose]: () => owned.disposeAsync() },
  }
}

type Embedded = Connection & { readonly salvaged?: string | null }

async function openEmbedded(
  settings: Exclude<DatabaseSettings, { type: 'postgres' }>,
  { logger, onError }: { readonly logger: Logger; readonly onError: (error: Error) => void },
): Promise<Embedded> {
  if (settings.type === 'memory') return openPglite({ folder: null, from: settings.from, onError })
  const { folder, mayRepair = false } = settings
  try {
    return await openPglite({ folder, onError })
  } catch (error) {
    if (!isKoutuError(error) || error.code !== 'DATABASE_DAMAGED') throw error
    if (!mayRepair) throw refusal(error, folder)
    logger.warn({ error: error.toJSON() }, 'repairing the database')
    const salvaged = await setAside(folder)
    return { ...(await openPglite({ folder, onError })), salvaged }
  }
}

/** What is lost is said before anything is done about it. */
function refusal(error: KoutuError, folder: string): KoutuError {
  const dump = statSync(dumpPath(folder), { throwIfNoEntry: false })
  const hint = dump
    ? `'koutu serve --repair' restores what is readable and the dump of ${dump.mtime.toISOString()}`
    : `there is no dump: 'koutu serve --repair' restores only what is readable`
  return new KoutuError('DATABASE_DAMAGED', {
    detail: `${error.message.replace(`${error.row.title}: `, '').replace(/\.$/, '')}; ${hint}`,
    data: { ...error.data, dumpedAt: dump?.mtime.toISOString() ?? null },
    cause: error,
  })
}

/** What could still be read goes first: it is newer than the dump. */
async function restore(database: Database, folder: string, salvaged: string, logger: Logger): Promise<void> {
  const [fromDatabase, fromDump] = await database.transaction(async (sql) => [
    await restoreRecords(sql, salvaged),
    await restoreDump(sql, folder),
  ])
  logger.warn({ fromDatabase, fromDump }, 'the database was damaged; jobs were restored')
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
