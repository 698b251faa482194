import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createByteBudget } from './byte-budget.ts'

const MAX = 100

describe('a budget of bytes', () => {
  it('is never exceeded but by one alone, is entered in order, and lets everybody in', async () => {
    const ask = fc.record({ bytes: fc.nat(150), isAborted: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(ask, { maxLength: 30 }), fc.scheduler(), async (asks, scheduler) => {
        const budget = createByteBudget(MAX)
        const entered: number[] = []
        let running: number[] = []
        const calls = asks.map(async ({ bytes, isAborted }, i) => {
          const controller = new AbortController()
          const taking = budget.take(bytes, controller.signal)
          if (isAborted) controller.abort()
          const release = await taking.catch(() => null)
          if (!release) return
          entered.push(i)
          running.push(bytes)
          const total = running.reduce((sum, one) => sum + one, 0)
          expect(total <= MAX || running.filter((one) => one > 0).length === 1).toBe(true)
          await scheduler.schedule(Promise.resolve())
          running = running.toSpliced(running.indexOf(bytes), 1)
          release()
          release()
        })
        await scheduler.waitFor(Promise.all(calls))
        expect(entered).toEqual(entered.toSorted((a, b) => a - b))
        const wanted = asks.flatMap(({ isAborted }, i) => (isAborted ? [] : [i]))
        expect(entered).toEqual(expect.arrayContaining(wanted))
        expect((await budget.take(MAX)).length).toBe(0)
      }),
    )
  })

  it('lets those in first who end what others wait for', async () => {
    const budget = createByteBudget(MAX)
    const release = await budget.take(MAX)
    const order: string[] = []
    const enter = async (name: string, isNext: boolean) => {
      const leave = await budget.take(MAX, undefined, isNext)
      order.push(name)
      leave()
    }
    const all = [enter('a', false), enter('b', false), enter('c', true)]
    release()
    await Promise.all(all)
    expect(order).toEqual(['c', 'a', 'b'])
  })

  it('lets those in who waited behind one that gave up', async () => {
    const budget = createByteBudget(MAX)
    const release = await budget.take(60)
    const controller = new AbortController()
    const large = budget.take(MAX, controller.signal)
    const small = budget.take(40)
    controller.abort()
    await expect(large).rejects.toMatchObject({ code: 'ABORTED' })
    await small
    release()
  })
})
