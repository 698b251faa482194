import fc from 'fast-check'
import { expect, it } from 'vitest'
import { distance, withoutNeedless } from './simplify.ts'

it('keeps the ends and what turns, and nothing of a straight line', () => {
  const line = [0, 1, 2, 3, 4].map((x) => [x, x * 2] as const)
  expect(withoutNeedless(line, 0.1, [1, 1])).toEqual([
    [0, 0],
    [4, 8],
  ])
  const corner = [[0, 0] as const, [5, 0] as const, [5, 5] as const]
  expect(withoutNeedless(corner, 0.1, [1, 1])).toEqual([
    [0, 0],
    [5, 0],
    [5, 5],
  ])
  expect(withoutNeedless([[7, 7]], 0.1, [1, 1])).toEqual([[7, 7]])
})

it('leaves no point farther from the line than it may', () => {
  const percent = fc.double({ min: 0, max: 100, noNaN: true })
  const points = fc.array(fc.tuple(percent, percent), { minLength: 1, maxLength: 80 })
  fc.assert(
    fc.property(points, fc.double({ min: 0.01, max: 20, noNaN: true }), (given, tolerance) => {
      const kept = withoutNeedless(given, tolerance, [1, 0.5])
      expect([kept[0], kept.at(-1)]).toEqual([given[0], given.at(-1)])
      for (const [x, y] of given) {
        const nearest = kept.map(([x2, y2], i) => {
          const [x1, y1] = kept[Math.max(0, i - 1)]!
          return distance(x, y / 2, x1, y1 / 2, x2, y2 / 2)
        })
        expect(Math.min(...nearest)).toBeLessThanOrEqual(tolerance + 1e-9)
      }
    }),
  )
})
