// The page's end of a worker that never answers.

import type { CallMessage } from '@koutu/core/channel'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { AliveMessage } from '../messages.ts'
import { createClient, type OpenedWorker } from './client.ts'

/** The page's view of a worker, and what it is told. */
class FakeWorker {
  onmessage: ((event: { readonly data: unknown }) => void) | null = null
  onmessageerror: (() => void) | null = null
  onerror: ((event: { readonly message: string; preventDefault(): void }) => void) | null = null
  readonly messages: CallMessage[] = []
  isTerminated = false
  postMessage(message: CallMessage): void {
    this.messages.push(message)
  }
  terminate(): void {
    this.isTerminated = true
  }
  says(data: unknown): void {
    this.onmessage?.({ data })
  }
}

const ALIVE: AliveMessage = { type: 'alive', holdsLock: false }

let workers: FakeWorker[]
const open = async (): Promise<OpenedWorker> => {
  const worker = new FakeWorker()
  workers.push(worker)
  return { worker: worker as unknown as Worker, lifeLock: 'lock' }
}

beforeEach(() => {
  workers = []
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const options = {}
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'none',
    (error) => error.code,
  )

it('a worker that ends before it says that it lives fails its calls, and the next call starts another', async () => {
  const client = createClient(open, 1000)
  const calls = [codeOf(client.call('warm', { options })), codeOf(client.call('cached', { options }))]
  await vi.advanceTimersByTimeAsync(60_000)
  expect(await Promise.all(calls)).toEqual(['ENGINE_FAILED', 'ENGINE_FAILED'])
  expect(workers.map(({ isTerminated }) => isTerminated)).toEqual([true])
  const next = client.call('cached', { options })
  await vi.advanceTimersByTimeAsync(0)
  workers[1]!.says(ALIVE)
  workers[1]!.says({ type: 'answer', id: 0, answer: true })
  expect(await next).toBe(true)
})

it('a worker that lives may take as long as it needs', async () => {
  const client = createClient(open, 1000)
  const call = client.call('cached', { options })
  await vi.advanceTimersByTimeAsync(0)
  workers[0]!.says(ALIVE)
  await vi.advanceTimersByTimeAsync(3_600_000)
  workers[0]!.says({ type: 'answer', id: 0, answer: true })
  expect(await call).toBe(true)
  expect(workers[0]!.isTerminated).toBe(false)
})

it.each([
  [
    'that cannot be started',
    (worker: FakeWorker) => worker.onerror?.({ message: 'no such file', preventDefault() {} }),
  ],
  ['whose answer cannot be read', (worker: FakeWorker) => worker.onmessageerror?.()],
])('a worker %s fails its calls at once, and the next call starts another', async (_, fail) => {
  const client = createClient(open, 1000)
  const call = codeOf(client.call('cached', { options }))
  await vi.advanceTimersByTimeAsync(0)
  fail(workers[0]!)
  expect([await call, workers[0]!.isTerminated]).toEqual(['ENGINE_FAILED', true])
  void codeOf(client.call('cached', { options }))
  await vi.advanceTimersByTimeAsync(0)
  expect(workers).toHaveLength(2)
  client.close()
})

it('a client that is closed while its worker starts waits for nothing', async () => {
  const client = createClient(open, 1000)
  const call = codeOf(client.call('cached', { options }))
  client.close()
  await vi.advanceTimersByTimeAsync(0)
  expect([await call, workers[0]!.isTerminated, vi.getTimerCount()]).toEqual(['ABORTED', true, 0])
})
