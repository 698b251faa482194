// The fitted end of a range against trying every end on the numbers themselves.

import { describe, expect, it } from 'vitest'
import { makeGraph, makeNode } from './build.ts'
import { chooseRanges } from './choose-ranges.ts'
import { Magnitudes } from './magnitudes.ts'

/** Numbers with a long tail: e to the power of a normal-looking number. */
function longTail(length: number, seed: number): Float32Array {
  let state = seed
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  return Float32Array.from({ length }, () =>
    Math.exp(Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())),
  )
}

function lossOf(values: Float32Array, weights: Float32Array, top: number, levels: number): number {
  const step = top / levels
  let loss = 0
  values.forEach((value, i) => {
    const kept = Math.min(levels, Math.round(value / step)) * step
    loss += weights[i % weights.length]! * Math.abs(value - kept) ** 1.2
  })
  return loss
}

describe('magnitudes', () => {
  it.each([1, 2, 3])('are fitted as well as by trying every end, seed %i', (seed) => {
    const values = longTail(20_000, seed)
    const weights = new Float32Array(20_000).fill(1)
    const magnitudes = new Magnitudes()
    magnitudes.add(values, weights)
    const top = magnitudes.bestTop(255)
    let best = Number.POSITIVE_INFINITY
    for (let end = 1; end < 80; end *= 1.02) best = Math.min(best, lossOf(values, weights, end, 255))
    // Bins are 3 % wide, and within the first steps the place in a bin is not known.
    expect(lossOf(values, weights, top, 255)).toBeLessThan(best * 1.02)
    expect(top).toBeLessThan(Math.max(...values))
  })

  it('follow the weights of places: a tail in places that do not count is cut off', () => {
    const values = longTail(10_000, 7)
    values.fill(500, 9_000)
    const weights = new Float32Array(10_000).fill(1)
    const even = new Magnitudes()
    even.add(values, weights)
    weights.fill(0.00001, 9_000)
    const weighted = new Magnitudes()
    weighted.add(values, weights)
    expect(even.bestTop(255)).toBeGreaterThan(450)
    expect(weighted.bestTop(255)).toBeLessThan(60)
  })

  it('remember the ends, and know nothing of zeros', () => {
    const magnitudes = new Magnitudes()
    expect(magnitudes.bestTop(255)).toBe(0)
    magnitudes.add(Float32Array.of(0, -3, 2), Float32Array.of(1, 1, 1))
    expect([magnitudes.least, magnitudes.greatest]).toEqual([-3, 2])
  })
})

describe('ranges', () => {
  const graph = makeGraph('g', {
    node: [
      makeNode('Conv', ['x', 'w'], ['a']),
      makeNode('MaxPool', ['a'], ['p']),
      makeNode('Conv', ['p', 'w'], ['b']),
      makeNode('Concat', ['p', 'b'], ['near'], { axis: 1n }),
      makeNode('Conv', ['near', 'w'], ['c']),
      makeNode('Concat', ['c', 'a'], ['far'], { axis: 1n }),
      makeNode('Conv', ['far', 'w'], ['head']),
    ],
    input: [],
    output: [],
  })
  const seen = (...tops: number[]) =>
    new Map(
      ['a', 'b', 'c', 'head'].map((name, i) => {
        const magnitudes = new Magnitudes()
        magnitudes.add(Float32Array.of(tops[i]!, name === 'head' ? -tops[i]! : 0), Float32Array.of(1, 1))
        return [name, magnitudes]
      }),
    )

  it('are shared by parts of a join that are alike, and kept apart where they are not', () => {
    const ranges = chooseRanges(graph, seen(4, 5, 40, 7))
    expect(ranges.a).toEqual(ranges.b)
    expect(ranges.near).toEqual(ranges.b)
    expect(ranges.c![1]).toBeGreaterThan(35)
    expect(ranges.a![1]).toBeLessThan(6)
    expect(ranges.far).toEqual(ranges.c)
  })

  it('of what becomes the answer are whole', () => {
    expect(chooseRanges(graph, seen(4, 5, 40, 7)).head).toEqual([-7, 7])
  })
})
