// The S-measure against a literal version of its definition on cropped arrays, and by hand.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPlane, type Plane } from '../pixels/raster.ts'
import { sMeasure } from './s-measure.ts'

const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length

function object(values: readonly number[]): number {
  const m = mean(values)
  const spread =
    values.length < 2 ? 0 : Math.sqrt(values.reduce((sum, v) => sum + (v - m) ** 2, 0) / (values.length - 1))
  return (2 * m) / (m * m + 1 + spread)
}

function ssim(a: readonly number[], t: readonly number[]): number {
  const [x, y, n] = [mean(a), mean(t), a.length - 1 + 2 ** -52]
  const varA = a.reduce((sum, v) => sum + (v - x) ** 2, 0) / n
  const varT = t.reduce((sum, v) => sum + (v - y) ** 2, 0) / n
  const cov = a.reduce((sum, v, i) => sum + (v - x) * (t[i]! - y), 0) / n
  const over = 4 * x * y * cov
  const under = (x * x + y * y) * (varA + varT)
  if (Math.abs(over) > 1e-15) return over / under
  return under < 1e-15 ? 1 : 0
}

function naive(actual: Plane, truth: Plane): number {
  const { width, height } = truth
  const pixels = Array.from(truth.data, (t, i) => ({
    x: i % width,
    y: Math.floor(i / width),
    a: actual.data[i]!,
    t: t >= 0.5 ? 1 : 0,
  }))
  const inside = pixels.filter((p) => p.t === 1)
  const outside = pixels.filter((p) => p.t === 0)
  const all = mean(pixels.map((p) => p.a))
  if (inside.length === 0) return 1 - all
  if (outside.length === 0) return all
  const share = inside.length / pixels.length
  const objects = share * object(inside.map((p) => p.a)) + (1 - share) * object(outside.map((p) => 1 - p.a))
  const cx = Math.round(mean(inside.map((p) => p.x + 1)))
  const cy = Math.round(mean(inside.map((p) => p.y + 1)))
  let regions = 0
  for (const left of [true, false]) {
    for (const top of [true, false]) {
      const part = pixels.filter((p) => p.x < cx === left && p.y < cy === top)
      if (part.length === 0) continue
      regions +=
        (part.length / (width * height)) *
        ssim(
          part.map((p) => p.a),
          part.map((p) => p.t),
        )
    }
  }
  return Math.max(0, 0.5 * objects + 0.5 * regions)
}

const pairs = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 })).chain(([width, height]) => {
  const one = fc
    .array(fc.integer({ min: 0, max: 4 }), { minLength: width * height, maxLength: width * height })
    .map((values): Plane => ({ width, height, data: Float32Array.from(values, (v) => v / 4) }))
  return fc.tuple(one, one)
})

describe('sMeasure', () => {
  it('equals the literal definition', () => {
    fc.assert(
      fc.property(pairs, ([a, t]) => {
        expect(sMeasure(a, t)).toBeCloseTo(naive(a, t), 6)
      }),
      { numRuns: 300 },
    )
  })

  it('is one minus the mean for an empty truth, and the mean for a full one', () => {
    expect(sMeasure(createPlane(3, 3, 0.25), createPlane(3, 3))).toBeCloseTo(0.75, 12)
    expect(sMeasure(createPlane(3, 3, 0.25), createPlane(3, 3, 1))).toBeCloseTo(0.25, 12)
  })

  it('gives the hand-computed value for even gray against half a mask', () => {
    // Truth 0 1 in one row, answer 0.5 0.5. Objects: both sides mean 0.5, spread 0: 1 / 1.25 = 0.8.
    // Regions: the centroid is column 2, so one quarter holds both pixels; the answer does not vary: 0.
    const truth: Plane = { width: 2, height: 1, data: Float32Array.of(0, 1) }
    expect(sMeasure(createPlane(2, 1, 0.5), truth)).toBeCloseTo(0.4, 12)
  })

  it('gives constant alpha that floats cannot hold the same answer at any size', () => {
    // The mask is the first pixel, and the upper left quarter just it: no quarter varies in mask or answer, and
    // where neither varies the definition says likeness 1.
    const score = (size: number) => {
      const truth = createPlane(size, size)
      truth.data[0] = 1
      return sMeasure(createPlane(size, size, 0.1), truth)
    }
    const expected = (size: number) => {
      const outside = (size * size - 1) / (size * size)
      const [inside, rest] = [0.2 / 1.01, 1.8 / 1.81]
      return 0.5 * ((1 - outside) * inside + outside * rest) + 0.5
    }
    for (const size of [3, 50, 333]) expect(score(size)).toBeCloseTo(expected(size), 6)
  })
})
