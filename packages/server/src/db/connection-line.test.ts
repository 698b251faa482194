import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createConnectionLine } from './connection-line.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Work that ends when it is told to, and what has begun. */
function slowWork(max: number) {
  const line = createConnectionLine(max)
  const begun: number[] = []
  const ends: (() => void)[] = []
  const run = (id: number) =>
    line.run(async () => {
      begun.push(id)
      await new Promise<void>((resolve) => ends.push(resolve))
      return id
    })
  const endOne = async () => {
    ends.shift()!()
    await vi.advanceTimersByTimeAsync(0)
  }
  return { line, run, begun, endOne }
}

it('runs so many at once, and the others in the order in which they came', async () => {
  const { run, begun, endOne } = slowWork(2)
  const results = Promise.all([1, 2, 3, 4].map(run))
  expect(begun).toEqual([1, 2])
  await endOne()
  expect(begun).toEqual([1, 2, 3])
  for (let i = 0; i < 3; i++) await endOne()
  expect(await results).toEqual([1, 2, 3, 4])
})

it('lets a long line wait while it moves, however long that takes', async () => {
  const { run, endOne } = slowWork(1)
  const results = Promise.all(Array.from({ length: 100 }, (_, i) => run(i)))
  for (let i = 0; i < 100; i++) {
    await vi.advanceTimersByTimeAsync(9_000)
    await endOne()
  }
  expect(await results).toHaveLength(100)
})

it('fails all that wait when nothing has moved for a while, and goes on afterwards', async () => {
  const { run, begun, endOne } = slowWork(1)
  const first = run(1)
  const late = Promise.allSettled([run(2), run(3)])
  await vi.advanceTimersByTimeAsync(10_000)
  expect(await late).toMatchObject([
    { status: 'rejected', reason: { code: 'DATABASE_UNAVAILABLE' } },
    { status: 'rejected', reason: { code: 'DATABASE_UNAVAILABLE' } },
  ])
  const fourth = run(4)
  await endOne()
  await endOne()
  expect([await first, await fourth]).toEqual([1, 4])
  expect(begun).toEqual([1, 4])
})

it('gives the place of what has failed to the next', async () => {
  const { line } = slowWork(1)
  await expect(line.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
  expect(await line.run(async () => 'next')).toBe('next')
})
