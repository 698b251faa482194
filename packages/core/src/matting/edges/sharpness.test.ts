import { describe, expect, it } from 'vitest'
import { createPlane, type Plane } from '../../pixels/raster.ts'
import { resizePlane } from '../../pixels/resize.ts'
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

function extremes(plane: Plane, sign: number): Plane {
  const data = plane.data.map((_, i) => slowExtreme(plane, i % plane.width, Math.floor(i / plane.width), 3, sign))
  return { ...plane, data }
}

function noise(width: number, height: number): Plane {
  const next = random(5)
  const plane = createPlane(width, height)
  for (let i = 0; i < plane.data.length; i++) plane.data[i] = next()
  return plane
}

const everywhere = ({ data }: Plane) => new Uint8Array(data.length).fill(1)

describe('sharpnessOf', () => {
  it('finds the lowest and highest value three pixels around, also in planes smaller than that', () => {
    for (const [width, height] of [
      [23, 17],
      [2, 9],
      [1, 1],
    ] as const) {
      const plane = noise(width, height)
      const { lowest, highest } = sharpnessOf(plane, everywhere(plane), width, height, width, height)
      for (let i = 0; i < plane.data.length; i++) {
        const [x, y] = [i % width, Math.floor(i / width)]
        expect(lowest[i]).toBe(slowExtreme(plane, x, y, 3, -1))
        expect(highest[i]).toBe(slowExtreme(plane, x, y, 3, 1))
      }
    }
  })

  it('gives the same where only a part is asked for, in tiles', () => {
    const plane = noise(301, 203)
    const band = new Uint8Array(200 * 150)
    for (let i = 0; i < 200; i++) band[i * 7] = 1
    band[149 * 200 + 199] = 1
    const part = sharpnessOf(plane, band, 400, 300, 200, 150)
    const all = sharpnessOf(plane, new Uint8Array(200 * 150).fill(1), 400, 300, 200, 150)
    const lowest = resizePlane(extremes(plane, -1), 200, 150).data
    const highest = resizePlane(extremes(plane, 1), 200, 150).data
    band.forEach((asked, i) => {
      expect(all.lowest[i]).toBeCloseTo(lowest[i]!, 6)
      expect(all.highest[i]).toBeCloseTo(highest[i]!, 6)
      if (asked === 1) expect([part.lowest[i], part.highest[i]]).toEqual([all.lowest[i], all.highest[i]])
    })
  })

  it('reaches a whole pixel of an image that the network saw enlarged', () => {
    const plane = createPlane(40, 40)
    plane.data[20 * 40 + 20] = 1
    const { highest } = sharpnessOf(plane, everywhere(plane), 8, 8, 40, 40)
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
