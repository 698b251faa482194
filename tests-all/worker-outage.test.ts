// A worker whose store goes away: no image is blamed, jobs wait, and go on by themselves.

import { KoutuError } from '@koutu/core'
import { createFakeRunner, type FakePicture, type FakeRunner, openStoreKit, type StoreKit } from '@koutu/testing'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Worker, WorkerDeps } from '../packages/server/src/worker/worker.ts'

const OWNER = { id: 'ann' }
let kit: StoreKit
let worker: Worker
let lines: string[] = []

beforeAll(async () => {
  kit = await openStoreKit({ type: 'memory' })
})
afterAll(() => kit[Symbol.asyncDispose]())
beforeEach(async () => {
  await kit.reset()
  lines = []
})
afterEach(async () => {
  kit.blobs.failWith(null)
  await worker.stop({ timeoutMs: 1000 })
})

const submit = async (picture: FakePicture = {}) =>
  (await kit.store.jobs.submit(OWNER, { jobs: [await kit.upload(picture)], isBatch: false })).jobs[0]!.id
const get = (id: string) => kit.store.jobs.get(OWNER, id)
const wait = (id: string) => kit.store.jobs.wait(OWNER, id, { signal: new AbortController().signal })
const log = (_: object, message: string) => {
  if (/avail/.test(message)) lines.push(message)
}

function start(more: Partial<WorkerDeps> = {}): FakeRunner {
  const runner = createFakeRunner()
  worker = kit.worker(runner, {
    nowMs: Date.now,
    monotonicMs: () => performance.now(),
    logger: { info: log, warn: log, error: log },
    ...more,
  })
  worker.start()
  return runner
}

it('fails no job, tries few, says so once, and goes on', async () => {
  const ids = [
    await submit({ name: 1 }),
    await submit({ name: 2 }),
    await submit({ name: 3 }),
    await submit({ name: 4 }),
  ]
  kit.blobs.failWith(new KoutuError('STORAGE_FAILED'))
  const runner = start()
  await expect.poll(() => kit.blobs.failures, { timeout: 20_000 }).toBeGreaterThanOrEqual(3)
  expect(worker.isHeldUp).toBe(true)
  const states = await Promise.all(ids.map(async (id) => (await get(id))!))
  // Two ran side by side when it began. Then the store was asked, and no other job was begun.
  expect(states.map(({ attempts }) => attempts)).toEqual([1, 1, 0, 0])
  for (const job of states) expect(job).toMatchObject({ state: 'queued', error: null })
  expect(runner.calls).toEqual([])
  expect(lines).toEqual(['jobs wait: storage or database unavailable'])
  kit.blobs.failWith(null)
  for (const id of ids) expect(await wait(id)).toMatchObject({ state: 'succeeded' })
  expect(worker.isHeldUp).toBe(false)
  expect(lines).toEqual(['jobs wait: storage or database unavailable', 'storage and database are available again'])
})

it('fails a job with its own error after the outage timeout', async () => {
  const id = await submit()
  kit.blobs.failWith(new KoutuError('STORAGE_FULL'))
  start({ outageTimeoutMs: 0 })
  expect(await wait(id)).toMatchObject({ state: 'failed', attempts: 2, error: { code: 'STORAGE_FULL' } })
})
