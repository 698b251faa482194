// The journal on disk: entries survive, name their input, and damaged files are no entries.

import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { failureOf } from '../../test/support.ts'
import type { JournalEntry } from '../client/journal.ts'
import { createFileJournal } from './journal.ts'

let home = ''
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'koutu-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

const HASH = 'ab'.repeat(32)
const entry = (n: number, change: Partial<JournalEntry> = {}): JournalEntry => ({
  submitId: `0000000${n}-0000-4000-8000-000000000000`,
  historyId: '',
  region: 'CN',
  imageUri: 'tos-cn-i-x/y',
  inputSha256: HASH,
  createdAtMs: n * 1000,
  state: 'sent',
  ...change,
})

it('keeps entries across instances, one file each, for the user alone', async () => {
  const journal = createFileJournal({ HOME: home })
  expect(await journal.list()).toEqual([])
  await journal.put(entry(2))
  await journal.put(entry(1))
  await journal.put(entry(2, { state: 'submitted', historyId: '7' }))
  const other = createFileJournal({ HOME: home })
  expect(await other.list()).toEqual([entry(1), entry(2, { state: 'submitted', historyId: '7' })])
  const names = await readdir(journal.folder)
  expect(names).toHaveLength(2)
  for (const name of names) expect((await stat(join(journal.folder, name))).mode & 0o777).toBe(0o600)
})

it('finds by id and by input, and removes', async () => {
  const journal = createFileJournal({ HOME: home })
  // The same beginning of the hash in the name, another hash inside.
  const near = `${HASH.slice(0, 62)}00`
  await journal.put(entry(1))
  await journal.put(entry(2, { inputSha256: near }))
  await journal.put(entry(3, { inputSha256: '' }))
  expect(await journal.ofInput(HASH)).toEqual([entry(1)])
  expect(await journal.ofInput(near)).toEqual([entry(2, { inputSha256: near })])
  expect(await journal.get(entry(3).submitId)).toEqual(entry(3, { inputSha256: '' }))
  await journal.remove(entry(1).submitId)
  await journal.remove(entry(9).submitId)
  expect(await journal.get(entry(1).submitId)).toBeNull()
  expect(await journal.list()).toHaveLength(2)
})

it('passes over files that are damaged or half written', async () => {
  const journal = createFileJournal({ HOME: home })
  await journal.put(entry(1))
  await writeFile(join(journal.folder, `none.${entry(2).submitId}.json`), '{"submitId":')
  await writeFile(join(journal.folder, `none.${entry(3).submitId}.json.x.tmp`), 'x')
  expect(await journal.list()).toEqual([entry(1)])
})

it('takes no id that would leave the folder', async () => {
  const journal = createFileJournal({ HOME: home })
  await expect(journal.put(entry(1, { submitId: '../../evil' }))).rejects.toThrow()
  expect(await readdir(home)).toEqual([])
})

it('says when it cannot write', async () => {
  // A file where the folder should be: refused for any user, root included.
  await writeFile(join(home, '.local'), '')
  const failure = await failureOf(createFileJournal({ HOME: home }).put(entry(1)))
  expect(failure.code).toBe('OUTPUT_UNWRITABLE')
  await chmod(home, 0o700)
})

it('forgets finished tasks after thirty days, never unfinished ones', async () => {
  const journal = createFileJournal({ HOME: home })
  const day = 24 * 3600_000
  await journal.put(entry(1, { state: 'fetched', createdAtMs: 9 * day }))
  await journal.put(entry(2, { state: 'fetched', createdAtMs: 11 * day }))
  await journal.put(entry(3, { state: 'submitted', createdAtMs: 1 * day }))
  await journal.prune(40 * day)
  expect((await journal.list()).map(({ createdAtMs }) => createdAtMs / day)).toEqual([1, 11])
})
