// PostgreSQL for a cluster. pg-boss provides the pool, and a listening connection that reconnects.

import type { Db } from 'pg-boss'
import type { Sql } from '../ports/ports.ts'
import { startBoss } from './boss.ts'
import { createConnectionLine } from './connection-line.ts'
import { databaseError } from './database-error.ts'
import { createNotifier } from './notifier.ts'
import type { Connection } from './open-database.ts'

export interface PostgresSettings {
  readonly url: string
  /** Connections of this process, one more listens. */
  readonly maxConnections: number
  readonly superviseSeconds: number
  readonly onError: (error: Error) => void
}

/** Errors: DATABASE_UNAVAILABLE. */
export async function openPostgres(settings: PostgresSettings): Promise<Connection> {
  const { url, maxConnections, ...more } = settings
  const connection = { connectionString: url, max: maxConnections, application_name: 'koutu' }
  const boss = await startBoss(connection, more).catch((error) => Promise.reject(databaseError(error)))
  const db = boss.getDb()
  // The pool has a line, too, but one in which each wait has a time limit. What is of pg-boss waits there, behind one of ours at most.
  const line = createConnectionLine(maxConnections)
  const sql: Sql = { query: (text, values) => line.run(() => toSql(db).query(text, values)) }
  const notifier = createNotifier(sql)
  return {
    boss,
    database: {
      kind: 'postgres',
      query: sql.query,
      transaction: (run) => line.run(() => inTransaction(db, run)),
      notify: notifier.send,
      async listen(channel, onPayload) {
        const handle = await db.listen!(channel, onPayload, () => onPayload(null))
        return () => handle.close()
      },
      async [Symbol.asyncDispose]() {
        await notifier[Symbol.asyncDispose]()
        await boss.stop({ graceful: false, close: true })
      },
    },
  }
}

async function inTransaction<T>(db: Db, run: (sql: Sql) => Promise<T>): Promise<T> {
  const handle = await db.beginTransaction!().catch((error) => Promise.reject(databaseError(error)))
  try {
    const result = await run(toSql(handle.db))
    await handle.commit()
    return result
  } catch (error) {
    await handle.rollback()
    throw databaseError(error)
  }
}

export function toSql(db: Pick<Db, 'executeSql'>): Sql {
  return {
    async query(text, values) {
      try {
        const { rows } = await db.executeSql(text, values ? [...values] : undefined)
        return rows
      } catch (error) {
        throw databaseError(error)
      }
    },
  }
}
