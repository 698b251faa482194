// Runners in processes of their own, which really die, and what a worker makes of it.

import { isKoutuError, resolveOptions } from '@koutu/core'
import {
  type ChannelUser,
  channelContract,
  createFakeRunner,
  type FakePicture,
  fakeCutout,
  fakePicture,
  openStoreKit,
  type StoreKit,
} from '@koutu/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Runner, RunRequest } from '../ports/ports.ts'
import { createProcessRunner } from './process-runner.ts'

const ENTRY = new URL('../../../../testing/dist/server/fake-runner-process.js', import.meta.url)
const OWNER = { id: 'ann' }
const code = (error: unknown) => (isKoutuError(error) ? error.code : error)

const request = (picture: FakePicture, isIsolated = false): RunRequest => ({
  input: fakePicture(picture),
  options: resolveOptions({}),
  isIsolated,
})

channelContract('a process runner', async (): Promise<ChannelUser> => {
  const user = createProcessRunner({ entry: ENTRY })
  const picture = (n: number): FakePicture => ({ name: n, sleepMs: n % 7 })
  return {
    ask: async (n, ctx) => Buffer.from((await user.run(request(picture(n)), ctx)).image),
    answerTo: (n) => Buffer.from(fakeCutout(fakePicture(picture(n)))),
    refuse: () => user.run(request({ error: 'IMAGE_CORRUPT', data: { at: [1, 2] } }), {}),
    refusal: { code: 'IMAGE_CORRUPT', data: { at: [1, 2] } },
    die: () => user.run(request({ isDeadly: true }), {}),
    loss: 'RUNNER_CRASHED',
    [Symbol.asyncDispose]: () => user[Symbol.asyncDispose](),
  }
})

let runner: Runner
beforeAll(() => {
  runner = createProcessRunner({ entry: ENTRY })
})
afterAll(() => runner[Symbol.asyncDispose]())

describe('a runner in a process', () => {
  it('passes progress on, and stops on a signal', async () => {
    const seen: number[] = []
    const onEvent = (event: { type: string; fraction?: number }) =>
      event.type === 'progress' && seen.push(event.fraction!)
    expect(await runner.run(request({ progress: [0.2, 0.7], error: 'IMAGE_CORRUPT' }), { onEvent }).catch(code)).toBe(
      'IMAGE_CORRUPT',
    )
    expect(seen).toEqual([0.2, 0.7])
    const controller = new AbortController()
    const running = runner.run(request({ sleepMs: 600_000 }), { signal: controller.signal }).catch(code)
    controller.abort()
    expect(await running).toBe('ABORTED')
    expect(await runner.run(request({}), { signal: controller.signal }).catch(code)).toBe('ABORTED')
  })

  it('is replaced when it does not answer an abort', async () => {
    await using frozen = createProcessRunner({ entry: ENTRY, abortTimeoutMs: 50 })
    await frozen.warm({})
    const other = frozen.run(request({ sleepMs: 600_000 }), {}).catch(code)
    const aborting = new AbortController()
    const held = frozen.run(request({ isFrozen: true }), { signal: aborting.signal }).catch(code)
    aborting.abort()
    expect(await held).toBe('ABORTED')
    expect(await other).toBe('RUNNER_CRASHED')
    expect((await frozen.run(request({}), {})).contentType).toBe('image/png')
  })

  it('runs a suspect alone, so that it takes nobody along', async () => {
    const other = runner.run(request({ name: 'other', sleepMs: 300 }), {})
    expect(await runner.run(request({ isDeadly: true }, true), {}).catch(code)).toBe('RUNNER_CRASHED')
    expect((await other).contentType).toBe('image/png')
  })
})

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

  it('tries again what may pass, three times, and then tells the error itself', async () => {
    const fake = createFakeRunner()
    const worker = kit.worker(fake)
    worker.start()
    const id = await submit({ error: 'ENGINE_BUSY' })
    expect(await wait(id)).toMatchObject({ state: 'failed', attempts: 3, error: { code: 'ENGINE_BUSY' } })
    expect(fake.calls.map(({ isIsolated }) => isIsolated)).toEqual([false, false, false])
    await worker.stop({ timeoutMs: 1000 })
  })
})
