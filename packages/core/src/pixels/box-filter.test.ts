import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boxFilter } from './box-filter.ts'
import type { Plane } from './raster.ts'

/** The mean written from its definition. */
function naive({ width, height, data }: Plane, radius: number): number[] {
  return Array.from(data, (_, i) => {
    const [cx, cy] = [i % width, Math.floor(i / width)]
    let sum = 0
    let count = 0
    for (let y = Math.max(0, cy - radius); y <= Math.min(height - 1, cy + radius); y++)
      for (let x = Math.max(0, cx - radius); x <= Math.min(width - 1, cx + radius); x++, count++)
        sum += data[y * width + x]!
    return sum / count
  })
}

describe('boxFilter', () => {
  it('is the mean of each window, cut at the border, for any radius', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 0, max: 14 }),
        fc.integer(),
        (width, height, radius, seed) => {
          let state = seed | 1
          const data = Float32Array.from({ length: width * height }, () => {
            state = (Math.imul(state, 1664525) + 1013904223) | 0
            return (state >>> 8) / 2 ** 24
          })
          const filtered = boxFilter({ width, height, data }, radius)
          naive({ width, height, data }, radius).forEach((value, i) => {
            expect(filtered.data[i]).toBeCloseTo(value, 6)
          })
        },
      ),
    )
  })
})
