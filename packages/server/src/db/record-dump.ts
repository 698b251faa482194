// The records of an embedded database as a plain file beside it, one JSON object a line, from which a damaged one is restored.

import { createReadStream } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { toKoutuError } from '@koutu/core'
import type { Logger, Sql } from '../ports/ports.ts'
import { type DumpedRecord, journalPaths, type RecordJournal } from './record-journal.ts'

/** In the order in which rows may be inserted, each with the column that orders it and its type. */
const TABLES = [
  ['setting', 'name', 'text'],
  ['api_key', 'id', 'text'],
  ['submission', 'id', 'uuid'],
  ['job', 'id', 'uuid'],
  ['ticket', 'number', 'bigint'],
  ['picture', 'id', 'uuid'],
] as const

/** What is known already stays as it is, but a key that was revoked later is revoked. */
const ON_CONFLICT: Readonly<Record<string, string>> = {
  api_key: 'on conflict (id) do update set revoked_at = coalesce(api_key.revoked_at, excluded.revoked_at)',
}

/** Rows that are read at once: requests go on in between. */
const STEP = 200
const INTERVAL_MS = 30_000
/** The pause after a dump is so many times as long as it took: dumps take at most a hundredth of the time. */
const DUMP_SHARE = 100

export function dumpPath(folder: string): string {
  return join(folder, 'records.jsonl')
}

/** Writes all records. The file is whole or the one before. */
export async function dumpRecords(sql: Sql, path: string): Promise<void> {
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    for (const [table, key, type] of TABLES) {
      for (let last: string | null = null, isMore = true; isMore; ) {
        const rows: readonly { key: string; row: object }[] = await sql.query(
          `select ${key}::text as key, to_jsonb(t) as row from koutu.${table} t
           where $1::${type} is null or ${key} > $1::${type} order by ${key} limit ${STEP}`,
          [last],
        )
        for (const { row } of rows) await file.writeFile(`${JSON.stringify({ table, row })}\n`)
        last = rows.at(-1)?.key ?? null
        isMore = rows.length === STEP
      }
    }
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
}

/** Adds what the last dump holds and the database does not, then what came after it. Resolves with the number of jobs added. */
export async function restoreDump(sql: Sql, folder: string): Promise<number> {
  let jobs = 0
  for (const path of [dumpPath(folder), ...(await journalPaths(folder))]) jobs += await restoreRecords(sql, path)
  return jobs
}

/** Adds what a file of records holds and the database does not. Resolves with the number of jobs added; 0 without a file. */
export async function restoreRecords(sql: Sql, path: string): Promise<number> {
  let jobs = 0
  const known = new Set<string>(TABLES.map(([table]) => table))
  const input = createReadStream(path)
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  try {
    for await (const line of lines) {
      const { table, row } = parseLine(line) ?? { table: '', row: {} }
      if (!known.has(table)) continue
      const columns = await columnsOf(sql, table, row)
      const added = await sql.query(
        `insert into koutu.${table} (${columns}) select ${columns} from jsonb_populate_record(null::koutu.${table}, $1::jsonb)
         ${ON_CONFLICT[table] ?? 'on conflict do nothing'} returning 1 as one`,
        [JSON.stringify(row)],
      )
      if (table === 'job') jobs += added.length
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await sql.query(
    `select setval('koutu.ticket_number', greatest((select max(number) from koutu.ticket), nextval('koutu.ticket_number')))`,
  )
  return jobs
}

/** Null for a line that is cut off, as when the process was killed while it wrote it. */
function parseLine(line: string): DumpedRecord | null {
  try {
    return JSON.parse(line) as DumpedRecord
  } catch {
    return null
  }
}

/** Those that the table and the row both have: a dump may be of another version. The others get their defaults. */
async function columnsOf(sql: Sql, table: string, row: object): Promise<string> {
  const columns = await sql.query<{ name: string }>(
    `select column_name::text as name from information_schema.columns where table_schema = 'koutu' and table_name = $1`,
    [table],
  )
  return columns.flatMap(({ name }) => (name in row ? [`"${name}"`] : [])).join(', ')
}

/** Dumps now, after changes, and when disposed of. */
export function keepDumps(sql: Sql, folder: string, journal: RecordJournal, logger: Logger): AsyncDisposable {
  let dumped = ''
  let notBeforeMs = 0
  let dumping = Promise.resolve()
  const dump = async () => {
    const changes = await changesOf(sql)
    if (changes === dumped) return
    const startMs = performance.now()
    const forget = await journal.next()
    await dumpRecords(sql, dumpPath(folder))
    await forget()
    dumped = changes
    notBeforeMs = performance.now() + DUMP_SHARE * (performance.now() - startMs)
  }
  const next = (isLast = false) => {
    if (!isLast && performance.now() < notBeforeMs) return
    dumping = dumping
      .then(dump)
      .catch((error: unknown) => logger.error({ error: toKoutuError(error).toJSON() }, 'could not dump records'))
  }
  next()
  const timer = setInterval(next, INTERVAL_MS).unref()
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      next(true)
      await dumping
    },
  }
}

/** Equal only while no job or key has come, changed or gone. */
async function changesOf(sql: Sql): Promise<string> {
  const [row] = await sql.query<{ changes: string }>(
    `select concat_ws(' ', (select count(*) || ' ' || sum(event_id) || ' ' || max(id::text) from koutu.job),
       (select count(*) || ' ' || count(revoked_at) || ' ' || max(id) from koutu.api_key),
       (select count(*) || ' ' || max(id::text) from koutu.picture), (select count(*) from koutu.setting)) as changes`,
  )
  return row!.changes
}
