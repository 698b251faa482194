import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createResultMemories } from './result-memory.ts'

/** A third of the memory that there is. */
const MAX = 100
const memories = () => createResultMemories(4, 3 * MAX)

/** What becomes of an image: aborted while it waits, left as pixels, or encoded at once, or after its caller did something else. */
const FATES = ['aborted', 'pixels', 'file', 'later'] as const

describe('the memory of results', () => {
  it('is never exceeded but by one alone, and every image comes to its end', async () => {
    const image = fc.record({
      cutting: fc.integer({ min: 1, max: 120 }),
      encoding: fc.integer({ min: 1, max: 150 }),
      fate: fc.constantFrom(...FATES),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(image, { maxLength: 12 }), fc.scheduler(), async (images, scheduler) => {
        const { open } = memories()
        const alive = new Map<number, number>()
        const live = (i: number, bytes: number) => {
          alive.set(i, bytes)
          const sum = [...alive.values()].reduce((total, one) => total + one, 0)
          expect(sum <= MAX || alive.size === 1).toBe(true)
        }
        const other = () => scheduler.schedule(Promise.resolve())
        const calls = images.map(async ({ cutting, encoding, fate }, i) => {
          const cut = open()
          const controller = new AbortController()
          const taking = cut.take(cutting, controller.signal)
          if (fate === 'aborted') {
            controller.abort()
            await taking.catch(() => {})
            return cut.release()
          }
          await taking
          live(i, cutting)
          await other()
          const file = fate === 'file' ? cut : open(true)
          if (fate !== 'file' || encoding > cutting) alive.delete(i)
          if (file !== cut) cut.release()
          if (fate === 'pixels') return
          if (fate === 'later') await other()
          await file.take(encoding)
          live(i, Math.max(encoding, fate === 'file' ? cutting : 0))
          await other()
          alive.delete(i)
          file.release()
        })
        await scheduler.waitFor(Promise.all(calls))
        // All of it is free again.
        await Promise.all([open().take(MAX / 2), open().take(MAX / 2)])
      }),
    )
  })

  it('goes to results that exist before images that are still to be cut out', async () => {
    const { open } = memories()
    const first = open()
    await first.take(80)
    const order: string[] = []
    const waiting = open()
      .take(50)
      .then(() => order.push('cut'))
    const file = open(true)
    const encoded = file.take(60).then(() => order.push('file'))
    first.release()
    await encoded
    file.release()
    await waiting
    expect(order).toEqual(['file', 'cut'])
  })

  it('that was released before it was there is given back', async () => {
    const { open } = memories()
    const first = open()
    await first.take(MAX)
    const dropped = open()
    const late = dropped.take(MAX)
    dropped.release()
    first.release()
    await late
    await open().take(MAX)
  })

  it('grows with the images in progress and with the memory of the machine', async () => {
    const fits = async (images: number, memoryBytes: number, bytes: number) => {
      const { open } = createResultMemories(images, memoryBytes)
      await open().take(bytes)
      const second = open().take(bytes)
      return Promise.race([second.then(() => true), new Promise((resolve) => setImmediate(resolve, false))])
    }
    const GB = 1e9
    const MP = 1e6
    // Two photos of 12 megapixels as WebP, one of 27.
    expect(await fits(4, 16 * GB, 12 * MP * 33)).toBe(true)
    expect(await fits(4, 16 * GB, 27 * MP * 33)).toBe(false)
    expect(await fits(12, 16 * GB, 27 * MP * 33)).toBe(true)
    expect(await fits(12, 2 * GB, 27 * MP * 33)).toBe(false)
    expect(await fits(Number.POSITIVE_INFINITY, 16 * GB, 12 * MP * 33)).toBe(true)
    expect(await fits(Number.POSITIVE_INFINITY, 16 * GB, 27 * MP * 33)).toBe(false)
  })
})
