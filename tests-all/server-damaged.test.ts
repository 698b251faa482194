// What becomes of a data folder whose embedded database somebody or something has damaged.

import { cp, mkdtemp, readdir, readFile, rename, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveOptions } from '@koutu/core'
import { newJobId, openStore, type Store } from '@koutu/server'
import { createMemoryBlobs, SILENT } from '@koutu/testing'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { dumpPath, dumpRecords } from '../packages/server/src/db/record-dump.ts'

const OWNER = { id: 'ann' }
let root = ''
/** As a killed server leaves it: three jobs and a key in its dump, seventeen jobs and another key that came later. */
let killed = ''
let dumped: string[] = []
let later: string[] = []
let [secret, laterSecret] = ['', '']

const open = (folder: string, mayRepair = false): Promise<Store> =>
  openStore(
    { maxQueued: 50, retentionMs: 3_600_000, recordRetentionMs: 1, database: { type: 'folder', folder, mayRepair } },
    { blobs: createMemoryBlobs(), nowMs: Date.now, logger: SILENT },
  )

async function submit(store: Store, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => newJobId(Date.now()))
  for (const id of ids) {
    const input = { key: `jobs/${id}/input`, bytes: 1, sha256: '', contentType: 'image/png' }
    const job = { id, input, options: resolveOptions({}), pixels: 1, fileName: null }
    await store.jobs.submit(OWNER, { jobs: [job], isBatch: false })
  }
  return ids
}

const copy = (from: string, to: string) => cp(from, to, { recursive: true, filter: (path) => !path.endsWith('.sock') })
const known = async (store: Store, ids: readonly string[]) =>
  (await Promise.all(ids.map((id) => store.jobs.get(OWNER, id)))).filter((job) => job?.state === 'queued').length

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'koutu-damaged-'))
  const folder = join(root, 'alive')
  killed = join(root, 'killed')
  const store = await open(folder)
  secret = (await store.keys.create({ name: 'shop' })).secret
  dumped = await submit(store, 3)
  await dumpRecords(store.database, dumpPath(folder))
  later = await submit(store, 17)
  laterSecret = (await store.keys.create({ name: 'late' })).secret
  const position = (await store.database.query<{ at: string }>('select pg_current_wal_lsn()::text as at'))[0]!.at
  await vi.waitUntil(async () => (await readFile(join(folder, 'database.position'), 'utf8')).trim() >= position, 30_000)
  await copy(folder, killed)
  await store[Symbol.asyncDispose]()
})
afterAll(() => rm(root, { recursive: true }))

async function cutLog(database: string, share: number): Promise<void> {
  const log = join(database, 'pg_wal')
  for (const name of await readdir(log)) {
    const { size } = await stat(join(log, name))
    if (/^[0-9A-F]{24}$/.test(name)) await truncate(join(log, name), size * share)
  }
}

describe('a data folder', () => {
  it('of a killed server opens with all of its jobs', async () => {
    const folder = join(root, 'whole')
    await copy(killed, folder)
    const store = await open(folder)
    expect(await known(store, [...dumped, ...later])).toBe(20)
    await store[Symbol.asyncDispose]()
  })

  it.each<[string, (database: string) => Promise<unknown>]>([
    ['whose database has gone', (database) => rename(database, `${database}-elsewhere`)],
    ['without its control file', (database) => rm(join(database, 'global/pg_control'))],
    ['with half of its log', (database) => cutLog(database, 1 / 2)],
    ['with an eighth of its log', (database) => cutLog(database, 1 / 8)],
  ])('%s is refused, and restored on demand from its dump and what came after it', async (name, damage) => {
    const folder = join(root, name.replaceAll(' ', '-'))
    await copy(killed, folder)
    await damage(join(folder, 'database'))
    // A refusal changes nothing, so that the second one is the same.
    for (let time = 0; time < 2; time++)
      await expect(open(folder)).rejects.toMatchObject({
        code: 'DATABASE_DAMAGED',
        message: expect.stringContaining("'koutu serve --repair' restores"),
        data: { dumpedAt: expect.any(String) },
      })
    const store = await open(folder, true)
    expect(await known(store, [...dumped, ...later])).toBe(20)
    for (const one of [secret, laterSecret]) expect(await store.keys.authenticate(one)).not.toBeNull()
    expect((await store.work.take(50)).length).toBe(20)
    await store[Symbol.asyncDispose]()
    await (await open(folder))[Symbol.asyncDispose]()
    const aside = (await readdir(folder)).filter((entry) => entry.startsWith('database.damaged-'))
    expect(aside).toHaveLength(name.endsWith('gone') ? 0 : 1)
  })
})
