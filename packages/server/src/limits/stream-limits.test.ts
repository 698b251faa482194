import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStreamLimits } from './stream-limits.ts'

const never = new AbortController().signal
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('downloads', () => {
  it('of one caller take turns in order, and never block another', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('a', 'b'), { maxLength: 40 }), async (callers) => {
        const limits = createStreamLimits({ maxDownloads: 2 })
        const open = { a: 0, b: 0 }
        const begun: number[] = []
        await Promise.all(
          callers.map(async (caller, i) => {
            const leave = await limits.download(caller, never)
            begun.push(i)
            expect(++open[caller]).toBeLessThanOrEqual(2)
            await turn()
            open[caller]--
            leave()
            leave()
          }),
        )
        for (const one of ['a', 'b'] as const) {
          const own = begun.filter((i) => callers[i] === one)
          expect(own).toEqual(own.toSorted((x, y) => x - y))
        }
        expect(begun).toHaveLength(callers.length)
      }),
      { numRuns: 50 },
    )
  })

  it('wait for a bounded time, in a bounded line, and leave it when they are aborted', async () => {
    const limits = createStreamLimits({ maxDownloads: 1, maxWaitingDownloads: 2, maxWaitMs: 1 })
    const leave = await limits.download('a', never)
    await expect(limits.download('a', never)).rejects.toMatchObject({ code: 'TOO_MANY_STREAMS' })
    const patient = createStreamLimits({ maxDownloads: 1, maxWaitingDownloads: 2 })
    const leaveFirst = await patient.download('a', never)
    const stop = new AbortController()
    const aborted = patient.download('a', stop.signal)
    const next = patient.download('a', never)
    await expect(patient.download('a', never)).rejects.toMatchObject({ code: 'TOO_MANY_STREAMS' })
    stop.abort()
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED' })
    leaveFirst()
    ;(await next)()
    leave()
    ;(await limits.download('a', never))()
  })
})

it('event streams are counted by caller', () => {
  const limits = createStreamLimits({ maxEvents: 2 })
  const leave = [limits.events('a'), limits.events('a')]
  expect(() => limits.events('a')).toThrow(expect.objectContaining({ code: 'TOO_MANY_STREAMS' }))
  limits.events('b')()
  leave[0]!()
  leave[0]!()
  limits.events('a')
  expect(() => limits.events('a')).toThrow(expect.objectContaining({ code: 'TOO_MANY_STREAMS' }))
})
