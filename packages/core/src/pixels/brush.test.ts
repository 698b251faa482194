import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { paintStroke } from './brush.ts'

function distanceToSegment(x: number, y: number, ax: number, ay: number, bx: number, by: number): number {
  const square = (bx - ax) ** 2 + (by - ay) ** 2
  const t = square === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / square))
  return Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay))
}

describe('paintStroke', () => {
  it('marks the pixels whose center is within the radius of the line, and no others', () => {
    const coordinate = fc.double({ min: -10, max: 40, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 4 }),
        fc.double({ min: 1, max: 12, noNaN: true }),
        (points, radiusPx) => {
          const size = { width: 30, height: 23 }
          const map = new Int8Array(size.width * size.height)
          paintStroke(map, size, { points, radiusPx }, 1)
          map.forEach((value, i) => {
            const [x, y] = [(i % size.width) + 0.5, Math.floor(i / size.width) + 0.5]
            const distance = Math.min(
              ...points.map((point, k) => distanceToSegment(x, y, ...points[Math.max(0, k - 1)]!, ...point)),
            )
            // On the rim itself rounding decides.
            if (Math.abs(distance - radiusPx) > 1e-9) expect(value).toBe(distance < radiusPx ? 1 : 0)
          })
        },
      ),
    )
  })
})
