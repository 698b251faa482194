// How often a host hears of a call. By a clock of the test's own.

import type { ServerContext } from '@modelcontextprotocol/server'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { startProgress } from './progress.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('tells at once, then at least every 15 seconds, with a growing number, until the call ends', () => {
  const told: { progress: number; message: string }[] = []
  const notify = async ({ params }: { params: { progress: number; message: string } }) => {
    told.push(params)
  }
  const context = { mcpReq: { _meta: { progressToken: 1 }, notify } } as unknown as ServerContext
  const progress = startProgress(context, 'Reading the image')
  expect(told).toMatchObject([{ progress: 0, message: 'Reading the image' }])
  vi.advanceTimersByTime(15_000)
  expect(told).toHaveLength(2)
  progress.report(0.4, 'Finding the subject')
  vi.advanceTimersByTime(45_000)
  expect(told).toHaveLength(6)
  expect(told.at(-1)!.message).toBe('Finding the subject')
  for (let i = 1; i < told.length; i++) expect(told[i]!.progress).toBeGreaterThan(told[i - 1]!.progress)
  progress[Symbol.dispose]()
  vi.advanceTimersByTime(60_000)
  expect(told).toHaveLength(6)
})

it('tells nothing to a host that did not ask', () => {
  const notify = vi.fn()
  using progress = startProgress({ mcpReq: { notify } } as unknown as ServerContext, 'Reading the image')
  progress.report(0.5, 'Finding the subject')
  vi.advanceTimersByTime(60_000)
  expect(notify).not.toHaveBeenCalled()
})
