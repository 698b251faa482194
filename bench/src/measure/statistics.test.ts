import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compare, median, percentile, summarize } from './statistics.ts'

const values = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 40 })

describe('percentiles', () => {
  it('are those of a known table', () => {
    // R: quantile(c(15, 20, 35, 40, 50), c(.05, .4, .5, .95), type = 7)
    const sample = [40, 15, 50, 35, 20]
    expect([0.05, 0.4, 0.5, 0.95].map((share) => percentile(sample, share))).toEqual([16, 29, 35, 48])
    expect(median([4, 1])).toBe(2.5)
    expect(median([7])).toBe(7)
  })

  it('at each rank are the sorted values, and rise between', () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const sorted = list.toSorted((a, b) => a - b)
        sorted.forEach((value, i) => {
          expect(percentile(list, sorted.length === 1 ? 0 : i / (sorted.length - 1))).toBeCloseTo(value, 6)
        })
        const below = list.filter((value) => value <= percentile(list, share) + 1e-6).length
        expect(below).toBeGreaterThanOrEqual(Math.floor(share * (list.length - 1)) + 1)
      }),
    )
  })

  it('of nothing do not exist', () => {
    expect(() => percentile([], 0.5)).toThrow('at least one value')
  })
})

describe('a sample', () => {
  it('does not depend on its order, but keeps it', () => {
    fc.assert(
      fc.property(values, (list) => {
        const { values: kept, ...facts } = summarize(list)
        const { values: _, ...turned } = summarize(list.toReversed())
        expect(kept).toEqual(list)
        expect(facts).toEqual(turned)
      }),
    )
  })
})

describe('a comparison', () => {
  it('is of medians, and of pairs', () => {
    const { ratio, pairs } = compare([1, 2, 10], [5, 20, 30])
    expect(ratio).toBe(10)
    expect(pairs.values).toEqual([5, 10, 3])
    expect(pairs.median).toBe(5)
  })

  it('turned around is its inverse', () => {
    fc.assert(
      fc.property(values, (list) => {
        const other = list.map((value, i) => value * (1 + (i % 3)))
        expect(compare(list, other).ratio * compare(other, list).ratio).toBeCloseTo(1, 9)
      }),
    )
  })

  it('needs pairs', () => {
    expect(() => compare([1, 2], [1])).toThrow('expected pairs but received 2 and 1')
  })
})
