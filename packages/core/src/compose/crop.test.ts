import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import { cropPlane, cropRaster, growBox, subjectBox } from './crop.ts'

const plane = (rows: number[][]): Plane => ({
  width: rows[0]!.length,
  height: rows.length,
  data: Float32Array.from(rows.flat()),
})

describe('subjectBox', () => {
  it('is the smallest box above the threshold; residue below it does not count', () => {
    const alpha = plane([
      [0.01, 0, 0, 0],
      [0, 0, 0.6, 0],
      [0, 0.4, 0, 0],
      [0, 0, 0, 2 / 255],
    ])
    expect(subjectBox(alpha, 0.05)).toEqual({ left: 1, top: 1, width: 2, height: 2 })
    expect(subjectBox(alpha, 0)).toEqual({ left: 0, top: 0, width: 4, height: 4 })
    expect(subjectBox(alpha, 0.9)).toBeNull()
  })

  it('equals the box of brute force', () => {
    const planes = fc
      .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }))
      .chain(([width, height]) =>
        fc
          .array(fc.constantFrom(0, 0, 0, 1), { minLength: width * height, maxLength: width * height })
          .map((data): Plane => ({ width, height, data: Float32Array.from(data) })),
      )
    fc.assert(
      fc.property(planes, (alpha) => {
        const xs: number[] = []
        const ys: number[] = []
        alpha.data.forEach((value, i) => {
          if (value > 0.5) {
            xs.push(i % alpha.width)
            ys.push(Math.floor(i / alpha.width))
          }
        })
        const [left, top] = [Math.min(...xs), Math.min(...ys)]
        const expected =
          xs.length === 0 ? null : { left, top, width: Math.max(...xs) - left + 1, height: Math.max(...ys) - top + 1 }
        expect(subjectBox(alpha, 0.5)).toEqual(expected)
      }),
    )
  })
})

describe('growBox', () => {
  const picture = { width: 100, height: 50 }
  it('adds pixels on every side, inside the image', () => {
    const box = { left: 40, top: 20, width: 20, height: 10 }
    expect(growBox(box, 3, picture)).toEqual({ left: 37, top: 17, width: 26, height: 16 })
    expect(growBox(box, 1000, picture)).toEqual({ left: 0, top: 0, width: 100, height: 50 })
  })
})

describe('cropping', () => {
  it('takes the rectangle of every channel', () => {
    const raster: Raster = {
      width: 3,
      height: 2,
      channels: 4,
      alpha: 'straight',
      data: Uint8Array.from({ length: 24 }, (_, i) => i),
    }
    expect([...cropRaster(raster, { left: 1, top: 1, width: 2, height: 1 }).data]).toEqual([
      16, 17, 18, 19, 20, 21, 22, 23,
    ])
  })

  it('undoes padding', () => {
    fc.assert(
      fc.property(
        fc.nat(4),
        fc.nat(4),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 5 }),
        (left, top, width, height) => {
          const inner: Plane = { width, height, data: Float32Array.from({ length: width * height }, (_, i) => i + 1) }
          const outer = createPlane(width + left + 2, height + top + 3)
          for (let y = 0; y < height; y++)
            for (let x = 0; x < width; x++) outer.data[(y + top) * outer.width + x + left] = inner.data[y * width + x]!
          expect(cropPlane(outer, { left, top, width, height })).toEqual(inner)
        },
      ),
    )
  })
})
