import { describe, expect, it } from 'vitest'
import { createPlane, type Plane } from '../../pixels/raster.ts'
import { random } from '../scenes.fixture.ts'
import { pinAt, stepAt } from './evidence.ts'
import { sharpnessOf } from './sharpness.ts'

function slowExtreme({ width, height, data }: Plane, x: number, y: number, reach: number, sign: number): number {
  let most = Number.NEGATIVE_INFINITY
  for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++)
    for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++)
      most = Math.max(most, data[v * width + u]! * sign)
  return most * sign
}

function noise(width: number, height: number): Plane {
  const next = random(5)
  const plane = createPlane(width, height)
  for (let i = 0; i < plane.data.length; i++) plane.data[i] = next()
  return plane
}

describe('sharpnessOf', () => {
  it('finds the lowest and highest value three pixels around, also in planes smaller than that', () => {
    for (const [width, height] of [
      [23, 17],
      [2, 9],
      [1, 1],
    ] as const) {
      const plane = noise(width, height)
      const { lowest, highest } = sharpnessOf(plane, width, height, width, height)
      for (let i = 0; i < plane.data.length; i++) {
        const [x, y] = [i % width, Math.floor(i / width)]
        expect(lowest[i]).toBe(slowExtreme(plane, x, y, 3, -1))
        expect(highest[i]).toBe(slowExtreme(plane, x, y, 3, 1))
      }
    }
  })

  it('reaches a whole pixel of an image that the network saw enlarged', () => {
    const plane = createPlane(40, 40)
    plane.data[20 * 40 + 20] = 1
    const { highest } = sharpnessOf(plane, 8, 8, 40, 40)
    expect(highest[20 * 40 + 25]).toBe(1)
    expect(highest[20 * 40 + 26]).toBe(0)
  })
})

describe('pinAt', () => {
  it('holds tops and bottoms of steep rises, and lets their slopes and slow ramps go', () => {
    expect(pinAt(1, 0, 1)).toBe(1)
    expect(pinAt(0, 0, 1)).toBe(1)
    expect(pinAt(0.5, 0, 1)).toBe(0)
    expect(pinAt(0.5, 0.4, 0.6)).toBe(0)
    expect(pinAt(0.6, 0, 0.6)).toBeCloseTo(0.648, 3)
    expect(pinAt(0, 0, 0)).toBe(0)
  })
})

describe('stepAt', () => {
  it('tells steps from ramps', () => {
    expect([stepAt(0, 0.3), stepAt(0.1, 0.9), stepAt(0, 0)]).toEqual([0, 1, 0])
  })
})
