import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { linearScale, logScale } from './scale.ts'

const positive = fc.double({ min: 1e-3, max: 1e7, noNaN: true })

describe('a linear scale', () => {
  it('ends at a round number', () => {
    expect(linearScale(2375).ticks).toEqual([0, 500, 1000, 1500, 2000, 2500])
    expect(linearScale(0.9).ticks).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    expect(linearScale(0).ticks.at(-1)).toBe(1)
  })

  it('holds every number up to its end, and shares evenly', () => {
    fc.assert(
      fc.property(positive, (max) => {
        const { ticks, at } = linearScale(max)
        expect(ticks.at(-1)).toBeGreaterThanOrEqual(max * (1 - 1e-9))
        expect(ticks.length).toBeLessThan(8)
        ticks.forEach((tick, i) => {
          expect(at(tick)).toBeCloseTo(i / (ticks.length - 1), 6)
        })
      }),
    )
  })
})

describe('a logarithmic scale', () => {
  it('has ones, twos and fives', () => {
    expect(logScale(0.3, 50).ticks).toEqual([0.2, 0.5, 1, 2, 5, 10, 20, 50])
    expect(logScale(1.005, 49.8).ticks).toEqual([1, 2, 5, 10, 20, 50])
    expect(logScale(1, 1).ticks).toEqual([1, 2])
  })

  it('holds both ends, within a hundredth; equal factors are equal distances', () => {
    fc.assert(
      fc.property(positive, positive, (a, b) => {
        const [min, max] = [Math.min(a, b), Math.max(a, b)]
        const { ticks, at } = logScale(min, max)
        expect(at(min)).toBeGreaterThanOrEqual(-0.015)
        expect(at(max)).toBeLessThanOrEqual(1.015)
        expect([at(ticks[0]!), at(ticks.at(-1)!)]).toEqual([0, 1])
        expect(at(min * 3) - at(min)).toBeCloseTo(at(max * 3) - at(max), 6)
      }),
    )
  })
})
