// Runners in processes of their own, which really die. What a worker makes of it is in tests-all/worker-retries.test.ts.

import { isKoutuError, resolveOptions } from '@koutu/core'
import { type ChannelUser, channelContract, type FakePicture, fakeCutout, fakePicture } from '@koutu/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Runner, RunRequest } from '../ports/ports.ts'
import { createProcessRunner } from './process-runner.ts'

const ENTRY = new URL('../../../../testing/dist/server/fake-runner-process.js', import.meta.url)
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
    ask: async (n, ctx) => Buffer.from((await user.run(request(picture(n)), ctx)).image as Uint8Array),
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

  it('is a crash, not a slow image, when it is frozen at a timeout', async () => {
    await using frozen = createProcessRunner({ entry: ENTRY, abortTimeoutMs: 50 })
    await frozen.warm({})
    const signal = () => AbortSignal.any([AbortSignal.timeout(300), new AbortController().signal])
    expect(await frozen.run(request({ sleepMs: 600_000 }), { signal: signal() }).catch(code)).toBe('ABORTED')
    const held = [{ isFrozen: true }, { sleepMs: 600_000 }].map((picture) =>
      frozen.run(request(picture), { signal: signal() }).catch(code),
    )
    expect(await Promise.all(held)).toEqual(['RUNNER_CRASHED', 'RUNNER_CRASHED'])
    expect((await frozen.run(request({}), {})).contentType).toBe('image/png')
  })

  it('is replaced when it is frozen, whatever time an image may take', async () => {
    await using frozen = createProcessRunner({ entry: ENTRY, heartbeatMs: 500 })
    await frozen.warm({})
    const held = [{ isFrozen: true }, { sleepMs: 600_000 }].map((picture) =>
      frozen.run(request(picture), {}).catch((error) => [code(error), error.message]),
    )
    for (const outcome of await Promise.all(held))
      expect(outcome).toEqual(['RUNNER_CRASHED', expect.stringMatching(/it was frozen$/)])
    expect((await frozen.run(request({}), {})).contentType).toBe('image/png')
  })

  it('runs a suspect alone, so that it takes nobody along', async () => {
    const other = runner.run(request({ name: 'other', sleepMs: 300 }), {})
    expect(await runner.run(request({ isDeadly: true }, true), {}).catch(code)).toBe('RUNNER_CRASHED')
    expect((await other).contentType).toBe('image/png')
  })
})
