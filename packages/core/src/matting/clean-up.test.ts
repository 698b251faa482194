import { describe, expect, it } from 'vitest'
import { createPlane, type Plane } from '../pixels/raster.ts'
import { automaticTrimap } from './automatic-trimap.ts'
import { dilate } from './band.ts'
import { feather } from './feather.ts'
import { harden } from './harden.ts'
import { removeSpecks } from './remove-specks.ts'
import { discScene, hairScene, random } from './scenes.fixture.ts'
import { shiftEdge } from './shift-edge.ts'

/** Rows of digits, 9 = 1. */
const draw = (...rows: string[]): Plane => ({
  width: rows[0]!.length,
  height: rows.length,
  data: Float32Array.from(rows.join(''), (digit) => Number(digit) / 9),
})

const show = ({ width, data }: Plane): string[] => {
  const text = Array.from(data, (value) => Math.round(value * 9)).join('')
  return Array.from({ length: data.length / width }, (_, y) => text.slice(y * width, (y + 1) * width))
}

const area = (plane: Plane) => plane.data.reduce((sum, value) => sum + value, 0)

describe('removeSpecks', () => {
  const matte = draw('9000000', '0009999', '0009099', '0009999', '0000000')

  it('drops islands and fills holes below the area', () => {
    expect(show(removeSpecks(matte, { minAreaPx: 2, keepHoles: false }))).toEqual([
      '0000000',
      '0009999',
      '0009999',
      '0009999',
      '0000000',
    ])
  })

  it('keeps holes when asked, and everything of at least the area', () => {
    expect(removeSpecks(matte, { minAreaPx: 2, keepHoles: true }).data[2 * 7 + 4]).toBe(0)
    expect(show(removeSpecks(matte, { minAreaPx: 1, keepHoles: false }))).toEqual(show(matte))
  })

  it('keeps what touches the subject only at a corner', () => {
    const corner = draw('9000', '0999', '0999')
    expect(show(removeSpecks(corner, { minAreaPx: 3, keepHoles: true }))).toEqual(show(corner))
  })
})

describe('shiftEdge', () => {
  it('moves by whole pixels, both ways', () => {
    const dot = draw('00000', '00000', '00900', '00000', '00000')
    expect(show(shiftEdge(dot, 1))).toEqual(['00000', '00900', '09990', '00900', '00000'])
    expect(area(shiftEdge(shiftEdge(dot, 1), -1))).toBe(1)
    expect(show(shiftEdge(dot, 0))).toEqual(show(dot))
  })

  it('grows a disc by the distance asked for, fractions included', () => {
    const { alpha } = discScene()
    const radius = (plane: Plane) => Math.sqrt(area(plane) / Math.PI)
    for (const px of [-3, -1.5, 0.5, 1, 2, 4.5]) {
      expect(Math.abs(radius(shiftEdge(alpha, px)) - radius(alpha) - px)).toBeLessThan(0.6)
    }
  })
})

describe('feather', () => {
  it('spreads a point with the variance asked for and keeps its sum', () => {
    for (const sigma of [0.5, 1, 2.3, 4]) {
      const point = createPlane(65, 65)
      point.data[32 * 65 + 32] = 1
      const blurred = feather(point, sigma)
      const variance = blurred.data.reduce((sum, value, i) => sum + value * ((i % 65) - 32) ** 2, 0)
      expect(area(blurred)).toBeCloseTo(1, 4)
      expect(variance).toBeCloseTo(sigma * sigma, 3)
    }
  })

  it('keeps constants and does nothing at 0', () => {
    const { alpha } = discScene()
    feather(createPlane(9, 7, 0.4), 3).data.forEach((value) => {
      expect(value).toBeCloseTo(0.4, 5)
    })
    expect(feather(alpha, 0).data).toEqual(alpha.data)
  })
})

describe('harden', () => {
  it('knows only 0 and 1, the threshold itself being subject', () => {
    expect([...harden({ width: 4, height: 1, data: Float32Array.of(0, 0.25, 0.5, 1) }, 0.5).data]).toEqual([0, 0, 1, 1])
  })
})

describe('dilate', () => {
  it('equals the definition', () => {
    const next = random(5)
    const mask = Uint8Array.from({ length: 17 * 11 }, () => (next() < 0.06 ? 1 : 0))
    for (const radius of [1, 2, 5]) {
      const grown = mask.slice()
      dilate(grown, 17, 11, radius)
      for (let y = 0; y < 11; y++)
        for (let x = 0; x < 17; x++) {
          let expected = 0
          for (let v = Math.max(0, y - radius); v <= Math.min(10, y + radius); v++)
            for (let u = Math.max(0, x - radius); u <= Math.min(16, x + radius); u++) expected |= mask[v * 17 + u]!
          expect(grown[y * 17 + x]).toBe(expected)
        }
    }
  })
})

describe('automaticTrimap', () => {
  const share = (plane: Plane) => plane.data.filter((value) => value === 0.5).length / plane.data.length

  it('holds every soft pixel in the unknown and the true side elsewhere', () => {
    for (const { alpha } of [discScene(), hairScene()]) {
      const trimap = automaticTrimap(alpha, { radiusPx: 3 })
      trimap.data.forEach((value, i) => {
        if (value !== 0.5) expect(Math.abs(value - alpha.data[i]!)).toBeLessThanOrEqual(0.02)
      })
    }
  })

  it('is wider at hair than at a clean edge of the same soft area', () => {
    const perSoftPixel = ({ alpha }: { alpha: Plane }) => {
      const margin = automaticTrimap(alpha, { radiusPx: 3 })
      const narrow = automaticTrimap(alpha, { radiusPx: 1 })
      return share(margin) - share(narrow)
    }
    expect(perSoftPixel(hairScene())).toBeGreaterThan(1.5 * perSoftPixel(discScene()))
  })

  it('is not widened by speckle', () => {
    const { alpha } = discScene()
    const noisy = { ...alpha, data: alpha.data.slice() }
    const next = random(3)
    for (let k = 0; k < 100; k++) {
      const i = Math.floor(next() * noisy.data.length)
      if (noisy.data[i] === 0) noisy.data[i] = 0.2
    }
    expect(share(automaticTrimap(noisy, { radiusPx: 3 }))).toBeLessThan(
      1.15 * share(automaticTrimap(alpha, { radiusPx: 3 })),
    )
  })
})
