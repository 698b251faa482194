import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMemoryBudget } from './memory-budget.ts'

describe('the memory budget', () => {
  it('is never exceeded, except by one picture that is larger than all of it, and lets everybody in', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 30 }), async (sizes) => {
        const budget = createMemoryBudget(100)
        const held = new Set<number>()
        const order: number[] = []
        await Promise.all(
          sizes.map(async (bytes, i) => {
            const release = await budget.acquire(bytes)
            order.push(i)
            held.add(i)
            const used = [...held].reduce((sum, j) => sum + sizes[j]!, 0)
            expect(used <= 100 || held.size === 1).toBe(true)
            expect(budget.usedBytes).toBeGreaterThanOrEqual(used)
            await new Promise((resolve) => setImmediate(resolve))
            held.delete(i)
            release()
            release()
          }),
        )
        expect(order).toEqual(sizes.map((_, i) => i))
        expect(budget.usedBytes).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  it('lets go of who stops waiting, and of who waited behind it', async () => {
    const budget = createMemoryBudget(100)
    const first = await budget.acquire(60)
    const stop = new AbortController()
    const large = budget.acquire(90, { signal: stop.signal })
    const small = budget.acquire(40)
    stop.abort()
    await expect(large).rejects.toMatchObject({ code: 'ABORTED' })
    const second = await small
    expect(budget.usedBytes).toBe(100)
    first()
    second()
    expect(budget.usedBytes).toBe(0)
    await expect(budget.acquire(1, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' })
  })

  it('sends away who has waited too long, and who cannot wait', async () => {
    const budget = createMemoryBudget(100)
    const first = await budget.acquire(60)
    expect(budget.tryAcquire(41)).toBeNull()
    const second = budget.tryAcquire(40)!
    await expect(budget.acquire(1, { maxWaitMs: 1 })).rejects.toMatchObject({ code: 'SERVER_BUSY' })
    const waiting = budget.acquire(70)
    second()
    // Nobody passes those who wait.
    expect(budget.tryAcquire(1)).toBeNull()
    first()
    ;(await waiting)()
    expect(budget.usedBytes).toBe(0)
  })
})
