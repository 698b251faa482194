import { expect, it } from 'vitest'
import { averageAgreeing } from './average-agreeing.ts'

const rounded = (data: Float32Array) => Array.from(data, (value) => Number(value.toFixed(6)))

it('averages each pixel with that of the other answer where the two agree', () => {
  const alpha = { width: 3, height: 2, data: Float32Array.of(0, 0.5, 1, 1, 0, 0) }
  const other = { width: 3, height: 2, data: Float32Array.of(0.1, 0.6, 0.9, 1, 0.1, 0.2) }
  expect(rounded(averageAgreeing(alpha, other).data)).toEqual([0.05, 0.55, 0.95, 1, 0.05, 0.1])
})

it('keeps the first where they contradict each other, with nothing abrupt between', () => {
  const second = Float32Array.from({ length: 101 }, (_, i) => i / 100)
  const results = Array.from(second, (value) => {
    const one = (v: number) => ({ width: 1, height: 1, data: Float32Array.of(v) })
    return averageAgreeing(one(0.2), one(value)).data[0]!
  })
  expect(results[30]).toBeCloseTo(0.25, 6)
  expect(results[100]).toBeCloseTo(0.2, 6)
  for (let i = 1; i < results.length; i++) expect(Math.abs(results[i]! - results[i - 1]!)).toBeLessThan(0.01)
})
