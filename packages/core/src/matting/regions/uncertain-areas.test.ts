import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPlane, type Plane } from '../../pixels/raster.ts'
import { surveyAlpha } from '../subjects/alpha-survey.ts'
import { uncertainAreas } from './uncertain-areas.ts'

/** A subject of 60 % of the image, with a rectangle of `value` in it. */
function scene(width: number, height: number, side: number, value: number): Plane {
  const alpha = createPlane(width, height)
  const fill = (left: number, top: number, right: number, bottom: number, to: number) => {
    for (let y = top; y < bottom; y++) alpha.data.fill(to, y * width + left, y * width + right)
  }
  fill(Math.round(width * 0.2), Math.round(height * 0.2), Math.round(width * 0.8), Math.round(height * 0.8), 1)
  const left = Math.round(width * 0.5)
  const top = Math.round(height * 0.5)
  fill(left, top, Math.min(width, left + side), Math.min(height, top + side), value)
  return alpha
}

describe('broad half-transparent areas', () => {
  it('are found with their box at any size, within a cell', () => {
    for (const [width, height] of [
      [200, 150],
      [640, 480],
      [1000, 1500],
    ] as const) {
      const longer = Math.max(width, height)
      const side = Math.round(longer * 0.15)
      const [box, ...others] = uncertainAreas(surveyAlpha(scene(width, height, side, 0.5), 0.5))
      expect(others).toEqual([])
      const slack = Math.max(1, longer / 256) * 1.5
      const { left, top } = { left: Math.round(width * 0.5), top: Math.round(height * 0.5) }
      expect(Math.abs(box!.left - left)).toBeLessThanOrEqual(slack)
      expect(Math.abs(box!.top - top)).toBeLessThanOrEqual(slack)
      expect(Math.abs(box!.width - side)).toBeLessThanOrEqual(2 * slack)
      expect(Math.abs(box!.height - side)).toBeLessThanOrEqual(2 * slack)
    }
  })

  it('are neither what was decided nor what is narrow', () => {
    expect(uncertainAreas(surveyAlpha(scene(640, 480, 96, 0.95), 0.5))).toEqual([])
    expect(uncertainAreas(surveyAlpha(scene(640, 480, 96, 0.05), 0.5))).toEqual([])
    expect(uncertainAreas(surveyAlpha(scene(640, 480, 12, 0.5), 0.5))).toEqual([])
    // A soft edge of 16 pixels around a disc.
    const disc = createPlane(640, 480)
    disc.data.forEach((_, i) => {
      const outside = Math.hypot((i % 640) - 320, Math.floor(i / 640) - 240) - 150
      disc.data[i] = Math.min(1, Math.max(0, 0.5 - outside / 16))
    })
    expect(uncertainAreas(surveyAlpha(disc, 0.5))).toEqual([])
  })

  it('are not hair: strands and gaps of a few pixels over a broad area', () => {
    const hair = scene(640, 480, 96, 0)
    for (let y = 240; y < 336; y++) for (let x = 320; x < 416; x++) hair.data[y * 640 + x] = (x % 5) / 4
    expect(uncertainAreas(surveyAlpha(hair, 0.5))).toEqual([])
  })

  it('lie inside the image, the largest first', () => {
    const size = fc.integer({ min: 1, max: 90 })
    fc.assert(
      fc.property(
        size,
        size,
        fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 1 }),
        (width, height, values) => {
          const alpha = createPlane(width, height)
          alpha.data.forEach((_, i) => {
            alpha.data[i] = values[Math.floor(i / 7) % values.length]!
          })
          for (const { left, top, width: w, height: h } of uncertainAreas(surveyAlpha(alpha, 0.5))) {
            expect(Math.min(left, top, w - 1, h - 1)).toBeGreaterThanOrEqual(0)
            expect(left + w).toBeLessThanOrEqual(width)
            expect(top + h).toBeLessThanOrEqual(height)
          }
        },
      ),
      { numRuns: 50 },
    )
  })
})
