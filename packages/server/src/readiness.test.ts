// Readiness while what it asks about fails, is frozen or is full.

import { KoutuError } from '@koutu/core'
import { afterEach, expect, it, vi } from 'vitest'
import { type Checked, readiness } from './readiness.ts'

afterEach(() => {
  vi.useRealTimers()
})

const frozen = () => new Promise<never>(() => {})
const failing = () => Promise.reject(new KoutuError('STORAGE_FAILED'))
const well: Checked = {
  jobs: { stats: async () => ({ queued: 4, running: 1, maxQueued: 5 }) },
  blobs: { check: async () => {} },
  warmth: { isDone: true },
  worker: { isHeldUp: false },
  maxQueued: 5,
}
const failed = (checks: Awaited<ReturnType<typeof readiness>>) =>
  checks.filter(({ isOk }) => !isOk).map(({ name }) => name)

it.each<[string, Partial<Checked>, string[]]>([
  ['nothing is missing', {}, []],
  ['the model is not loaded', { warmth: { isDone: false } }, ['model']],
  ['the store fails', { blobs: { check: failing } }, ['storage']],
  ['the database fails', { jobs: { stats: failing } }, ['database', 'queue']],
  ['the queue is full', { maxQueued: 4 }, ['queue']],
  ['jobs wait for the end of an outage', { worker: { isHeldUp: true } }, ['worker']],
])('%s', async (_, part, names) => {
  expect(failed(await readiness({ ...well, ...part }))).toEqual(names)
})

it('does not wait for what is frozen: two seconds for all of it together', async () => {
  vi.useFakeTimers()
  let answer: Awaited<ReturnType<typeof readiness>> | undefined
  void readiness({ ...well, jobs: { stats: frozen }, blobs: { check: frozen } }).then((checks) => {
    answer = checks
  })
  await vi.advanceTimersByTimeAsync(1_999)
  expect(answer).toBeUndefined()
  await vi.advanceTimersByTimeAsync(1)
  expect(failed(answer!)).toEqual(['database', 'storage', 'queue'])
})
