import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Announcements, createAnnouncements, MAX_WINDOW_MS, MIN_WINDOW_MS } from './announcements.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A worker that finds what it is told to find, and waits for the whole of its window. */
function lone(found: () => boolean | null) {
  let looks = 0
  const announcements = createAnnouncements({
    async look() {
      looks++
      return found()
    },
    random: () => 1,
  })
  return { announcements, looks: () => looks }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

it('looks at once while it finds jobs', async () => {
  const { announcements, looks } = lone(() => true)
  for (let i = 1; i <= 3; i++) {
    announcements.queued(1)
    expect(looks()).toBe(i)
    await settle()
  }
})

it('waits longer each time it comes too late, up to a limit, and shorter once it finds jobs', async () => {
  let found = false
  const { announcements, looks } = lone(() => found)
  const waitedMs = async () => {
    const [before, start] = [looks(), Date.now()]
    announcements.queued(1)
    while (looks() === before) await vi.advanceTimersByTimeAsync(1)
    await settle()
    return Date.now() - start
  }
  const waits: number[] = []
  for (let i = 0; i < 9; i++) waits.push(await waitedMs())
  expect(waits).toEqual([0, 8, 16, 32, 64, 128, 256, 500, 500])
  found = true
  waits.length = 0
  for (let i = 0; i < 8; i++) waits.push(await waitedMs())
  expect(waits).toEqual([500, 250, 125, 62, 31, 15, 7, 0])
})

it('does not look where another worker has taken all that was announced', async () => {
  const { announcements, looks } = lone(() => false)
  announcements.queued(1)
  await settle()
  expect(looks()).toBe(1)
  announcements.queued(2)
  announcements.taken()
  await vi.advanceTimersByTimeAsync(MIN_WINDOW_MS)
  expect(looks()).toBe(2)
  announcements.queued(2)
  announcements.taken()
  announcements.taken()
  await vi.advanceTimersByTimeAsync(MAX_WINDOW_MS)
  expect(looks()).toBe(2)
})

it('learns nothing from a look that was none', async () => {
  const { announcements, looks } = lone(() => null)
  announcements.queued(1)
  await settle()
  announcements.queued(1)
  expect(looks()).toBe(2)
})

it('looks no more once disposed of', async () => {
  const { announcements, looks } = lone(() => false)
  announcements.queued(1)
  await settle()
  announcements.queued(1)
  announcements[Symbol.dispose]()
  await vi.advanceTimersByTimeAsync(MAX_WINDOW_MS)
  expect(looks()).toBe(1)
})

describe('a crowd of idle workers', () => {
  const DELIVERY_MS = 10
  const JOBS = 200

  /** Jobs one after the other among idle workers, each of which takes what it finds. Repeatable. */
  async function run(count: number, everyMs: number) {
    let seed = 1
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return seed / 2_147_483_647
    }
    let [queued, looks, waitedMs, queuedAtMs] = [0, 0, 0, 0]
    const tellAll = (tell: (one: Announcements) => void) =>
      setTimeout(() => {
        for (const one of crowd) tell(one)
      }, DELIVERY_MS)
    const crowd: Announcements[] = Array.from({ length: count }, () =>
      createAnnouncements({
        async look() {
          looks++
          if (queued === 0) return false
          queued--
          waitedMs += Date.now() - queuedAtMs
          tellAll((one) => one.taken())
          return true
        },
        random,
      }),
    )
    for (let i = 0; i < JOBS; i++) {
      queued++
      queuedAtMs = Date.now()
      tellAll((one) => one.queued(1))
      await vi.advanceTimersByTimeAsync(everyMs)
    }
    return { left: queued, looksPerJob: looks / JOBS, waitMs: waitedMs / JOBS - DELIVERY_MS }
  }

  it.each([1, 2, 4, 16, 64, 128])('of %i looks a few times for each job, and soon', async (count) => {
    const { left, looksPerJob, waitMs } = await run(count, 1000)
    expect(left).toBe(0)
    // The first job wakes all.
    expect(looksPerJob).toBeLessThan(count / JOBS + 8)
    expect(waitMs).toBeLessThan(30)
  })
})
