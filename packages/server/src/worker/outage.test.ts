// When workers stop claiming, and when they go on, by a clock that is set by hand.

import { KoutuError } from '@koutu/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOutage, Outage, outagePauseSeconds } from './outage.ts'

const failed = new KoutuError('STORAGE_FAILED', { detail: 'ECONNREFUSED' })

function atHand() {
  const lines: string[] = []
  const state = { nowMs: 0, isDown: true, checks: 0 }
  const log = (_: object, message: string) => lines.push(message)
  const outage = new Outage({
    monotonicMs: () => state.nowMs,
    logger: { info: log, warn: log, error: log },
    random: () => 0.5,
    async check() {
      state.checks++
      if (state.isDown) throw failed
    },
  })
  return { outage, state, lines }
}

describe('an outage', () => {
  it('allows everything before it, nothing during it, one job to try, and everything after', async () => {
    const { outage, state, lines } = atHand()
    expect(await outage.allow(4, 2)).toBe(4)
    outage.begin(failed)
    expect(outage.isActive).toBe(true)
    expect(await outage.allow(4, 0)).toBe(0)
    expect(state.checks).toBe(0)
    state.nowMs = 1_000
    expect(await outage.allow(4, 0)).toBe(0)
    state.isDown = false
    state.nowMs = 3_000
    expect(await outage.allow(4, 1)).toBe(0)
    expect(await outage.allow(4, 0)).toBe(1)
    expect(await outage.allow(0, 0)).toBe(0)
    outage.end()
    expect(await outage.allow(4, 1)).toBe(4)
    expect(lines).toEqual(['jobs wait: storage or database unavailable', 'storage and database are available again'])
  })

  it('tries again after pauses that double up to a minute, and is logged once', async () => {
    const { outage, state, lines } = atHand()
    // All jobs of one moment.
    for (let job = 0; job < 4; job++) outage.begin(failed)
    const tries: number[] = []
    for (; state.nowMs < 400_000; state.nowMs += 1_000) {
      const before = state.checks
      await outage.allow(4, 0)
      if (state.checks > before) tries.push(state.nowMs / 1000)
    }
    expect(tries).toEqual([1, 3, 7, 15, 31, 63, 123, 183, 243, 303, 363])
    expect(lines).toHaveLength(1)
  })

  it('goes on after a trial job that fails again', async () => {
    const { outage, state, lines } = atHand()
    state.isDown = false
    outage.begin(failed)
    state.nowMs = 1_000
    expect(await outage.allow(4, 0)).toBe(1)
    outage.begin(failed)
    expect(await outage.allow(4, 0)).toBe(0)
    state.nowMs = 3_000
    expect(await outage.allow(4, 0)).toBe(1)
    expect(lines).toHaveLength(1)
  })
})

it.each([
  ['STORAGE_FAILED', 0],
  ['DATABASE_UNAVAILABLE', 0],
  ['STORAGE_FULL', 120_001],
] as const)('without a job to try, the end of %s is seen after %i ms', (code, ms) => {
  const { outage, state } = atHand()
  outage.begin(new KoutuError(code))
  if (ms > 0) {
    state.nowMs = ms - 1
    outage.pass()
    expect(outage.isActive).toBe(true)
  }
  state.nowMs = ms
  outage.pass()
  expect(outage.isActive).toBe(false)
})

it('a job is held up for a second to a minute and a quarter, longer the longer it has waited', () => {
  fc.assert(
    fc.property(fc.nat(86_400_000), fc.double({ min: 0, max: 1, noNaN: true }), (heldUpMs, random) => {
      const seconds = outagePauseSeconds(heldUpMs, () => random)
      expect(seconds).toBeGreaterThanOrEqual(1)
      expect(seconds).toBeLessThanOrEqual(75)
      expect(outagePauseSeconds(heldUpMs + 60_000, () => random)).toBeGreaterThanOrEqual(seconds)
    }),
  )
})

it.each([
  ['STORAGE_FAILED', true],
  ['STORAGE_FULL', true],
  ['DATABASE_UNAVAILABLE', true],
  ['BLOB_DAMAGED', false],
  ['JOB_TIMEOUT', false],
  ['RUNNER_CRASHED', false],
] as const)('%s: %s', (code, expected) => {
  expect(isOutage(new KoutuError(code))).toBe(expected)
})
