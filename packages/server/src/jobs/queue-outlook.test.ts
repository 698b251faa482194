import { describe, expect, it } from 'vitest'
import { createQueueOutlook, paceOf, secondsToEnd } from './queue-outlook.ts'

const span = (start: number, end: number) => ({ startMs: start * 1000, endMs: end * 1000 })

describe('the pace of recent jobs', () => {
  it('is unknown without jobs', () => {
    expect(paceOf([])).toBeNull()
  })

  it('counts the time in which anything ran, once', () => {
    // Two at a time, each for 4 s: one ends every 2 s.
    const pair = [span(0, 4), span(0, 4), span(4, 8), span(4, 8)]
    expect(paceOf(pair)).toEqual({ secondsPerJob: 2, runningSeconds: 4 })
    // Hours of idleness between them change nothing, nor does the order.
    const later = [span(7204, 7208), span(7200, 7204), span(7204, 7208), span(7200, 7204)]
    expect(paceOf([...later, ...pair])).toEqual({ secondsPerJob: 2, runningSeconds: 4 })
  })

  it('bears a clock that was set back within a job', () => {
    expect(paceOf([span(10, 5)])).toEqual({ secondsPerJob: 0, runningSeconds: 0 })
  })
})

describe('the time until a job has ended', () => {
  it('is that of the jobs before it, and its own', () => {
    const pace = { secondsPerJob: 2, runningSeconds: 4 }
    expect([1, 2, 10].map((position) => secondsToEnd(position, 0, pace))).toEqual([6, 8, 24])
    // Idle workers take it at once.
    expect([1, 2, 3].map((position) => secondsToEnd(position, 2, pace))).toEqual([4, 4, 6])
  })

  it('agrees with a queue that is played out', () => {
    const [slots, runningSeconds, count] = [4, 6, 40]
    const free = Array.from({ length: slots }, () => 0)
    for (let position = 1; position <= count; position++) {
      free.sort((a, b) => a - b)
      free[0]! += runningSeconds
      const estimate = secondsToEnd(position, slots, { secondsPerJob: runningSeconds / slots, runningSeconds })
      expect(Math.abs(estimate - free[0]!)).toBeLessThanOrEqual(runningSeconds)
    }
  })

  it('is read from the database once a second, however many ask', async () => {
    let [queries, nowMs] = [0, 1e6]
    const outlook = createQueueOutlook({
      database: {
        async query() {
          queries++
          return []
        },
      },
      nowMs: () => nowMs,
      concurrency: 1,
    })
    const ask = () => outlook.of({ id: 'a', state: 'queued', startedAt: null })
    expect(await Promise.all([ask(), ask()])).toEqual([1, 1].map((position) => ({ position, secondsLeft: null })))
    await ask()
    const once = queries
    // Also when the clock has been set back.
    for (const step of [1_000, -5_000]) {
      nowMs += step
      await ask()
    }
    expect(queries).toBe(3 * once)
    outlook.queued(['b', 'c'], 7)
    expect(await outlook.of({ id: 'c', state: 'queued', startedAt: null })).toMatchObject({ position: 8 })
  })
})
