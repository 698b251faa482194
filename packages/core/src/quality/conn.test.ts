// The connectivity error against its definition taken literally: one set of pixels and one flood fill per threshold.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plane } from '../pixels/raster.ts'
import { conn } from './conn.ts'

function plane(rows: readonly (readonly number[])[]): Plane {
  return { width: rows[0]!.length, height: rows.length, data: Float32Array.from(rows.flat()) }
}

/** Also tells whether two components ever shared the largest size: then the definition leaves the choice open. */
function naiveConn(actual: Plane, truth: Plane): { value: number; tie: boolean } {
  const { width, height } = truth
  const level = new Array<number>(width * height).fill(-1)
  let tie = false
  for (let k = 1; k <= 10; k++) {
    const threshold = Math.fround(k / 10)
    const open = new Set<number>()
    for (let i = 0; i < width * height; i++) {
      if (actual.data[i]! >= threshold && truth.data[i]! >= threshold) open.add(i)
    }
    let omega = new Set<number>()
    for (const seed of [...open]) {
      if (!open.delete(seed)) continue
      const component = new Set([seed])
      for (const i of component) {
        const x = i % width
        const neighbors = [i - width, i + width, ...(x > 0 ? [i - 1] : []), ...(x < width - 1 ? [i + 1] : [])]
        for (const n of neighbors) if (open.delete(n)) component.add(n)
      }
      if (component.size === omega.size) tie = true
      if (component.size > omega.size) omega = component
    }
    for (let i = 0; i < level.length; i++) if (level[i] === -1 && !omega.has(i)) level[i] = (k - 1) / 10
  }
  let total = 0
  for (let i = 0; i < level.length; i++) {
    const l = level[i] === -1 ? 1 : level[i]!
    const phi = (alpha: number) => 1 - (alpha - l) * (alpha - l >= 0.15 ? 1 : 0)
    total += Math.abs(phi(actual.data[i]!) - phi(truth.data[i]!))
  }
  return { value: total / 1000, tie }
}

const alphas = fc.oneof(
  fc.constantFrom(0, 0.1, 0.3, 0.6, 0.7, 0.9, 1, 153 / 255, 51 / 255),
  fc.integer({ min: 0, max: 255 }).map((byte) => byte / 255),
  fc.float({ min: 0, max: 1, noNaN: true }),
)

const pairs = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })).chain(([width, height]) => {
  const one = fc
    .array(alphas, { minLength: width * height, maxLength: width * height })
    .map((values): Plane => ({ width, height, data: Float32Array.from(values) }))
  return fc.tuple(one, one)
})

describe('conn', () => {
  it('equals the literal definition', () => {
    fc.assert(
      fc.property(pairs, ([a, t]) => {
        expect(conn(a, t)).toBeCloseTo(naiveConn(a, t).value, 9)
      }),
      { numRuns: 300 },
    )
  })

  it('equals the literal definition when there are more runs than the first storage holds', () => {
    const noise = (salt: number): Plane => ({
      width: 97,
      height: 61,
      data: Float32Array.from({ length: 97 * 61 }, (_, i) => Math.abs(Math.sin(i * salt) * 43758.5) % 1),
    })
    const [a, t] = [noise(12.9898), noise(78.233)]
    expect(conn(a, t)).toBeCloseTo(naiveConn(a, t).value, 9)
    expect(conn(a, a)).toBe(0)
  })

  it('does not mind flips where no two components share the largest size', () => {
    const flip = (p: Plane): Plane => ({ ...p, data: p.data.slice().reverse() })
    let checked = 0
    fc.assert(
      fc.property(pairs, ([a, t]) => {
        if (naiveConn(a, t).tie) return
        checked++
        expect(conn(flip(a), flip(t))).toBeCloseTo(conn(a, t), 9)
      }),
      { numRuns: 300 },
    )
    expect(checked).toBeGreaterThan(20)
  })

  it('punishes an island only by what it is loose: hand-computed', () => {
    // Three connected pixels and one island. In the truth the island is not there at all, in the answer it is solid.
    const truth = plane([[1, 1, 1, 0, 0]])
    const answer = plane([[1, 1, 1, 0, 1]])
    expect(conn(answer, truth)).toBeCloseTo(0.001, 12)
    // Where truth and answer both have the island, it is loose in both and costs nothing.
    expect(conn(answer, answer)).toBe(0)
    // A soft island: connected to level 0, so truth counts 0.4 and the answer 1.
    expect(conn(answer, plane([[1, 1, 1, 0, 0.4]]))).toBeCloseTo(0.0006, 9)
  })

  it('forgives up to theta above the last connected level, and not more', () => {
    // One pixel connected to level 0.5 in both: 0.5 and 0.64 are within 0.15, 0.66 is not.
    expect(conn(plane([[1, 0.64]]), plane([[1, 0.5]]))).toBe(0)
    expect(conn(plane([[1, 0.66]]), plane([[1, 0.5]]))).toBeCloseTo(0.00016, 9)
  })

  it('joins over edges, not over corners', () => {
    const corner = plane([
      [1, 1, 0],
      [0, 0, 1],
    ])
    const truth = plane([
      [1, 1, 0],
      [0, 0, 0.5],
    ])
    // The corner pixel is no part of omega: level 0, so the difference is the whole 0.5.
    expect(conn(corner, truth)).toBeCloseTo(0.0005, 9)
  })

  it('joins the arms of a U below, and a ring closed on all sides', () => {
    const u = plane([
      [1, 0, 1],
      [1, 0, 1],
      [1, 1, 1],
    ])
    const lower: Plane = { ...u, data: u.data.map((v, i) => (i === 2 ? 0.8 : v)) }
    // The tip is connected through the bottom up to 0.8 in both: 0.2 above it in one, 0 in the other.
    expect(conn(u, lower)).toBeCloseTo(0.0002, 9)
  })
})
