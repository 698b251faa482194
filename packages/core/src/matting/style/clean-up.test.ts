import { describe, expect, it } from 'vitest'
import { boxFilter } from '../../pixels/box-filter.ts'
import { createPlane, type Plane } from '../../pixels/raster.ts'
import { automaticTrimap } from '../edges/automatic-trimap.ts'
import { dilate } from '../edges/band.ts'
import { discScene, hairScene, random } from '../scenes.fixture.ts'
import { feather } from './feather.ts'
import { harden } from './harden.ts'
import { removeSpecks } from './remove-specks.ts'
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
    expect(show(removeSpecks(matte, { minAreaPx: 2, holes: 'small' }))).toEqual([
      '0000000',
      '0009999',
      '0009999',
      '0009999',
      '0000000',
    ])
  })

  it('keeps holes when asked, and everything of at least the area', () => {
    expect(removeSpecks(matte, { minAreaPx: 2, holes: 'keep' }).data[2 * 7 + 4]).toBe(0)
    expect(show(removeSpecks(matte, { minAreaPx: 1, holes: 'small' }))).toEqual(show(matte))
  })

  it('changes its input only where it may', () => {
    const mine = { ...matte, data: matte.data.slice() }
    const copied = removeSpecks(mine, { minAreaPx: 2, holes: 'small' })
    expect(mine.data).toEqual(matte.data)
    const painted = removeSpecks(mine, { minAreaPx: 2, holes: 'small', canOverwrite: true })
    expect(painted.data).toBe(mine.data)
    expect(painted.data).toEqual(copied.data)
  })

  it('keeps what touches the subject only at a corner', () => {
    const corner = draw('9000', '0999', '0999')
    expect(show(removeSpecks(corner, { minAreaPx: 3, holes: 'keep' }))).toEqual(show(corner))
  })
})

describe('removeSpecks, holes of any size', () => {
  const ring = draw('99999', '90009', '90909', '90009', '99990')

  it('fills what the subject encloses, whatever its size, but not what opens to the border', () => {
    expect(show(removeSpecks(ring, { minAreaPx: 0, holes: 'all' }))).toEqual([
      '99999',
      '99999',
      '99999',
      '99999',
      '99990',
    ])
    const open = draw('99099', '90009', '99999')
    expect(removeSpecks(open, { minAreaPx: 100, holes: 'all' })).toBe(open)
  })

  it('never drops the largest part, and hands back what it does not change', () => {
    const small = draw('900', '099', '000')
    expect(removeSpecks(small, { minAreaPx: 1e6, holes: 'keep' })).toBe(small)
  })
})

describe('shiftEdge', () => {
  it('moves by whole pixels, both ways', () => {
    const dot = draw('00000', '00000', '00900', '00000', '00000')
    expect(show(shiftEdge(dot, 1))).toEqual(['00000', '00900', '09990', '00900', '00000'])
    expect(area(shiftEdge(shiftEdge(dot, 1), -1))).toBe(1)
    expect(show(shiftEdge(dot, 0))).toEqual(show(dot))
  })

  it('goes far in several steps', () => {
    const dot = createPlane(81, 81)
    dot.data[40 * 81 + 40] = 1
    const grown = shiftEdge(dot, 30)
    expect(Math.abs(Math.sqrt(area(grown) / Math.PI) - 30)).toBeLessThan(1)
    grown.data.forEach((value, i) => {
      const distance = Math.hypot((i % 81) - 40, Math.floor(i / 81) - 40)
      if (distance < 28) expect(value).toBe(1)
      if (distance > 32) expect(value).toBe(0)
    })
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

  it('equals the blur of the whole plane, tiles or not', () => {
    const alpha = createPlane(700, 300)
    for (let i = 0; i < alpha.data.length; i++)
      alpha.data[i] = Math.hypot((i % 700) - 500, Math.floor(i / 700) - 40) < 90 || i % 700 < 3 ? 1 : 0
    for (const [sigma, radius] of [
      [Math.sqrt(6), 2],
      [Math.sqrt(132), 11],
    ] as const) {
      const expected = boxFilter(boxFilter(boxFilter(alpha, radius), radius), radius)
      const worst = feather(alpha, sigma).data.reduce(
        (most, value, i) => Math.max(most, Math.abs(value - expected.data[i]!)),
        0,
      )
      expect(worst).toBeLessThan(1e-5)
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
  it('holds a step that has no soft pixel', () => {
    const alpha = createPlane(40, 30)
    for (let y = 0; y < 30; y++) alpha.data.fill(0.99, y * 40 + 20, (y + 1) * 40)
    const row = [...automaticTrimap(alpha, { radiusPx: 3 }).data.subarray(15 * 40, 16 * 40)]
    expect(row).toEqual([...Array(16).fill(0), ...Array(8).fill(0.5), ...Array(16).fill(1)])
  })

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
