import { describe, expect, it } from 'vitest'
import { areaStroke, subjectStrokes } from './regions.ts'

/** Two discs side by side on an alpha of 200 x 100, for an image of 400 x 200. */
const image = { width: 400, height: 200 }
const centers = [
  { x: 50, y: 50 },
  { x: 150, y: 50 },
]
const RADIUS = 30
const alpha = {
  width: 200,
  height: 100,
  data: Uint8Array.from({ length: 200 * 100 }, (_, i) => {
    const [x, y] = [i % 200, Math.floor(i / 200)]
    return centers.some((center) => Math.hypot(x - center.x, y - center.y) <= RADIUS) ? 255 : 0
  }),
}

describe('marks for a subject', () => {
  it('fill it and touch no other', () => {
    const box = { left: 240, top: 40, width: 120, height: 120 }
    const strokes = subjectStrokes(alpha, box, image, 1)
    expect(strokes.length).toBeGreaterThan(10)
    const marked = (x: number, y: number) =>
      strokes.some(({ points: [from, to], radius }) => {
        const [x1, x2, py] = [from![0] * 2, to![0] * 2, from![1]]
        const nearest = Math.min(x2, Math.max(x1, x))
        // Radii are in % of 400 px, which are 200 cells.
        return Math.hypot(x - nearest, y - py) <= radius * 2
      })
    let [hit, all] = [0, 0]
    for (let y = 0; y < 100; y++) {
      for (let x = 0; x < 200; x++) {
        const isIn = Math.hypot(x - 150, y - 50) <= RADIUS - 3
        if (isIn) all++
        if (isIn && marked(x + 0.5, y + 0.5)) hit++
        if (Math.hypot(x - 150, y - 50) > RADIUS + 3) expect(marked(x + 0.5, y + 0.5)).toBe(false)
      }
    }
    expect(hit / all).toBeGreaterThan(0.9)
    for (const stroke of strokes) expect(stroke).toMatchObject({ tool: 'erase', subject: 1, within: { width: 31.5 } })
  })

  it('end at its box, and hold what is beside it in there', () => {
    // A bar that the box of the ring around it holds, too.
    const joined = { width: 60, height: 60, data: new Uint8Array(60 * 60) }
    joined.data.forEach((_, i) => {
      const [x, y] = [i % 60, Math.floor(i / 60)]
      const away = Math.hypot(x - 30, y - 30)
      if (away > 18 && away < 25) joined.data[i] = 255
      // What is faint goes with the ring that it is joined to.
      if (away >= 25 && away < 27) joined.data[i] = 40
      if (Math.abs(x - 30) < 4 && Math.abs(y - 30) < 8) joined.data[i] = 255
    })
    const strokes = subjectStrokes(joined, { left: 5, top: 5, width: 50, height: 50 }, { width: 60, height: 60 }, 0)
    const ends = (tool: string) => strokes.filter((stroke) => stroke.tool === tool).flatMap(({ points }) => points)
    for (const [x, y] of ends('keep')) {
      expect(Math.abs(x * 0.6 - 30)).toBeLessThanOrEqual(4)
      expect(Math.abs(y * 0.6 - 30)).toBeLessThanOrEqual(9)
    }
    expect(ends('keep').length).toBeGreaterThan(4)
    for (const [x, y] of ends('erase')) {
      const away = Math.hypot(x * 0.6 - 30, y * 0.6 - 30)
      expect(away).toBeGreaterThan(16)
      // To the far corner of the last cell.
      expect(away).toBeLessThan(27 + Math.SQRT2)
    }
    for (const { within } of strokes) {
      expect(within!.left * 0.6).toBeCloseTo(3, 0)
      expect((within!.left + within!.width) * 0.6).toBeCloseTo(58, 0)
    }
  })

  it('are none where nothing was found', () => {
    expect(
      subjectStrokes({ ...alpha, data: new Uint8Array(200 * 100) }, { left: 0, top: 0, width: 9, height: 9 }, image, 0),
    ).toEqual([])
  })
})

it('a mark for an area stays inside of it', () => {
  for (const box of [
    { left: 100, top: 50, width: 80, height: 20 },
    { left: 10, top: 20, width: 4, height: 100 },
    { left: 10, top: 20, width: 30, height: 30 },
  ]) {
    const { points, radius } = areaStroke('keep', box, image)
    const px = radius * 4
    for (const [x, y] of points) {
      expect(x * 4 - px).toBeGreaterThanOrEqual(box.left - 1)
      expect(x * 4 + px).toBeLessThanOrEqual(box.left + box.width + 1)
      expect(y * 2 - px).toBeGreaterThanOrEqual(box.top - 1)
      expect(y * 2 + px).toBeLessThanOrEqual(box.top + box.height + 1)
    }
  }
})
