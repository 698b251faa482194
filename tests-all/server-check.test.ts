// What `koutu serve --check` finds: jobs without their images, a folder in use, a damaged database, and nothing where all is well.

import { mkdtemp, readdir, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveOptions } from '@koutu/core'
import { SILENT } from '@koutu/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createFolderBlobs } from '../packages/server/src/blobs/folder.ts'
import { checkServer } from '../packages/server/src/check-server.ts'
import { inputKey, newJobId, resultKey } from '../packages/server/src/jobs/job-keys.ts'
import { openStore } from '../packages/server/src/open-store.ts'

const PNG = { contentType: 'image/png' }
const OWNER = { id: 'ann' }
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-check-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function check(dataFolder = folder) {
  const checks = await checkServer({
    dataFolder,
    database: { type: 'folder', folder: dataFolder },
    blobs: createFolderBlobs(join(dataFolder, 'blobs')),
    isStorageInside: true,
    checkModel: async () => 'a model',
  })
  return Object.fromEntries(checks.map(({ name, isOk, detail }) => [name, { isOk, detail }]))
}

it('creates nothing where there is nothing', async () => {
  const nothing = join(folder, 'nothing')
  expect(await check(nothing)).toMatchObject({
    'data folder': { isOk: true, detail: expect.stringContaining('does not exist yet') },
    database: { isOk: true, detail: expect.stringContaining('none yet') },
    model: { isOk: true, detail: 'a model' },
  })
  expect(await readdir(folder)).toEqual([])
})

it('compares every job with its images, and names what is wrong until it is mended', async () => {
  const blobs = createFolderBlobs(join(folder, 'blobs'))
  const store = await openStore(
    { database: { type: 'folder', folder }, maxQueued: 50, retentionMs: 3_600_000, recordRetentionMs: 3_600_000 },
    { blobs, nowMs: Date.now, logger: SILENT },
  )
  const submit = async () => {
    const id = newJobId(Date.now())
    const input = await blobs.put(inputKey(id), new Uint8Array(9), PNG)
    const job = { id, input, options: resolveOptions({}), pixels: 1, fileName: null }
    await store.jobs.submit(OWNER, { jobs: [job], isBatch: false })
    return id
  }
  const [done, waiting] = [await submit(), await submit()]
  const [attempt] = await store.work.take(1)
  const blob = await blobs.put(resultKey(done, 1), new Uint8Array(5), PNG)
  await store.work.succeed(attempt!, { blob, width: 1, height: 1, report: {} as never })
  expect((await check()).database).toMatchObject({ isOk: false, detail: expect.stringContaining('DATA_FOLDER_IN_USE') })
  await store[Symbol.asyncDispose]()
  expect(await check()).toMatchObject({
    database: { isOk: true },
    jobs: { isOk: true, detail: '2 jobs, 3 files' },
  })

  await blobs.put(resultKey(done, 1), new Uint8Array(4), PNG)
  await blobs.delete([inputKey(waiting)])
  await blobs.put(inputKey(newJobId(1)), new Uint8Array(1), PNG)
  expect((await check()).jobs).toEqual({
    isOk: false,
    detail: `2 jobs, 3 files; 1 unfinished without their input (${waiting}); 1 without their result (${done}); 1 files of no job, which the server deletes after six hours`,
  })

  await truncate(join(folder, 'database/global/pg_control'), 0)
  expect((await check()).database).toMatchObject({ isOk: false, detail: expect.stringContaining('DATABASE_DAMAGED') })
})
