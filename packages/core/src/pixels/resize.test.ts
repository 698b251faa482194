import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPlane, type Plane } from './raster.ts'
import { resizePlane } from './resize.ts'

const plane = (width: number, height: number, values: number[]): Plane => ({
  width,
  height,
  data: Float32Array.from(values),
})

/** Bilinear sampling written from its definition. */
function sampleLinear(source: Plane, x: number, y: number): number {
  const at = (i: number, j: number) =>
    source.data[
      Math.min(source.height - 1, Math.max(0, j)) * source.width + Math.min(source.width - 1, Math.max(0, i))
    ]!
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)]
  const [fx, fy] = [x - 0.5 - left, y - 0.5 - top]
  return (
    (1 - fy) * ((1 - fx) * at(left, top) + fx * at(left + 1, top)) +
    fy * ((1 - fx) * at(left, top + 1) + fx * at(left + 1, top + 1))
  )
}

const planes = fc
  .record({ width: fc.integer({ min: 1, max: 8 }), height: fc.integer({ min: 1, max: 8 }) })
  .chain(({ width, height }) =>
    fc
      .array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: width * height, maxLength: width * height })
      .map((values) => plane(width, height, values)),
  )

describe('resizePlane', () => {
  it('equals bilinear sampling when it enlarges', () => {
    fc.assert(
      fc.property(planes, fc.integer({ min: 8, max: 20 }), fc.integer({ min: 8, max: 20 }), (source, width, height) => {
        const out = resizePlane(source, width, height)
        for (let y = 0; y < height; y++)
          for (let x = 0; x < width; x++) {
            const expected = sampleLinear(
              source,
              ((x + 0.5) * source.width) / width,
              ((y + 0.5) * source.height) / height,
            )
            expect(out.data[y * width + x]).toBeCloseTo(expected, 5)
          }
      }),
      { numRuns: 50 },
    )
  })

  it('halves by averaging with the triangle kernel', () => {
    // Center of output 0 is 1.0; taps at 0.5, 1.5, 2.5 are 0.5, 0.5 and 1.5 away: weights 3/4, 3/4, 1/4 over 7/4.
    const out = resizePlane(plane(4, 1, [1, 0, 0, 0]), 2, 1)
    expect(out.data[0]).toBeCloseTo(3 / 7, 6)
    expect(out.data[1]).toBeCloseTo(0, 6)
  })

  it('keeps constants with every filter, and the same size is the same plane', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('linear' as const, 'cubic' as const),
        (a, b, c, filter) => {
          const out = resizePlane(createPlane(a, b, 0.3), c, a, filter)
          for (const value of out.data) expect(value).toBeCloseTo(0.3, 5)
        },
      ),
    )
    const same = createPlane(3, 2, 0.5)
    expect(resizePlane(same, 3, 2)).toBe(same)
  })

  it('commutes with a horizontal flip', () => {
    const flip = (p: Plane): Plane => ({
      ...p,
      data: p.data.map((_, i) => p.data[i - (i % p.width) + p.width - 1 - (i % p.width)]!),
    })
    fc.assert(
      fc.property(planes, fc.integer({ min: 1, max: 12 }), (source, width) => {
        const a = flip(resizePlane(source, width, 5, 'cubic'))
        const b = resizePlane(flip(source), width, 5, 'cubic')
        a.data.forEach((value, i) => {
          expect(value).toBeCloseTo(b.data[i]!, 5)
        })
      }),
    )
  })
})
