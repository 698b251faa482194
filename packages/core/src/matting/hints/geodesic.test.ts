import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { geodesicDistance } from './geodesic.ts'

/** Bellman-Ford: every step tried until none helps. */
function slow(seed: readonly number[], price: readonly number[], width: number): number[] {
  const distance = seed.map((value) => (value === 1 ? 0 : Number.POSITIVE_INFINITY))
  const height = seed.length / width
  for (let changed = true; changed; ) {
    changed = false
    for (let i = 0; i < seed.length; i++)
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

const fields = fc
  .record({ width: fc.integer({ min: 1, max: 9 }), height: fc.integer({ min: 1, max: 9 }) })
  .chain(({ width, height }) => {
    const size = { minLength: width * height, maxLength: width * height }
    return fc.record({
      width: fc.constant(width),
      seed: fc.array(fc.constantFrom(0, 0, 0, 1), size),
      price: fc.array(fc.constantFrom(0.02, 0.5, 1, 3, Number.POSITIVE_INFINITY), size),
    })
  })

describe('geodesicDistance', () => {
  it('equals the cheapest of all ways', () => {
    fc.assert(
      fc.property(fields, ({ width, seed, price }) => {
        const height = seed.length / width
        const fast = (limit: number) =>
          geodesicDistance(Uint8Array.from(seed), Float32Array.from(price), width, height, limit)
        const expected = slow(seed, price, width)
        const all = fast(1e9)
        const near = fast(4)
        expected.forEach((value, i) => {
          if (value === Number.POSITIVE_INFINITY) expect(all[i]).toBe(value)
          else expect(all[i]).toBeCloseTo(value, 4)
          if (value < 3.99) expect(near[i]).toBeCloseTo(value, 4)
          if (value > 4.01) expect(near[i]).toBe(Number.POSITIVE_INFINITY)
        })
      }),
    )
  })
})
