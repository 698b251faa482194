// What a worker makes of images that fail or end their process: how often it tries them, and what happens to the others.

import { createFakeRunner, type FakePicture, openStoreKit, type StoreKit } from '@koutu/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Runner } from '../packages/server/src/ports/ports.ts'
import { createProcessRunner } from '../packages/server/src/worker/process-runner.ts'

const ENTRY = new URL('../testing/dist/server/fake-runner-process.js', import.meta.url)
const OWNER = { id: 'ann' }

let runner: Runner
beforeAll(() => {
  runner = createProcessRunner({ entry: ENTRY })
})
afterAll(() => runner[Symbol.asyncDispose]())

describe('a worker', () => {
  let kit: StoreKit
  beforeAll(async () => {
    kit = await openStoreKit({ type: 'memory' })
  })
  afterAll(() => kit[Symbol.asyncDispose]())
  beforeEach(() => kit.reset())

  const submit = async (picture: FakePicture) =>
    (await kit.store.jobs.submit(OWNER, { jobs: [await kit.upload(picture)], isBatch: false })).jobs[0]!.id
  const wait = (id: string) => kit.store.jobs.wait(OWNER, id, { signal: new AbortController().signal })

  it('fails an image that ends its process three times, and everything beside it succeeds', async () => {
    const worker = kit.worker(runner, { concurrency: 3 })
    worker.start()
    const deadly = await submit({ isDeadly: true })
    const others = [await submit({ name: 1, sleepMs: 200 }), await submit({ name: 2, sleepMs: 200 })]
    const later = await submit({ name: 3 })
    expect(await wait(deadly)).toMatchObject({
      state: 'failed',
      attempts: 3,
      error: {
        code: 'JOB_CRASHED_REPEATEDLY',
        data: { count: 3, code: 'RUNNER_CRASHED' },
        message: expect.stringContaining('SIGKILL'),
      },
    })
    for (const id of [...others, later]) expect((await wait(id)).state).toBe('succeeded')
    expect(kit.blobs.keys).toContain(`jobs/${deadly}/input`)
    await worker.stop({ timeoutMs: 1000 })
  })

  it.each([
    'ENGINE_BUSY',
    // The files of a model are no fault of the image.
    'MODEL_INVALID',
  ] as const)('tries again what may pass (%s), three times, and then tells the error itself', async (error) => {
    const fake = createFakeRunner()
    const worker = kit.worker(fake)
    worker.start()
    const id = await submit({ error })
    expect(await wait(id)).toMatchObject({ state: 'failed', attempts: 3, error: { code: error } })
    expect(fake.calls.map(({ isIsolated }) => isIsolated)).toEqual([false, false, false])
    await worker.stop({ timeoutMs: 1000 })
  })
})
