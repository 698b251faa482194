// Opens a database only to look at it: nothing is created, migrated or repaired.

import { existsSync } from 'node:fs'
import { PgBoss } from 'pg-boss'
import type { Sql } from '../ports/ports.ts'
import { databaseError } from './database-error.ts'
import { lockFolder } from './folder-lock.ts'
import { readPglite } from './pglite.ts'
import { toSql } from './postgres.ts'
import type { DatabaseSettings } from './settings.ts'

/**
 * Resolves with what `inspect` does; null where there are no tables of koutu yet.
 * Errors: DATABASE_UNAVAILABLE, DATABASE_DAMAGED, DATA_FOLDER_IN_USE, STORAGE_FAILED, those of `inspect`.
 */
export async function inspectDatabase<T>(
  settings: DatabaseSettings,
  inspect: (sql: Sql) => Promise<T>,
): Promise<T | null> {
  const inspectTables = async (sql: Sql) => {
    const [row] = await sql.query<{ job: string | null }>(`select to_regclass('koutu.job')::text as job`)
    return row?.job ? inspect(sql) : null
  }
  if (settings.type === 'postgres') return inspectPostgres(settings.url, inspectTables)
  if (settings.type === 'memory' || !existsSync(settings.folder)) return null
  await using _ = await lockFolder(settings.folder, (socket) => socket.destroy())
  return readPglite(settings.folder, inspectTables)
}

async function inspectPostgres<T>(url: string, inspect: (sql: Sql) => Promise<T>): Promise<T> {
  const boss = new PgBoss({ connectionString: url, max: 1, application_name: 'koutu', migrate: false, schedule: false })
  boss.on('error', () => {})
  try {
    // It connects, and refuses to start on a database without its tables or with older ones, which is no matter here.
    await boss.start().catch(() => {})
    return await inspect(toSql(boss.getDb()))
  } catch (error) {
    throw databaseError(error)
  } finally {
    await boss.stop({ graceful: false, close: true }).catch(() => {})
  }
}
