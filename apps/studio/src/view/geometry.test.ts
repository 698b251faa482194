import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bounded, boundedScale, fitted, toImage, visibleRect, zoomedAt } from './geometry.ts'

const side = fc.integer({ min: 1, max: 12_000 })
const size = fc.record({ width: side, height: side })
const window = fc.record({ width: fc.integer({ min: 120, max: 4000 }), height: fc.integer({ min: 120, max: 4000 }) })
const coordinate = fc.double({ min: -5000, max: 5000, noNaN: true })
const point = fc.record({ x: coordinate, y: coordinate })

describe('placement of an image', () => {
  it('fits the whole image into the window and enlarges none', () => {
    fc.assert(
      fc.property(size, window, (image, frame) => {
        const placement = fitted(image, frame)
        expect(placement.scale).toBeLessThanOrEqual(1)
        const seen = visibleRect(placement, image, frame)
        expect(seen.width).toBeCloseTo(image.width * placement.scale, 6)
        expect(seen.height).toBeCloseTo(image.height * placement.scale, 6)
      }),
    )
  })

  it('keeps the pixel under the pointer when it zooms', () => {
    fc.assert(
      fc.property(size, window, point, fc.double({ min: 0.01, max: 32, noNaN: true }), (image, frame, at, scale) => {
        const before = fitted(image, frame)
        const zoomed = zoomedAt(before, scale, at)
        const [old, now] = [toImage(before, at), toImage(zoomed, at)]
        expect(now.x).toBeCloseTo(old.x, 3)
        expect(now.y).toBeCloseTo(old.y, 3)
      }),
    )
  })

  it('never loses the image out of sight', () => {
    fc.assert(
      fc.property(size, window, point, fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (image, frame, at, wanted) => {
        const scale = boundedScale(wanted, image, frame)
        const seen = visibleRect(bounded({ scale, ...at }, image, frame), image, frame)
        expect(seen.width).toBeGreaterThan(0)
        expect(seen.height).toBeGreaterThan(0)
      }),
    )
  })
})
