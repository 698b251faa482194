import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTurns } from './turns.ts'

/** Turns that the test takes by hand. */
function byHand(maxCost: number) {
  const scheduled: (() => void)[] = []
  const turns = createTurns(maxCost, (run) => void scheduled.push(run))
  const next = async (): Promise<boolean> => {
    const run = scheduled.shift()
    run?.()
    await Promise.resolve()
    return run !== undefined
  }
  return { turns, next, scheduled }
}

describe('turns of the event loop', () => {
  it('let lone work pass without a wait, whatever it costs', () => {
    const { turns } = byHand(1_000)
    expect(turns.take(1e6)).toBeUndefined()
  })

  it('are needed by much small work, too', () => {
    const { turns } = byHand(10)
    const waits = Array.from({ length: 20 }, () => turns.take(1))
    expect(waits.filter((wait) => wait === undefined)).toHaveLength(10)
  })

  it('let a caller who asks for little pass one who asks for much', async () => {
    const { turns, next } = byHand(10)
    const admitted: string[] = []
    const take = (caller: string) => void (turns.take(1, caller) ?? Promise.resolve()).then(() => admitted.push(caller))
    for (let i = 0; i < 100; i++) take('many')
    take('few')
    take('few')
    while (admitted.length < 15) expect(await next()).toBe(true)
    expect(admitted.slice(10, 15)).toEqual(['many', 'few', 'many', 'few', 'many'])
    while (await next());
    expect(admitted).toHaveLength(102)
  })

  it('work on no more than the budget, in the order of arrival, and let everything through', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(40_000), { maxLength: 60 }),
        fc.integer({ min: 1, max: 60_000 }),
        async (costs, budget) => {
          const { turns, next, scheduled } = byHand(budget)
          const admitted: number[] = []
          const all = costs.map((cost, i) => (turns.take(cost) ?? Promise.resolve()).then(() => void admitted.push(i)))
          const check = (from: number): void => {
            const cost = admitted.slice(from).reduce((sum, i) => sum + costs[i]!, 0)
            expect(admitted.length - from <= 1 || cost <= budget).toBe(true)
          }
          await Promise.resolve()
          check(0)
          for (let from = admitted.length; await next(); from = admitted.length) check(from)
          await Promise.all(all)
          expect(admitted).toEqual(costs.map((_, i) => i))
          expect(scheduled).toEqual([])
        },
      ),
    )
  })
})
