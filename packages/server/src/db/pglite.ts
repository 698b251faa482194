// The embedded database: PostgreSQL as WebAssembly, in a folder or in memory, for one process. It does not wait for the disk:
// it survives a killed process, but not every power failure.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PGlite } from '@electric-sql/pglite'
import { KoutuError } from '@koutu/core'
import { type Db, fromPglite } from 'pg-boss'
import { createTurns, type Turns } from '../limits/turns.ts'
import type { Sql } from '../ports/ports.ts'
import { startBoss } from './boss.ts'
import { databaseError } from './database-error.ts'
import { checkPosition, highWaterMark, markPath, readMark } from './high-water-mark.ts'
import { createNotifier } from './notifier.ts'
import type { Connection } from './open-database.ts'
import { START_PARAMETERS } from './pglite-parameters.ts'
import { toSql } from './postgres.ts'
import { dumpRecords } from './record-dump.ts'

export interface PgliteSettings {
  /** Null keeps everything in memory. */
  readonly folder: string | null
  /** What a database in memory starts from. */
  readonly from?: Blob | undefined
  readonly onError: (error: Error) => void
}

/** There is no other process whose claims could lapse. */
const SUPERVISE_SECONDS = 60
/** Most of them take less than a millisecond. */
const QUERIES_A_TURN = 4

/** The caller sees to it that no other process has the folder open. Errors: DATABASE_UNAVAILABLE, DATABASE_DAMAGED. */
export async function openPglite({ folder, from, onError }: PgliteSettings): Promise<Connection> {
  await using opened = new AsyncDisposableStack()
  const pglite = folder === null ? await openMemory(from) : await openFolder(folder)
  opened.defer(() => pglite.close())
  const turns = createTurns(QUERIES_A_TURN)
  const db = inTurns(fromPglite(pglite), turns)
  if (folder !== null) {
    const mark = opened.use(highWaterMark(folder))
    await checkPosition(folder, toSql(db))
    mark.start(toSql(db))
  }
  const boss = await startBoss({ db, backend: 'pglite' }, { superviseSeconds: SUPERVISE_SECONDS, onError })
  opened.defer(() => boss.stop({ graceful: false, close: false }))
  const notifier = opened.use(createNotifier(toSql(db)))
  const owned = opened.move()
  return {
    boss,
    database: {
      kind: 'pglite',
      query: toSql(db).query,
      async transaction(run) {
        await turns.take(QUERIES_A_TURN)
        try {
          return await pglite.transaction((tx) =>
            run(toSql({ executeSql: (text, values) => tx.query(text, values as unknown[] | undefined) })),
          )
        } catch (error) {
          throw databaseError(error)
        }
      },
      notify: notifier.send,
      async listen(channel, onPayload) {
        const handle = await db.listen!(channel, onPayload, () => onPayload(null))
        return () => handle.close()
      },
      [Symbol.asyncDispose]: () => owned.disposeAsync(),
    },
  }
}

/** Queries run on the thread that answers requests. */
function inTurns(db: Db, turns: Turns): Db {
  return {
    ...db,
    async executeSql(text, values) {
      await turns.take(1)
      return db.executeSql(text, values)
    },
  }
}

/** Opens what is there to read it, without a queue; null where there is no database yet. Errors: DATABASE_DAMAGED. */
export async function readPglite<T>(folder: string, read: (sql: Sql) => Promise<T>): Promise<T | null> {
  const pglite = (await exists(folder)) ? await openExisting(folder) : null
  if (!pglite) return null
  try {
    const sql = toSql(fromPglite(pglite))
    await checkPosition(folder, sql)
    return await read(sql)
  } finally {
    await pglite.close()
  }
}

function openMemory(from: Blob | undefined): Promise<PGlite> {
  return PGlite.create({ startParams: START_PARAMETERS, ...(from && { loadDataDir: from }) })
}

/** Errors: DATABASE_UNAVAILABLE when it cannot be created, DATABASE_DAMAGED when what is there cannot be opened. */
async function openFolder(folder: string): Promise<PGlite> {
  if (!(await exists(folder))) await createDatabase(databasePath(folder))
  return openExisting(folder)
}

/** Errors: DATABASE_DAMAGED: one that has been used is never taken for a new one. */
async function exists(folder: string): Promise<boolean> {
  const dataDir = databasePath(folder)
  if (existsSync(join(dataDir, 'PG_VERSION'))) return true
  if ((await readMark(folder)) === null) return false
  throw new KoutuError('DATABASE_DAMAGED', { detail: `${dataDir} is no database any more` })
}

/** Errors: DATABASE_DAMAGED. */
async function openExisting(folder: string): Promise<PGlite> {
  const dataDir = databasePath(folder)
  try {
    return await PGlite.create({ dataDir, startParams: START_PARAMETERS })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new KoutuError('DATABASE_DAMAGED', { detail: `${dataDir} cannot be opened: ${reason}`, cause: error })
  }
}

/**
 * Puts a damaged database aside, under another name, and what can still be read of it into a dump. The next `openPglite` makes a
 * new one. Resolves with the path of that dump, which may be missing.
 */
export async function setAside(folder: string): Promise<string> {
  const dataDir = databasePath(folder)
  const salvaged = join(folder, 'records.salvaged.jsonl')
  await rm(salvaged, { force: true })
  if (existsSync(join(dataDir, 'PG_VERSION'))) {
    const pglite = await PGlite.create({ dataDir, startParams: START_PARAMETERS }).catch(() => null)
    if (pglite) {
      await dumpRecords(toSql(fromPglite(pglite)), salvaged).catch(() => {})
      await pglite.close()
    }
  }
  if (existsSync(dataDir)) await rename(dataDir, `${dataDir}.damaged-${new Date().toISOString().replaceAll(':', '')}`)
  await rm(markPath(folder), { force: true })
  return salvaged
}

function databasePath(folder: string): string {
  return join(folder, 'database')
}

/** Compiled and uncompiled code name the same entry differently. */
const CREATE = fileURLToPath(
  new URL(`./create-database.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
)

/** What was begun and not finished is made anew: only a whole database has its name. */
async function createDatabase(dataDir: string): Promise<void> {
  const unfinished = `${dataDir}.new`
  try {
    await rm(unfinished, { recursive: true, force: true })
    // Code that runs once is not worth optimizing: that alone takes 0.4 GB.
    await promisify(execFile)(process.execPath, ['--liftoff-only', CREATE, unfinished])
    await rename(unfinished, dataDir)
  } catch (error) {
    const { signal, message } = error as NodeJS.ErrnoException & { signal?: NodeJS.Signals }
    const reason = signal === 'SIGKILL' ? 'its process was killed, most likely because memory ran out' : message
    throw new KoutuError('DATABASE_UNAVAILABLE', { detail: `could not create ${dataDir}: ${reason}`, cause: error })
  }
}
