import { expect, it } from 'vitest'
import { createClockWatch } from './clock-watch.ts'

it('a clock that is set back is told once, and one that runs, drifts or is set forward never', () => {
  let [now, monotonic] = [1e12, 0]
  const isSetBack = createClockWatch(
    () => now,
    () => monotonic,
  )
  const pass = (ms: number, setBy = 0) => {
    monotonic += ms
    now += ms + setBy
    return isSetBack()
  }
  expect(pass(2_000)).toBe(false)
  expect(pass(3_600_000)).toBe(false)
  expect(pass(2_000, -3_600_000)).toBe(true)
  expect(pass(2_000)).toBe(false)
  expect(pass(2_000, 3_600_000)).toBe(false)
  for (let i = 0; i < 100; i++) expect(pass(2_000, -500)).toBe(false)
  expect(pass(2_000, -60_000)).toBe(true)
})
