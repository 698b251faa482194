import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createHeartbeat } from './heartbeat.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function watched() {
  let [asked, silences] = [0, 0]
  const heartbeat = createHeartbeat({
    intervalMs: 10,
    maxMissed: 2,
    maxMissedAtStart: 5,
    ask: () => asked++,
    onSilence: () => silences++,
  })
  return { heartbeat, counts: () => [asked, silences] }
}

it('asks while it is watched, and never otherwise', () => {
  const { heartbeat, counts } = watched()
  vi.advanceTimersByTime(1_000)
  const first = heartbeat.watch()
  const second = heartbeat.watch()
  heartbeat.beat()
  vi.advanceTimersByTime(10)
  first[Symbol.dispose]()
  vi.advanceTimersByTime(10)
  second[Symbol.dispose]()
  vi.advanceTimersByTime(1_000)
  expect(counts()).toEqual([2, 0])
})

it('reports silence once, later at the start', () => {
  const { heartbeat, counts } = watched()
  using _ = heartbeat.watch()
  vi.advanceTimersByTime(50)
  expect(counts()).toEqual([5, 0])
  vi.advanceTimersByTime(1_000)
  expect(counts()).toEqual([5, 1])
})

it('begins anew with each sign of life, and with each watch', () => {
  const { heartbeat, counts } = watched()
  {
    using _ = heartbeat.watch()
    heartbeat.beat()
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(20)
      heartbeat.beat()
    }
    vi.advanceTimersByTime(20)
    expect(counts()).toEqual([42, 0])
  }
  using _ = heartbeat.watch()
  vi.advanceTimersByTime(20)
  expect(counts()[1]).toBe(0)
  vi.advanceTimersByTime(10)
  expect(counts()[1]).toBe(1)
})
