import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPlane, type Plane, type Raster } from '../../pixels/raster.ts'
import { planTiles } from './plan-tiles.ts'
import { blendTile, cutTile, UNKNOWN } from './tile-pixels.ts'

const TILE = { width: 16, height: 16 }
const OVERLAP = 3

/** Known but for `unknown` cells. */
function trimapOf(width: number, height: number, unknown: readonly number[]): Plane {
  const trimap = createPlane(width, height)
  for (let i = 0; i < trimap.data.length; i++) trimap.data[i] = i % 2
  for (const cell of unknown) trimap.data[cell % trimap.data.length] = 0.5
  return trimap
}

/** A picture whose red is x and whose green is y. */
function drawn(width: number, height: number): Raster {
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) data.set([i % width, Math.floor(i / width), 9], i * 3)
  return { width, height, channels: 3, alpha: 'none', data }
}

const size = fc.integer({ min: 1, max: 90 })
const cells = fc.array(fc.nat(8000), { maxLength: 60 })

describe('tiles of a matting network', () => {
  it('hold every unknown pixel, away from their borders unless the image ends there', () => {
    fc.assert(
      fc.property(size, size, size, size, cells, (width, height, columns, rows, unknown) => {
        const image = { width: Math.max(width, columns), height: Math.max(height, rows) }
        const trimap = trimapOf(columns, rows, unknown)
        const tiles = planTiles(trimap, image, TILE, OVERLAP)
        for (const { left, top } of tiles) {
          expect(Math.min(left, top)).toBeGreaterThanOrEqual(0)
          expect(left === 0 || left + TILE.width <= image.width).toBe(true)
          expect(top === 0 || top + TILE.height <= image.height).toBe(true)
        }
        const isInside = (at: number, from: number, imageSize: number) =>
          at >= (from === 0 ? 0 : from + OVERLAP) && at < (from + 16 >= imageSize ? imageSize : from + 16 - OVERLAP)
        for (let y = 0; y < image.height; y++) {
          for (let x = 0; x < image.width; x++) {
            const cell =
              Math.floor(((y + 0.5) * rows) / image.height) * columns + Math.floor(((x + 0.5) * columns) / image.width)
            if (trimap.data[cell] !== 0.5) continue
            const holds = ({ left, top }: { left: number; top: number }) =>
              isInside(x, left, image.width) && isInside(y, top, image.height)
            expect(tiles.some(holds), `${x},${y} of ${image.width} x ${image.height}`).toBe(true)
          }
        }
      }),
      { numRuns: 150 },
    )
  })

  it('are none without anything unknown, and few along a thin band', () => {
    expect(planTiles(trimapOf(50, 50, []), { width: 50, height: 50 }, TILE, OVERLAP)).toEqual([])
    const column = Array.from({ length: 100 }, (_, y) => y * 100 + 70)
    const tiles = planTiles(trimapOf(100, 100, column), { width: 100, height: 100 }, TILE, OVERLAP)
    expect(tiles.length).toBe(10)
    expect(tiles.every(({ left }) => left <= 70 && left + 16 > 70)).toBe(true)
  })

  it('show the image and the trimap of their place; hints win, and the border is repeated beyond the image', () => {
    const image = drawn(10, 20)
    const trimap = trimapOf(10, 20, [0, 11])
    const hints = new Int8Array(200)
    hints[11] = 1
    hints[3] = -1
    const { rgb, trimap: marks } = cutTile(image, trimap, hints, { ...TILE, left: 0, top: 4, unknown: 1 })
    expect([...rgb.subarray(0, 3)]).toEqual([0, 4, 9])
    expect([...rgb.subarray(15 * 3, 16 * 3)]).toEqual([9, 4, 9])
    expect([...marks.subarray(0, 3)]).toEqual([0, 255, 0])
    const top = cutTile(image, trimap, hints, { ...TILE, left: 0, top: 0, unknown: 1 }).trimap
    expect([top[0], top[1], top[3], top[16 + 1]]).toEqual([UNKNOWN, 255, 0, 255])
  })

  it('give back what they answer, without seams: steps between neighbors stay small where answers differ', () => {
    const image = { width: 60, height: 50 }
    const trimap = trimapOf(
      60,
      50,
      Array.from({ length: 3000 }, (_, i) => i),
    )
    const tiles = planTiles(trimap, image, TILE, OVERLAP)
    const blend = (answerOf: (tile: number, x: number, y: number) => number): Plane => {
      const alpha = createPlane(60, 50, 0.7)
      const weights = new Uint16Array(3000)
      for (const [k, tile] of tiles.entries()) {
        const answer = createPlane(16, 16)
        answer.data.forEach((_, i) => {
          answer.data[i] = answerOf(k, tile.left + (i % 16), tile.top + Math.floor(i / 16))
        })
        const { trimap: marks } = cutTile(drawn(60, 50), trimap, null, tile)
        blendTile(alpha, weights, answer, marks, tile, OVERLAP)
      }
      return alpha
    }
    blend((_, x, y) => (x + y) / 200).data.forEach((value, i) => {
      expect(value).toBeCloseTo(((i % 60) + Math.floor(i / 60)) / 200, 5)
    })
    const mixed = blend((k) => k % 2)
    let largest = 0
    for (let i = 1; i < 60 * 50; i++)
      if (i % 60 !== 0) largest = Math.max(largest, Math.abs(mixed.data[i]! - mixed.data[i - 1]!))
    // A step over six pixels of overlap, and a half more where tiles meet at a corner.
    expect(largest).toBeLessThan(0.3)
  })

  it('leave what is known alone', () => {
    const alpha = createPlane(16, 16, 0.25)
    const trimap = trimapOf(16, 16, [5])
    const tile = { ...TILE, left: 0, top: 0, unknown: 1 }
    const { trimap: marks } = cutTile(drawn(16, 16), trimap, null, tile)
    blendTile(alpha, new Uint16Array(256), createPlane(16, 16, 1), marks, tile, OVERLAP)
    expect(alpha.data[5]).toBe(1)
    expect(alpha.data.reduce((sum, value) => sum + value, 0)).toBe(1 + 255 * 0.25)
  })
})
