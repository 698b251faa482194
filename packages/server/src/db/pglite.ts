// The embedded database: PostgreSQL as WebAssembly, in a folder or in memory, for one process alone.
// It does not wait for the disk: it survives a killed process, and a power cut only with luck.

import { mkdir } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { fromPglite } from 'pg-boss'
import { startBoss } from './boss.ts'
import { databaseError } from './database-error.ts'
import { type OpenDatabase, toSql } from './postgres.ts'

export interface PgliteSettings {
  /** Null keeps everything in memory. */
  readonly folder: string | null
  readonly onError: (error: Error) => void
}

/** The caller sees to it that no other process has the folder open: see folder-lock.ts. */
export async function openPglite({ folder, onError }: PgliteSettings): Promise<OpenDatabase> {
  if (folder !== null) await mkdir(folder, { recursive: true })
  const pglite = await PGlite.create(folder === null ? {} : { dataDir: folder })
  const db = fromPglite(pglite)
  const boss = await startBoss({ db, backend: 'pglite' }, onError)
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
