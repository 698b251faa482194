// Records written to a plain file and read back, and the position that tells that some are missing. Whole databases that were
// damaged are in server-damaged.test.ts.

import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStoreKit, SILENT, type StoreKit } from '@koutu/testing'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { checkPosition, highWaterMark, markPath, readMark } from '../packages/server/src/db/high-water-mark.ts'
import { dumpPath, dumpRecords, keepDumps, restoreDump, restoreRecords } from '../packages/server/src/db/record-dump.ts'
import { journalPaths } from '../packages/server/src/db/record-journal.ts'
import { openStore } from '../packages/server/src/open-store.ts'

const OWNER = { id: 'ann' }
let folder = ''
let kit: StoreKit
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-dump-'))
  kit = await openStoreKit({ type: 'memory' }, { maxQueued: 500 })
})
afterAll(async () => {
  await kit[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

it('a dump restores jobs, batches and keys, more than one page of them, and never twice', async () => {
  const [first, ...others] = await Promise.all(Array.from({ length: 230 }, (_, name) => kit.upload({ name })))
  await kit.store.jobs.submit(OWNER, {
    jobs: [first!, ...others.slice(0, 199)],
    isBatch: true,
    webhookUrl: 'https://example.com/',
  })
  for (const job of others.slice(199)) await kit.store.jobs.submit(OWNER, { jobs: [job], isBatch: false })
  const { secret } = await kit.store.keys.create({ name: 'shop' })
  const all = () => kit.store.jobs.list(OWNER, { limit: 500 })
  const before = await all()
  expect(before.jobs).toHaveLength(230)

  const path = dumpPath(folder)
  await dumpRecords(kit.store.database, path)
  expect((await stat(path)).mode & 0o077).toBe(0)
  await kit.reset()
  expect((await all()).jobs).toEqual([])
  expect(await restoreRecords(kit.store.database, path)).toBe(230)
  expect(await all()).toEqual(before)
  expect(await kit.store.keys.authenticate(secret)).toMatchObject({ name: 'shop' })
  expect(await restoreRecords(kit.store.database, path)).toBe(0)
})

it('a dump of another version is restored: columns it lacks get their defaults, others are left out', async () => {
  await kit.reset()
  const job = await kit.upload({ name: 'old' })
  await kit.store.jobs.submit(OWNER, { jobs: [job], isBatch: false })
  const path = join(folder, 'other.jsonl')
  await dumpRecords(kit.store.database, path)
  const lines = (await readFile(path, 'utf8')).trim().split('\n')
  const changed = lines.map((line) => {
    const { table, row } = JSON.parse(line) as { table: string; row: Record<string, unknown> }
    const { is_input_transient: _, lapses: __, ...older } = row
    return JSON.stringify({ table, row: table === 'job' ? { ...older, of_a_later_version: 1 } : row })
  })
  await writeFile(path, changed.join('\n'))
  const before = await kit.store.jobs.get(OWNER, job.id)
  await kit.reset()
  expect(await restoreRecords(kit.store.database, path)).toBe(1)
  expect(await kit.store.jobs.get(OWNER, job.id)).toEqual(before)
})

it('is written again after a change, and only then', async () => {
  vi.useFakeTimers({ toFake: ['setInterval'] })
  const kept = await mkdtemp(join(tmpdir(), 'koutu-dump-'))
  try {
    await using _ = keepDumps(kit.store.database, kept, kit.store.journal, SILENT)
    const text = () => readFile(dumpPath(kept), 'utf8').catch(() => '')
    await expect.poll(text).toContain('"setting"')
    const { mtimeMs, ino } = await stat(dumpPath(kept))
    const job = await kit.upload({ name: 'new' })
    const later = async () => {
      vi.advanceTimersByTime(30_000)
      return text()
    }
    await later()
    await kit.store.jobs.submit(OWNER, { jobs: [job], isBatch: false })
    await expect.poll(later, { timeout: 20_000 }).toContain(job.id)
    const written = await stat(dumpPath(kept))
    expect([written.mtimeMs, written.ino]).not.toEqual([mtimeMs, ino])
    await later()
    await later()
    await kit.store.jobs.get(OWNER, job.id)
    expect((await stat(dumpPath(kept))).ino).toBe(written.ino)
  } finally {
    vi.useRealTimers()
    await rm(kept, { recursive: true })
  }
})

it('what came after the last dump is noted, restored with it, and forgotten with the next', async () => {
  const kept = await mkdtemp(join(tmpdir(), 'koutu-journal-'))
  const store = await openStore(
    { database: { type: 'folder', folder: kept }, maxQueued: 50, retentionMs: 1e6, recordRetentionMs: 1e6 },
    { blobs: kit.blobs, nowMs: Date.now, logger: SILENT },
  )
  try {
    const old = await store.keys.create({ name: 'old' })
    await dumpRecords(store.database, dumpPath(kept))
    await store.keys.revoke(old.key.id)
    const late = await store.keys.create({ name: 'late' })
    const [first, second] = [await kit.upload({ name: 1 }), await kit.upload({ name: 2 })]
    const batch = await store.jobs.submit(OWNER, {
      jobs: [first, second],
      isBatch: true,
      webhookUrl: 'https://a.example/',
    })
    const alone = await store.jobs.submit(OWNER, { jobs: [await kit.upload({ name: 3 })], isBatch: false })
    // As when the server is killed while it writes a line.
    const [path] = await journalPaths(kept)
    await appendFile(path!, '{"table":"job","row":{"id":"01')
    expect((await stat(path!)).mode & 0o077).toBe(0)

    await kit.reset()
    expect(await restoreDump(kit.store.database, kept)).toBe(3)
    expect(await kit.store.jobs.batch(OWNER, batch.batchId!)).toEqual({ id: batch.batchId, jobs: batch.jobs })
    expect(await kit.store.jobs.get(OWNER, alone.jobs[0]!.id)).toEqual(alone.jobs[0])
    const revoked = (await kit.store.keys.list()).map(({ id, revokedAt }) => [id, revokedAt !== null])
    expect(revoked).toEqual([
      [old.key.id, true],
      [late.key.id, false],
    ])

    const forget = await store.journal.next()
    const fourth = await store.jobs.submit(OWNER, { jobs: [await kit.upload({ name: 4 })], isBatch: false })
    await forget()
    const paths = await journalPaths(kept)
    expect(paths).toHaveLength(1)
    expect(await readFile(paths[0]!, 'utf8')).toContain(fourth.jobs[0]!.id)
  } finally {
    await store[Symbol.asyncDispose]()
    await rm(kept, { recursive: true })
  }
})

it('restores nothing without a dump', async () => {
  expect(await restoreRecords(kit.store.database, join(folder, 'none.jsonl'))).toBe(0)
})

it('a database is refused that has been further than it is', async () => {
  const { database } = kit.store
  await checkPosition(folder, database)
  const mark = highWaterMark(folder)
  mark.start(database)
  await mark[Symbol.asyncDispose]()
  expect(await readMark(folder)).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/)
  await checkPosition(folder, database)
  // Compared as numbers: as text, 9/0 would be more than 10/0.
  for (const [position, isAhead] of [
    ['10/0', true],
    ['0/FFFFFFFF', true],
    ['0/1', false],
    ['nonsense', false],
  ] as const) {
    await writeFile(markPath(folder), `${position}\n`)
    const checked = checkPosition(folder, database)
    if (isAhead) await expect(checked).rejects.toMatchObject({ code: 'DATABASE_DAMAGED', data: { expected: position } })
    else await checked
  }
  expect(await readFile(markPath(folder), 'utf8')).toBe('nonsense\n')
})
