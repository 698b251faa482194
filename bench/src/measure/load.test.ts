import { describe, expect, it } from 'vitest'
import { putLoad } from './load.ts'

describe('a load', () => {
  it('has as many requests under way as there are clients, each asking as often as it should', async () => {
    let [underWay, most, asked] = [0, 0, 0]
    const load = await putLoad(3, 4, async () => {
      asked++
      most = Math.max(most, ++underWay)
      await Promise.resolve()
      underWay--
    })
    expect([asked, most]).toEqual([12, 3])
    expect(load).toMatchObject({ clients: 3, answered: 12, failed: 0 })
    expect(load.latencyMs!.values).toHaveLength(12)
    expect(load.perSecond).toBeGreaterThan(0)
  })

  it('counts what failed, and leaves it out of the times', async () => {
    let asked = 0
    const odd = await putLoad(1, 5, async () => {
      if (asked++ % 2 === 1) throw new Error('refused')
    })
    expect(odd).toMatchObject({ answered: 3, failed: 2 })
    expect(odd.latencyMs!.values).toHaveLength(3)
    const none = await putLoad(2, 1, () => Promise.reject(new Error('gone')))
    expect(none).toEqual({ clients: 2, answered: 0, failed: 2, perSecond: 0, latencyMs: null })
  })
})
