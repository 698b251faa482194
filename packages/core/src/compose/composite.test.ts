import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Plane, Raster } from '../pixels/raster.ts'
import { alphaAsGrey, overColor, overNothing, overPicture } from './composite.ts'

const rgb = (values: number[], depth: 8 | 16 = 8): Raster => ({
  width: values.length / 3,
  height: 1,
  channels: 3,
  alpha: 'none',
  data: depth === 16 ? Uint16Array.from(values) : Uint8Array.from(values),
})
const alpha = (...values: number[]): Plane => ({ width: values.length, height: 1, data: Float32Array.from(values) })
const red = { r: 255, g: 0, b: 0, a: 255 }

const pixels = fc.array(
  fc.record({
    front: fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)),
    back: fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)),
    a: fc.float({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 16 },
)

describe('compositing', () => {
  it('over nothing keeps color and alpha, and hides nothing where alpha is 0', () => {
    const out = overNothing(rgb([10, 20, 30, 40, 50, 60]), alpha(0.5, 0.001))
    expect([...out.data]).toEqual([10, 20, 30, 128, 0, 0, 0, 0])
    expect(out).toMatchObject({ channels: 4, alpha: 'straight' })
  })

  it('keeps 16 bits', () => {
    const out = overNothing(rgb([1000, 2000, 65535], 16), alpha(0.25))
    expect([...out.data]).toEqual([1000, 2000, 65535, Math.round(0.25 * 65535)])
    expect([...overColor(rgb([0, 0, 0], 16), alpha(0), red).data]).toEqual([65535, 0, 0])
    expect([...alphaAsGrey(alpha(0.5), 16).data]).toEqual([32768])
  })

  it('over a half-transparent color is Porter-Duff "over"', () => {
    // front alpha .5 over back alpha .5: total .75; color = (F*.5 + B*.25)/.75
    const out = overColor(rgb([0, 255, 0]), alpha(0.5), { r: 255, g: 0, b: 0, a: 127.5 })
    expect([...out.data]).toEqual([85, 170, 0, 191])
  })

  it('is the foreground at alpha 1, the background at 0, and aF + (1-a)B between', () => {
    fc.assert(
      fc.property(pixels, (list) => {
        const front = rgb(list.flatMap(({ front }) => front))
        const back = rgb(list.flatMap(({ back }) => back))
        const plane = alpha(...list.map(({ a }) => a))
        const ones = alpha(...list.map(() => 1))
        const zeros = alpha(...list.map(() => 0))
        expect(overPicture(front, ones, back).data).toEqual(front.data)
        expect(overPicture(front, zeros, back).data).toEqual(back.data)
        expect(overColor(front, ones, red).data).toEqual(front.data)
        const mixed = overPicture(front, plane, back)
        mixed.data.forEach((value, i) => {
          const a = plane.data[Math.floor(i / 3)]!
          expect(Math.abs(value - (front.data[i]! * a + back.data[i]! * (1 - a)))).toBeLessThanOrEqual(0.5 + 1e-4)
        })
      }),
    )
  })

  it('over one color equals over an image of that color', () => {
    fc.assert(
      fc.property(pixels, ([first, ...rest]) => {
        const list = [first!, ...rest]
        const [r, g, b] = first!.back
        const front = rgb(list.flatMap(({ front }) => front))
        const plane = alpha(...list.map(({ a }) => a))
        const flat = rgb(list.flatMap(() => [r, g, b]))
        expect(overColor(front, plane, { r, g, b, a: 255 }).data).toEqual(overPicture(front, plane, flat).data)
      }),
    )
  })

  it('scales an 8-bit background to a 16-bit foreground', () => {
    expect([...overPicture(rgb([0, 0, 0], 16), alpha(0), rgb([255, 128, 0])).data]).toEqual([65535, 128 * 257, 0])
  })
})
