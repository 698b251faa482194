// The gradient error against a plain two-dimensional convolution with the kernel of the benchmark's definition.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPlane, type Plane } from '../pixels/raster.ts'
import { grad } from './grad.ts'

const SIGMA = 1.4

function naiveGrad(actual: Plane, truth: Plane): number {
  const gauss = (x: number) => Math.exp(-(x * x) / (2 * SIGMA * SIGMA)) / (SIGMA * Math.sqrt(2 * Math.PI))
  const slope = (x: number) => (-x * gauss(x)) / (SIGMA * SIGMA)
  const half = 4 // ceil(1.4 * sqrt(-2 ln(sqrt(2 pi) * 1.4 * 0.01))) = ceil(3.62)
  const kernel: number[][] = []
  for (let v = -half; v <= half; v++) {
    kernel.push([])
    for (let u = -half; u <= half; u++) kernel.at(-1)!.push(gauss(v) * slope(u))
  }
  const length = Math.sqrt(kernel.flat().reduce((sum, w) => sum + w * w, 0))
  const at = (p: Plane, x: number, y: number) =>
    p.data[Math.min(p.height - 1, Math.max(0, y)) * p.width + Math.min(p.width - 1, Math.max(0, x))]!
  const magnitude = (p: Plane, x: number, y: number) => {
    let gx = 0
    let gy = 0
    for (let v = -half; v <= half; v++) {
      for (let u = -half; u <= half; u++) {
        gx += (kernel[v + half]![u + half]! / length) * at(p, x - u, y - v)
        gy += (kernel[u + half]![v + half]! / length) * at(p, x - u, y - v)
      }
    }
    return Math.hypot(gx, gy)
  }
  let total = 0
  for (let y = 0; y < truth.height; y++) {
    for (let x = 0; x < truth.width; x++) total += (magnitude(actual, x, y) - magnitude(truth, x, y)) ** 2
  }
  return total / 1000
}

const pairs = fc.tuple(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 13 })).chain(([width, height]) => {
  const one = fc
    .array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: width * height, maxLength: width * height })
    .map((values): Plane => ({ width, height, data: Float32Array.from(values) }))
  return fc.tuple(one, one)
})

describe('grad', () => {
  it('equals the naive convolution at every size, smaller than the kernel included', () => {
    fc.assert(
      fc.property(pairs, ([a, t]) => {
        expect(grad(a, t)).toBeCloseTo(naiveGrad(a, t), 10)
      }),
      { numRuns: 60 },
    )
  })

  it('equals it over many tiles, where the two are the same in most of them and at their borders', () => {
    const truth = createPlane(100, 70)
    const answer = createPlane(100, 70)
    for (const [x, y] of [
      [31, 10],
      [32, 50],
      [68, 31],
      [95, 65],
    ] as const) {
      truth.data[y * 100 + x] = 1
      answer.data[y * 100 + x] = 0.5
    }
    truth.data.fill(0.7, 0, 250)
    answer.data.fill(0.7, 0, 250)
    expect(grad(answer, truth)).toBeGreaterThan(0)
    expect(grad(answer, truth)).toBeCloseTo(naiveGrad(answer, truth), 10)
  })

  it('is 0 for a constant offset: only edges count', () => {
    expect(grad(createPlane(20, 20, 0.9), createPlane(20, 20, 0.1))).toBe(0)
  })

  it('gives the hand-computed energy of a step that is missing in the answer', () => {
    // A vertical step in the truth, nothing in the answer. Every row has the same response: (sum of the smoothing
    // taps) * (sum of the derivative taps beyond the step). Distances 0..4, taps exp(-x^2 / 3.92), x exp(-x^2 / 3.92).
    const s = [1, 0.774837, 0.360448, 0.10067, 0.016881]
    const d = s.map((value, x) => x * value)
    const smoothLength = Math.sqrt(s[0]! ** 2 + 2 * (s[1]! ** 2 + s[2]! ** 2 + s[3]! ** 2 + s[4]! ** 2))
    const deriveLength = Math.sqrt(2 * (d[1]! ** 2 + d[2]! ** 2 + d[3]! ** 2 + d[4]! ** 2))
    const across = (1 + 2 * (s[1]! + s[2]! + s[3]! + s[4]!)) / smoothLength
    // Tail sums of the derivative taps from distance 1, 2, 3, 4: columns left and right of the step, four each.
    const tails = [1, 2, 3, 4].map((from) => d.slice(from).reduce((sum, w) => sum + w, 0) / deriveLength)
    const perRow = 2 * tails.reduce((sum, tail) => sum + (across * tail) ** 2, 0)

    const truth = createPlane(16, 10)
    for (let i = 0; i < truth.data.length; i++) truth.data[i] = i % 16 < 8 ? 0 : 1
    expect(grad(createPlane(16, 10), truth)).toBeCloseTo((10 * perRow) / 1000, 5)
    expect(grad(truth, createPlane(16, 10))).toBeCloseTo((10 * perRow) / 1000, 5)
  })

  it('does not see the direction of an edge, only its strength', () => {
    const step = createPlane(16, 10)
    for (let i = 0; i < step.data.length; i++) step.data[i] = i % 16 < 8 ? 0 : 1
    const mirrored: Plane = { ...step, data: step.data.map((v) => 1 - v) }
    expect(grad(mirrored, step)).toBeCloseTo(0, 12)
  })
})
