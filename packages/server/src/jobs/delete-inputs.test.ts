// A server that keeps no inputs: they go as soon as their job has ended, however it ends.

import { KoutuError } from '@koutu/core'
import { createFakeRunner, fakeCutout, openStoreKit, type StoreKit } from '@koutu/testing'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { backgroundKey } from './job-keys.ts'

const OWNER = { id: 'ann' }
let kit: StoreKit
beforeAll(async () => {
  kit = await openStoreKit({ type: 'memory' }, { deletesInputs: true })
})
afterAll(() => kit[Symbol.asyncDispose]())
beforeEach(() => kit.reset())

async function submit(): Promise<string> {
  const job = await kit.upload({})
  const background = await kit.blobs.put(backgroundKey(job.id), new Uint8Array(3), { contentType: 'image/png' })
  await kit.store.jobs.submit(OWNER, { jobs: [{ ...job, background }], isBatch: false })
  return job.id
}

it('deletes input and background with the end of their job, and keeps the result', async () => {
  const id = await submit()
  const worker = kit.worker(createFakeRunner())
  worker.start()
  await kit.store.jobs.wait(OWNER, id, { signal: AbortSignal.timeout(20_000) })
  await expect.poll(() => kit.blobs.keys).toEqual([`jobs/${id}/result-1`])
  await worker.stop({ timeoutMs: 1_000 })
  expect(await kit.store.jobs.retry(OWNER, id)).toMatchObject({ state: 'succeeded' })
  await kit.blobs.put(`jobs/${id}/result-1`, fakeCutout(new Uint8Array()), { contentType: 'image/png' })
  await expect(kit.store.jobs.retry(OWNER, id)).rejects.toMatchObject({ code: 'INPUT_NOT_FOUND' })
})

it('keeps the input of a job that is tried again, and deletes that of one that fails', async () => {
  await submit()
  const [first] = await kit.store.work.take(1)
  await kit.store.work.giveBack(first!)
  expect(kit.blobs.keys).toHaveLength(2)
  const [second] = await kit.store.work.take(1)
  await kit.store.work.fail(second!, new KoutuError('IMAGE_CORRUPT'))
  expect(kit.blobs.keys).toEqual([])
})

it('leaves to the sweeper what the end could not delete, and canceled jobs', async () => {
  const [canceled, ended] = [await submit(), await submit()]
  await kit.store.jobs.cancel(OWNER, canceled)
  const [attempt] = await kit.store.work.take(1)
  // As when the process is killed right after the job has ended.
  await kit.store.database.query(`update koutu.job set state = 'failed', ended_at = now() where id = $1`, [ended])
  expect(attempt!.job.id).toBe(ended)
  expect(kit.blobs.keys).toHaveLength(4)
  expect(await kit.store.sweeper.sweep()).toMatchObject({ inputs: 2 })
  expect(kit.blobs.keys).toEqual([])
  expect(await kit.store.sweeper.sweep()).toMatchObject({ inputs: 0 })
})
