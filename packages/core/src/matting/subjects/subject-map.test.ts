import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPlane, type Plane } from '../../pixels/raster.ts'
import { surveyAlpha } from './alpha-survey.ts'
import { keepSubjects, mapSubjects, type SubjectMap } from './subject-map.ts'

interface Disc {
  readonly x: number
  readonly y: number
  readonly radius: number
}

/** Discs with an edge `soft` pixels wide. */
function drawDiscs(width: number, height: number, discs: readonly Disc[], soft = 2): Plane {
  const alpha = createPlane(width, height)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      for (const disc of discs) {
        const outside = Math.hypot(x + 0.5 - disc.x, y + 0.5 - disc.y) - disc.radius
        alpha.data[i] = Math.max(alpha.data[i]!, Math.min(1, Math.max(0, 0.5 - outside / soft)))
      }
    }
  }
  return alpha
}

function mapOf(alpha: Plane): SubjectMap {
  return mapSubjects(alpha, surveyAlpha(alpha, 0.5))
}

const BIG: Disc = { x: 40, y: 50, radius: 30 }
const SMALL: Disc = { x: 120, y: 50, radius: 20 }

describe('subjects of an alpha', () => {
  it('are its solid parts with their soft edges, the largest first', () => {
    const alpha = drawDiscs(160, 100, [SMALL, BIG], 8)
    const map = mapOf(alpha)
    expect(map.count).toBe(2)
    expect(keepSubjects(alpha, map, 1)).toEqual(drawDiscs(160, 100, [BIG], 8))
    expect(map.sums[1]! + map.sums[2]!).toBeCloseTo(
      alpha.data.reduce((sum, value) => sum + value, 0),
      2,
    )
  })

  it('keep what belongs to them: an island beside one goes and stays with it', () => {
    const lock = { x: 96, y: 50, radius: 2 }
    const alpha = drawDiscs(160, 100, [BIG, SMALL, lock])
    const map = mapOf(alpha)
    expect(map.count).toBe(2)
    expect(keepSubjects(alpha, map, 1)).toEqual(drawDiscs(160, 100, [BIG]))
  })

  it('claim what visible alpha joins to them before what is only near', () => {
    const alpha = drawDiscs(160, 100, [BIG, SMALL])
    // A lock of the small one's hair, with its end next to the big one.
    for (let x = 72; x < 102; x++) alpha.data[50 * 160 + x] = 0.3
    alpha.data.fill(0, 50 * 160 + 66, 50 * 160 + 74)
    const left = keepSubjects(alpha, mapOf(alpha), 1)
    expect(left.data.subarray(50 * 160 + 75, 50 * 160 + 160).every((value) => value === 0)).toBe(true)
  })

  it('are one where only a gap finer than a cell divides them', () => {
    const alpha = createPlane(2048, 1024, 1)
    for (let y = 0; y < 1024; y++) alpha.data[y * 2048 + 1001] = 0
    const map = mapOf(alpha)
    expect(map.count).toBe(1)
    expect(keepSubjects(alpha, map, 1)).toBe(alpha)
  })

  it('are none without solid alpha', () => {
    expect(mapOf(createPlane(20, 10, 0.49)).count).toBe(0)
    expect(mapOf(createPlane(1, 1)).count).toBe(0)
  })

  it('divide every alpha: what any number of them keeps is that alpha or 0, and more keep more', () => {
    const disc = fc.record({ x: fc.nat(90), y: fc.nat(60), radius: fc.integer({ min: 1, max: 18 }) })
    fc.assert(
      fc.property(fc.array(disc, { maxLength: 8 }), fc.integer({ min: 0, max: 20 }), (discs, soft) => {
        const alpha = drawDiscs(90, 60, discs, 1 + soft)
        const map = mapOf(alpha)
        let before = createPlane(90, 60).data
        for (let most = 1; most <= map.count; most++) {
          const { data } = keepSubjects(alpha, map, most)
          expect(
            data.every((value, i) => value === (before[i] || value) && (value === 0 || value === alpha.data[i])),
          ).toBe(true)
          before = data
        }
        if (map.count > 0) expect(before).toEqual(alpha.data)
      }),
      { numRuns: 60 },
    )
  })
})
