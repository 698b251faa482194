// A store in S3 that goes away under accepted jobs: none fails, and none is done twice.

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resolveOptions } from '@koutu/core'
import { type Blobs, createWorker, inputKey, newJobId, openBlobs, openStore, type Store } from '@koutu/server'
import { createFakeRunner, fakePicture } from '@koutu/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type S3Server, startS3 } from './services/s3.ts'

const OWNER = { id: 'ann' }
const JOBS = 12
const PNG = { contentType: 'image/png' }
const lines: string[] = []
const log = (_: object, message: string) => {
  if (/avail/.test(message)) lines.push(message)
}
const logger = { info: log, warn: log, error: log }

let s3: S3Server
let blobs: Blobs
let store: Store
beforeAll(async () => {
  s3 = await startS3()
  Object.assign(process.env, s3.env)
  blobs = await openBlobs(`s3://${s3.bucket}?endpoint=${s3.endpoint}`, '')
  const settings = { maxQueued: 50, retentionMs: 3_600_000, recordRetentionMs: 3_600_000 }
  store = await openStore({ ...settings, database: { type: 'memory' } }, { blobs, nowMs: Date.now, logger })
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
  await s3.stop()
})

async function submit(name: number): Promise<string> {
  const id = newJobId(Date.now())
  const input = await blobs.put(inputKey(id), fakePicture({ name, sleepMs: 300 }), PNG)
  const job = { id, input, options: resolveOptions({}), pixels: 1, fileName: null }
  await store.jobs.submit(OWNER, { jobs: [job], isBatch: false })
  return id
}

it('is waited for, and every job succeeds', async () => {
  const ids: string[] = []
  for (let name = 0; name < JOBS; name++) ids.push(await submit(name))
  const ended: string[] = []
  let checks = 0
  const worker = createWorker({
    store: store.work,
    notifications: store.notifications,
    blobs: {
      ...blobs,
      check: () => {
        checks++
        return blobs.check()
      },
    },
    runner: createFakeRunner(),
    tempFolder: join(tmpdir(), 'koutu-attempts'),
    reserve: async () => () => {},
    concurrency: 2,
    timeoutMs: 60_000,
    outageTimeoutMs: 3_600_000,
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    observer: { jobEnded: ({ state }) => ended.push(state) },
    logger,
  })
  worker.start()
  await expect.poll(() => ended.length, { timeout: 60_000 }).toBeGreaterThan(1)
  await s3.kill()
  await expect.poll(() => worker.isHeldUp, { timeout: 60_000 }).toBe(true)
  // Seven seconds and more: three attempts of each job used to be over by then.
  await expect.poll(() => checks, { timeout: 60_000 }).toBeGreaterThanOrEqual(3)
  await s3.restart()
  const jobs = await Promise.all(ids.map((id) => store.jobs.wait(OWNER, id, { signal: AbortSignal.timeout(200_000) })))
  expect(jobs.map((job) => job?.state)).toEqual(Array(JOBS).fill('succeeded'))
  expect(ended).toEqual(Array(JOBS).fill('succeeded'))
  expect(lines).toEqual(['jobs wait: storage or database unavailable', 'storage and database are available again'])
  await worker.stop({ timeoutMs: 1_000 })
})
