import { describe, expect, it } from 'vitest'
import { createPlane, type Plane, type Raster } from '../../pixels/raster.ts'
import { discScene, random } from '../scenes.fixture.ts'
import { uncertainBand } from './band.ts'
import { guidedFilter } from './guided-filter.ts'

/** Solves the 4 x 4 (or any) system by Gaussian elimination. */
function solve(matrix: number[][], right: number[]): number[] {
  const n = right.length
  const rows = matrix.map((row, i) => [...row, right[i]!])
  for (let k = 0; k < n; k++) {
    const pivot = rows
      .slice(k)
      .reduce((best, row, i) => (Math.abs(row[k]!) > Math.abs(rows[best]![k]!) ? k + i : best), k)
    ;[rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!]
    for (let i = 0; i < n; i++) {
      if (i === k) continue
      const factor = rows[i]![k]! / rows[k]![k]!
      for (let j = k; j <= n; j++) rows[i]![j]! -= factor * rows[k]![j]!
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!)
}

/** The color guided filter as its paper defines it: a ridge regression of alpha on color in every window, then the mean of them. */
function naive(plane: Plane, guide: Raster, radius: number, epsilon: number): number[] {
  const { width, height } = plane
  const window = (i: number) => {
    const [cx, cy] = [i % width, Math.floor(i / width)]
    const list: number[] = []
    for (let y = Math.max(0, cy - radius); y <= Math.min(height - 1, cy + radius); y++)
      for (let x = Math.max(0, cx - radius); x <= Math.min(width - 1, cx + radius); x++) list.push(y * width + x)
    return list
  }
  const color = (i: number) => [0, 1, 2].map((c) => guide.data[i * 3 + c]! / 255)
  const models = Array.from(plane.data, (_, k) => {
    const pixels = window(k)
    const mean = [0, 1, 2].map((c) => pixels.reduce((sum, i) => sum + color(i)[c]!, 0) / pixels.length)
    const level = pixels.reduce((sum, i) => sum + plane.data[i]!, 0) / pixels.length
    const covariance = [0, 1, 2].map((a) =>
      [0, 1, 2].map(
        (b) =>
          pixels.reduce((sum, i) => sum + (color(i)[a]! - mean[a]!) * (color(i)[b]! - mean[b]!), 0) / pixels.length +
          (a === b ? epsilon : 0),
      ),
    )
    const cross = [0, 1, 2].map(
      (a) => pixels.reduce((sum, i) => sum + (color(i)[a]! - mean[a]!) * (plane.data[i]! - level), 0) / pixels.length,
    )
    const slope = solve(covariance, cross)
    return { slope, constant: level - slope.reduce((sum, s, c) => sum + s * mean[c]!, 0) }
  })
  return Array.from(plane.data, (_, i) => {
    const pixels = window(i)
    const value =
      pixels.reduce((sum, k) => {
        const { slope, constant } = models[k]!
        return sum + slope[0]! * color(i)[0]! + slope[1]! * color(i)[1]! + slope[2]! * color(i)[2]! + constant
      }, 0) / pixels.length
    return Math.min(1, Math.max(0, value))
  })
}

function noise(width: number, height: number, seed: number): { plane: Plane; guide: Raster } {
  const next = random(seed)
  const plane = createPlane(width, height)
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < plane.data.length; i++) plane.data[i] = next()
  for (let i = 0; i < data.length; i++) data[i] = Math.floor(next() * 256)
  return { plane, guide: { width, height, channels: 3, alpha: 'none', data } }
}

describe('guidedFilter', () => {
  for (const [width, height, radius] of [
    [20, 15, 2],
    [9, 17, 4],
    [5, 5, 7],
  ] as const) {
    it(`equals the definition on ${width} x ${height} with radius ${radius}`, () => {
      const { plane, guide } = noise(width, height, width)
      const fast = guidedFilter(plane, guide, { radiusPx: radius, epsilon: 1e-3 })
      naive(plane, guide, radius, 1e-3).forEach((value, i) => {
        expect(fast.data[i]).toBeCloseTo(value, 4)
      })
    })
  }

  it('gives the same inside a band as over the whole plane', () => {
    const { alpha, photo } = discScene(200)
    const coarse = guidedFilter(alpha, photo, { radiusPx: 6, epsilon: 1e-1 })
    const band = uncertainBand(coarse, 3)
    const whole = guidedFilter(coarse, photo, { radiusPx: 4, epsilon: 1e-4 })
    const inBand = guidedFilter(coarse, photo, { radiusPx: 4, epsilon: 1e-4, band })
    expect(band).toContain(0)
    for (let i = 0; i < band.length; i++) {
      if (band[i]) expect(inBand.data[i]).toBeCloseTo(whole.data[i]!, 4)
      else expect(inBand.data[i]).toBe(coarse.data[i])
    }
  })

  it('reads 16 bit and gray guides', () => {
    const { plane, guide } = noise(12, 12, 3)
    const deep: Raster = { ...guide, data: Uint16Array.from(guide.data, (value) => value * 257) }
    const eight = guidedFilter(plane, guide, { radiusPx: 2, epsilon: 1e-3 })
    guidedFilter(plane, deep, { radiusPx: 2, epsilon: 1e-3 }).data.forEach((value, i) => {
      expect(value).toBeCloseTo(eight.data[i]!, 5)
    })
    const grey = Uint8Array.from({ length: 144 }, (_, i) => guide.data[i * 3]!)
    const asColor: Raster = { ...guide, data: Uint8Array.from(guide.data, (_, i) => grey[Math.floor(i / 3)]!) }
    const expected = guidedFilter(plane, asColor, { radiusPx: 2, epsilon: 1e-3 })
    guidedFilter(plane, { ...guide, channels: 1, data: grey }, { radiusPx: 2, epsilon: 1e-3 }).data.forEach(
      (value, i) => {
        expect(value).toBeCloseTo(expected.data[i]!, 5)
      },
    )
  })
})
