import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plane, Raster } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'
import type { Layout } from './layout.ts'
import { place, placeAlpha, placeColor } from './place.ts'

const raster = (width: number, values: readonly number[], depth: 8 | 16 = 8): Raster => ({
  width,
  height: values.length / 3 / width,
  channels: 3,
  alpha: 'none',
  data: depth === 16 ? Uint16Array.from(values) : Uint8Array.from(values),
})
const plane = (width: number, values: readonly number[]): Plane => ({
  width,
  height: values.length / width,
  data: Float32Array.from(values),
})
const layout = (width: number, height: number, left: number, top: number, scaleX = 1, scaleY = scaleX): Layout => ({
  width,
  height,
  left,
  top,
  scaleX,
  scaleY,
})
const grey = (...values: number[]) => values.flatMap((value) => [value, value, value])
const reds = ({ data }: Raster) => [...data].filter((_, i) => i % 3 === 0)

describe('place', () => {
  it('gives the inputs back where nothing moves', () => {
    const [color, alpha] = [raster(2, grey(1, 2)), plane(2, [0, 1])]
    const same = place(color, alpha, layout(2, 1, 0, 0))
    expect(same.color).toBe(color)
    expect(same.alpha).toBe(alpha)
    expect(placeColor(color, layout(2, 1, 0, 0))).toBe(color)
    expect(placeAlpha(alpha, layout(2, 1, 0, 0))).toBe(alpha)
  })

  it.each([8, 16] as const)('shifts whole pixels of %i bits; beyond the border nothing is seen', (depth) => {
    const color = raster(2, grey(1, 2, 3, 4), depth)
    const alpha = plane(2, [0.1, 0.2, 0.3, 0.4])
    const { color: out, alpha: seen } = place(color, alpha, layout(4, 3, 1, -1))
    expect(out.data.constructor).toBe(color.data.constructor)
    expect(reds(out)).toEqual([3, 3, 4, 4, 3, 3, 4, 4, 3, 3, 4, 4])
    expect([...seen.data]).toEqual([...Float32Array.of(0, 0.3, 0.4, 0, 0, 0, 0, 0, 0, 0, 0, 0)])
    const away = place(color, alpha, layout(2, 1, 5, 0))
    expect([...away.alpha.data]).toEqual([0, 0])
  })

  it('averages areas when it shrinks, colors by their alpha', () => {
    // A white opaque pixel beside black hidden ones stays white.
    const color = raster(4, grey(255, 0, 0, 0))
    const { color: out, alpha } = place(color, plane(4, [1, 0, 0, 0]), layout(2, 1, 0, 0, 0.5, 1))
    expect(out.data[0]).toBe(255)
    expect(alpha.data[0]).toBeCloseTo(0.5, 5)
    expect(alpha.data[1]).toBeCloseTo(0, 6)
    // Three pixels to two: the middle one counts half in both.
    const third = place(raster(3, grey(0, 90, 240)), plane(3, [1, 1, 1]), layout(2, 1, 0, 0, 2 / 3, 1))
    expect(reds(third.color)).toEqual([30, 190])
    // Weights 1 x 0.5 and 0.5 x 1: (1 x 0.5 x 30 + 0.5 x 1 x 90) / 1.
    const soft = place(raster(3, grey(30, 90, 9)), plane(3, [0.5, 1, 0]), layout(2, 1, 0, 0, 2 / 3, 1))
    expect(reds(soft.color)[0]).toBe(60)
    expect(soft.alpha.data[0]).toBeCloseTo(2 / 3, 5)
  })

  it('resamples 16 bits as 16 bits', () => {
    const out = place(
      raster(4, grey(65535, 1001, 40_000, 40_004), 16),
      plane(4, [1, 1, 1, 1]),
      layout(2, 1, 0, 0, 0.5, 1),
    )
    expect(out.color.data).toBeInstanceOf(Uint16Array)
    expect(reds(out.color)).toEqual([33_268, 40_002])
  })

  it('makes the part of a pixel that lies beyond the border translucent', () => {
    const { alpha, color } = place(raster(2, grey(80, 80)), plane(2, [1, 1]), layout(3, 1, 0.75, 0, 0.5, 1))
    expect([...alpha.data].map((value) => Number(value.toFixed(5)))).toEqual([0.25, 0.75, 0])
    expect(reds(color)).toEqual([80, 80, 80])
  })

  it('enlarges as the cubic of Keys does, over an opaque image', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 6 }),
        fc.integer({ min: 2, max: 5 }),
        fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
        (width, height, stream) => {
          const values = [...stream.take(width * height)]
          const out = placeColor(raster(width, grey(...values)), layout(2 * width, 3 * height, 0, 0, 2, 3))
          const truth = resizePlane(plane(width, values), 2 * width, 3 * height, 'cubic')
          reds(out).forEach((value, i) => {
            expect(Math.abs(value - Math.min(255, Math.max(0, truth.data[i]!)))).toBeLessThan(0.51)
          })
        },
      ),
      { numRuns: 50 },
    )
  })

  it('keeps a color one color, and alpha within 0..1, however it moves', () => {
    const part = fc.double({ min: 0.2, max: 3, noNaN: true })
    const shift = fc.double({ min: -6, max: 6, noNaN: true })
    const color = raster(6, Array.from({ length: 30 }, () => [200, 100, 7]).flat())
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 30, maxLength: 30 }),
        part,
        part,
        shift,
        shift,
        (alpha, scaleX, scaleY, left, top) => {
          const where = layout(7, 5, left, top, scaleX, scaleY)
          const out = place(color, plane(6, alpha), where)
          for (let i = 0; i < 35; i++) expect([...out.color.data.subarray(i * 3, i * 3 + 3)]).toEqual([200, 100, 7])
          const alone = placeAlpha(plane(6, alpha), where)
          out.alpha.data.forEach((value, i) => {
            expect(value >= 0 && value <= 1).toBe(true)
            expect(value).toBeCloseTo(alone.data[i]!, 4)
          })
        },
      ),
    )
  })

  it('keeps what alpha adds up to when it shrinks', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 48, maxLength: 48 }),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 1, max: 5 }),
        (values, width, height) => {
          const alpha = plane(8, values)
          const out = placeAlpha(alpha, layout(width, height, 0, 0, width / 8, height / 6))
          const sum = (data: Float32Array) => data.reduce((total, value) => total + value, 0)
          expect((sum(out.data) * 48) / (width * height)).toBeCloseTo(sum(alpha.data), 3)
        },
      ),
    )
  })

  it('commutes with a flip', () => {
    const flip = (p: Plane): Plane => ({
      ...p,
      data: p.data.map((_, i) => p.data[i - 2 * (i % p.width) + p.width - 1]!),
    })
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 }),
        fc.constantFrom(0.4, 0.75, 1.5, 2.3),
        fc.double({ min: -3, max: 3, noNaN: true }),
        (values, scale, left) => {
          const alpha = plane(4, values)
          const out = flip(placeAlpha(alpha, layout(9, 3, left, 0, scale, 1)))
          const other = placeAlpha(flip(alpha), layout(9, 3, 9 - left - 4 * scale, 0, scale, 1))
          out.data.forEach((value, i) => {
            // On which side of a sharp border the middle of a pixel lies may turn on the last bit.
            if (scale < 1) expect(value).toBeCloseTo(other.data[i]!, 4)
            else expect(Math.abs(value - other.data[i]!)).toBeLessThan(1e-3)
          })
        },
      ),
    )
  })

  it('leaves no dark fringe where an opaque edge is enlarged', () => {
    const color = raster(4, grey(255, 255, 0, 0))
    const out = place(color, plane(4, [1, 1, 0, 0]), layout(12, 1, 0, 0, 3, 1))
    out.alpha.data.forEach((value, i) => {
      if (value > 1 / 255) expect(out.color.data[i * 3]).toBeGreaterThanOrEqual(254)
    })
  })
})
