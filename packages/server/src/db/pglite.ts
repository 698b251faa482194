// The embedded database: PostgreSQL as WebAssembly, in a folder or in memory, for one process alone.
// It does not wait for the disk: it survives a killed process, and a power cut only with luck.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { PGlite } from '@electric-sql/pglite'
import { KoutuError } from '@koutu/core'
import { fromPglite } from 'pg-boss'
import { startBoss } from './boss.ts'
import { databaseError } from './database-error.ts'
import type { OpenDatabase } from './open-database.ts'
import { START_PARAMETERS } from './pglite-parameters.ts'
import { toSql } from './postgres.ts'

export interface PgliteSettings {
  /** Null keeps everything in memory. */
  readonly folder: string | null
  readonly onError: (error: Error) => void
}

/** There is no other process whose claims could lapse. */
const SUPERVISE_SECONDS = 60

/** The caller sees to it that no other process has the folder open. */
export async function openPglite({ folder, onError }: PgliteSettings): Promise<OpenDatabase> {
  const dataDir = folder === null ? null : join(folder, 'database')
  if (dataDir !== null && !existsSync(join(dataDir, 'PG_VERSION'))) await createDatabase(dataDir)
  const pglite = await PGlite.create({ startParams: START_PARAMETERS, ...(dataDir === null ? {} : { dataDir }) })
  const db = fromPglite(pglite)
  const boss = await startBoss({ db, backend: 'pglite' }, { superviseSeconds: SUPERVISE_SECONDS, onError })
  return {
    boss,
    database: {
      kind: 'pglite',
      query: toSql(db).query,
      async transaction(run) {
        try {
          return await pglite.transaction((tx) =>
            run(toSql({ executeSql: (text, values) => tx.query(text, values as unknown[] | undefined) })),
          )
        } catch (error) {
          throw databaseError(error)
        }
      },
      async listen(channel, onPayload) {
        const handle = await db.listen!(channel, onPayload, () => onPayload(null))
        return () => handle.close()
      },
      async [Symbol.asyncDispose]() {
        await boss.stop({ graceful: false, close: false })
        await pglite.close()
      },
    },
  }
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
