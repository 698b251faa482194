// How far the embedded database has come, in a file beside it. The position in its log only grows: a database that opens at an
// earlier one has lost records, whatever the reason, and says nothing of it by itself.

import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KoutuError } from '@koutu/core'
import type { Sql } from '../ports/ports.ts'

const INTERVAL_MS = 2_000

export interface HighWaterMark extends AsyncDisposable {
  /** Keeps the file up to date until disposed of. */
  start(sql: Sql): void
}

/** The file is left as it is until `start`. */
export function highWaterMark(folder: string): HighWaterMark {
  const path = markPath(folder)
  let timer: NodeJS.Timeout | undefined
  let written = ''
  let writing = Promise.resolve()
  let write = async () => {}
  return {
    start(sql) {
      write = async () => {
        const lsn = await position(sql)
        if (lsn === written) return
        await writeFile(`${path}.new`, `${lsn}\n`, { mode: 0o600 })
        await rename(`${path}.new`, path)
        written = lsn
      }
      // A full disk is reported elsewhere.
      const next = () => {
        writing = writing.then(write).catch(() => {})
      }
      next()
      timer = setInterval(next, INTERVAL_MS).unref()
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await writing.then(write).catch(() => {})
    },
  }
}

export function markPath(folder: string): string {
  return join(folder, 'database.position')
}

/** Errors: DATABASE_DAMAGED when the database has been further than it is. */
export async function checkPosition(folder: string, sql: Sql): Promise<void> {
  const mark = await readMark(folder)
  if (mark === null) return
  const lsn = await position(sql)
  if (positionNumber(lsn) >= positionNumber(mark)) return
  throw new KoutuError('DATABASE_DAMAGED', {
    detail: `its log ends at ${lsn} but was at ${mark}: records are lost`,
    data: { position: lsn, expected: mark },
  })
}

/** Null where no database has been used, or the file says nothing. */
export async function readMark(folder: string): Promise<string | null> {
  const text = await readFile(markPath(folder), 'utf8').catch(() => '')
  return /^[0-9A-F]{1,8}\/[0-9A-F]{1,8}\s*$/.test(text) ? text.trim() : null
}

async function position(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ lsn: string }>('select pg_current_wal_lsn()::text as lsn')
  return row!.lsn
}

/** PostgreSQL's own form: the higher and the lower 32 bits, in hexadecimal digits. */
function positionNumber(lsn: string): bigint {
  const [high = '0', low = '0'] = lsn.split('/')
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}
