// The pointwise metrics and IoU: hand-computed cases, laws, and what they refuse.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isKoutuError } from '../errors/koutu-error.ts'
import { createPlane, type Plane } from '../pixels/raster.ts'
import { iou } from './iou.ts'
import { mae } from './mae.ts'
import { mse } from './mse.ts'
import { sad } from './sad.ts'
import { METRICS, type MetricId, scoreMatte } from './score.ts'

/** A plane from its values in reading order. */
function plane(width: number, values: readonly number[]): Plane {
  return { width, height: values.length / width, data: Float32Array.from(values) }
}

const flipX = (p: Plane): Plane => ({
  ...p,
  data: p.data.map((_, i) => p.data[i - (i % p.width) + (p.width - 1 - (i % p.width))]!),
})
const flipY = (p: Plane): Plane => ({
  ...p,
  data: p.data.map((_, i) => p.data[(p.height - 1 - Math.floor(i / p.width)) * p.width + (i % p.width)]!),
})

const alphaPair = () =>
  fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })).chain(([width, height]) => {
    const values = fc
      .array(fc.integer({ min: 0, max: 255 }), { minLength: width * height, maxLength: width * height })
      .map((bytes) =>
        plane(
          width,
          bytes.map((byte) => byte / 255),
        ),
      )
    return fc.tuple(values, values)
  })

const truth = plane(2, [0, 1, 0.5, 1])
const actual = plane(2, [0.25, 1, 0.5, 0.5])

describe('hand-computed', () => {
  it('sums, means and squares', () => {
    expect(sad(actual, truth)).toBeCloseTo(0.00075, 12)
    expect(mae(actual, truth)).toBeCloseTo(0.1875, 12)
    expect(mse(actual, truth)).toBeCloseTo((0.0625 + 0.25) / 4, 12)
  })

  it('counts alpha 0.5 into the mask, and 0.499 not', () => {
    expect(iou(plane(4, [1, 0.5, 0, 0.499]), plane(4, [0.5, 0, 0.5, 0]))).toBeCloseTo(1 / 3, 12)
    expect(iou(plane(2, [127 / 255, 128 / 255]), plane(2, [0, 1]))).toBe(1)
  })

  it('calls two empty masks alike and one empty mask wholly wrong', () => {
    const empty = createPlane(3, 2)
    expect(iou(empty, empty)).toBe(1)
    expect(iou(createPlane(3, 2, 1), empty)).toBe(0)
    expect(iou(empty, createPlane(3, 2, 1))).toBe(0)
  })

  it('reports sums in thousands and means without the size', () => {
    const scores = scoreMatte(createPlane(100, 50, 1), createPlane(100, 50))
    expect(scores).toMatchObject({ sad: 5, mae: 1, mse: 1, conn: 5, grad: 0, iou: 0, sMeasure: 0 })
  })
})

describe('laws', () => {
  const best = (id: MetricId) => (METRICS.find((metric) => metric.id === id)?.better === 'lower' ? 0 : 1)
  const symmetric: MetricId[] = ['sad', 'mse', 'mae', 'grad', 'conn', 'iou']

  it('gives every metric once, under its own id', () => {
    const ids = METRICS.map((metric) => metric.id)
    expect([...ids].sort()).toEqual(['conn', 'grad', 'iou', 'mae', 'mse', 'sMeasure', 'sad'])
    expect(Object.keys(scoreMatte(actual, truth))).toEqual(ids)
  })

  it('is perfect on itself: soft alpha for all but the S-measure, which wants a mask', () => {
    fc.assert(
      fc.property(alphaPair(), ([a]) => {
        const mask: Plane = { ...a, data: a.data.map((v) => (v >= 0.5 ? 1 : 0)) }
        const soft = scoreMatte(a, a)
        for (const id of symmetric) expect(soft[id]).toBe(best(id))
        expect(scoreMatte(mask, mask).sMeasure).toBeCloseTo(1, 9)
      }),
    )
  })

  it('does not mind the order, but for the S-measure', () => {
    fc.assert(
      fc.property(alphaPair(), ([a, b]) => {
        const there = scoreMatte(a, b)
        const back = scoreMatte(b, a)
        for (const id of symmetric) expect(there[id]).toBeCloseTo(back[id], 12)
      }),
    )
  })

  it('does not mind flips', () => {
    fc.assert(
      fc.property(alphaPair(), ([a, b]) => {
        const plain = scoreMatte(a, b)
        for (const flip of [flipX, flipY]) {
          const flipped = scoreMatte(flip(a), flip(b))
          // Conn is left to its own test: the choice among equally large components depends on reading order.
          for (const id of ['sad', 'mse', 'mae', 'grad', 'iou'] as const) expect(flipped[id]).toBeCloseTo(plain[id], 9)
        }
      }),
    )
  })

  it('keeps bounded metrics in 0..1', () => {
    fc.assert(
      fc.property(alphaPair(), ([a, b]) => {
        const scores = scoreMatte(a, b)
        for (const id of ['mse', 'mae', 'iou', 'sMeasure'] as const) {
          expect(scores[id]).toBeGreaterThanOrEqual(0)
          expect(scores[id]).toBeLessThanOrEqual(1 + 1e-12)
        }
      }),
    )
  })
})

describe('refusals', () => {
  const bad: [string, Plane, Plane][] = [
    ['other width', createPlane(3, 2), createPlane(2, 3)],
    ['no pixels', createPlane(0, 4), createPlane(0, 4)],
    ['too few samples', { width: 2, height: 2, data: new Float32Array(3) }, createPlane(2, 2)],
    ['too many samples in the truth', createPlane(2, 2), { width: 2, height: 2, data: new Float32Array(5) }],
  ]
  for (const [name, a, t] of bad) {
    for (const metric of METRICS) {
      it(`${metric.id}: ${name}`, () => {
        let caught: unknown
        try {
          metric.measure(a, t)
        } catch (error) {
          caught = error
        }
        expect(isKoutuError(caught) && caught.code).toBe('INTERNAL')
      })
    }
  }
})
