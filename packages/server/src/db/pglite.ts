// The embedded database: PostgreSQL as WebAssembly, in a folder or in memory, for one process alone.
// It does not wait for the disk: it survives a killed process, and a power cut only with luck.

import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { fromPglite } from 'pg-boss'
import { startBoss } from './boss.ts'
import { databaseError } from './database-error.ts'
import type { OpenDatabase } from './open-database.ts'
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
  const pglite = await PGlite.create(folder === null ? {} : { dataDir: join(folder, 'database') })
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
