import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { geodesicDistance } from './geodesic.ts'

/** Bellman-Ford: every step tried until none helps. */
function slow(start: readonly number[], price: readonly number[], width: number): number[] {
  const distance = [...start]
  const height = start.length / width
  for (let changed = true; changed; ) {
    changed = false
    for (let i = 0; i < start.length; i++)
      for (let v = -1; v <= 1; v++)
        for (let u = -1; u <= 1; u++) {
          const [x, y] = [(i % width) + u, Math.floor(i / width) + v]
          if ((u === 0 && v === 0) || x < 0 || y < 0 || x >= width || y >= height) continue
          const cost = distance[y * width + x]! + price[i]! * Math.hypot(u, v)
          if (cost < distance[i]! - 1e-9) {
            distance[i] = cost
            changed = true
          }
        }
  }
  return distance
}

const FAR = Number.POSITIVE_INFINITY

const fields = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) => {
    const size = { minLength: width * height, maxLength: width * height }
    return fc.record({
      width: fc.constant(width),
      start: fc.array(fc.constantFrom(FAR, FAR, FAR, 0, 0, 1.5), size),
      price: fc.array(fc.constantFrom(0.02, 0.5, 1, 3, Number.POSITIVE_INFINITY), size),
    })
  })

describe('geodesicDistance', () => {
  it('equals the cheapest of all ways', () => {
    fc.assert(
      fc.property(fields, ({ width, start, price }) => {
        const height = start.length / width
        const fast = (limit: number) =>
          geodesicDistance(Float32Array.from(start), Float32Array.from(price), width, height, limit)
        const expected = slow(start, price, width)
        const all = fast(1e9)
        const near = fast(4)
        expected.forEach((value, i) => {
          if (value === FAR) expect(all[i]).toBe(value)
          else expect(all[i]).toBeCloseTo(value, 4)
          if (value < 3.99) expect(near[i]).toBeCloseTo(value, 4)
          if (value > 4.01) expect(near[i]).toBe(FAR)
        })
      }),
    )
  })
})
