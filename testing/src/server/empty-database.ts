// An embedded database as PostgreSQL's set-up leaves it, made once and kept in node_modules/.cache: making one takes four
// seconds of a processor, opening a copy less than one.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { PGlite } from '@electric-sql/pglite'

const CACHE = join(import.meta.dirname, '../../../node_modules/.cache/koutu')

/** The path of a tar archive, in the form of PGlite's `dumpDataDir`. */
async function archive(): Promise<string> {
  const { version } = JSON.parse(
    await readFile(new URL('../package.json', import.meta.resolve('@electric-sql/pglite')), 'utf8'),
  ) as { version: string }
  const path = join(CACHE, `empty-database-${version}.tar`)
  if (existsSync(path)) return path
  const pglite = await PGlite.create()
  const dump = await pglite.dumpDataDir('none')
  await pglite.close()
  await mkdir(CACHE, { recursive: true })
  // Other test files may be making the same one.
  const own = `${path}.${process.pid}`
  await writeFile(own, await dump.bytes())
  await rename(own, path)
  return path
}

/** What a database in memory starts from. */
export async function emptyDatabase(): Promise<Blob> {
  return new Blob([await readFile(await archive())])
}

/** Puts an empty database into a data folder, as the first start of a server does. */
export async function placeEmptyDatabase(dataFolder: string): Promise<void> {
  const database = join(dataFolder, 'database')
  await mkdir(database, { recursive: true })
  await promisify(execFile)('tar', ['-xf', await archive(), '-C', database])
}
