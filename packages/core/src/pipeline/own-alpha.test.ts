import { describe, expect, it } from 'vitest'
import { createPlane, type Plane } from '../pixels/raster.ts'
import type { Picture } from '../ports/ports.ts'
import { isCutout, overPlain } from './own-alpha.ts'

const SIDE = 20

/** Opaque in the middle; `color` where it shows, `hidden` where it does not. */
function picture(alpha: Plane, color: number, hidden: number): Picture {
  const data = new Uint8Array(SIDE * SIDE * 3)
  for (let i = 0; i < alpha.data.length; i++) data.fill(alpha.data[i]! > 0 ? color : hidden, 3 * i, 3 * i + 3)
  const raster = { width: SIDE, height: SIDE, channels: 3, alpha: 'none', data } as const
  const metadata = { exif: null, xmp: null }
  const size = { width: SIDE, height: SIDE }
  return { ...size, color: raster, srgb: raster, alpha, format: 'png', icc: null, metadata, warnings: [] }
}

function filled(inside: (x: number, y: number) => number): Plane {
  const alpha = createPlane(SIDE, SIDE)
  for (let i = 0; i < alpha.data.length; i++) alpha.data[i] = inside(i % SIDE, Math.floor(i / SIDE))
  return alpha
}

const disc = filled((x, y) => (Math.hypot(x - 9.5, y - 9.5) < 6 ? 1 : 0))
const roundedCorners = filled((x, y) => (Math.min(x, 19 - x) + Math.min(y, 19 - y) < 2 ? 0 : 1))

describe('overPlain', () => {
  it.each([
    ['dark', 30, 255],
    ['bright', 220, 0],
  ])('puts a %s subject before the other end of the range, whatever is hidden', (_, color, expected) => {
    for (const hidden of [0, 90, 255]) {
      const { srgb, color: untouched } = overPlain(picture(disc, color, hidden))
      expect([srgb.data[0], srgb.data[3 * (10 * SIDE + 10)]]).toEqual([expected, color])
      expect(untouched.data[0]).toBe(hidden)
    }
  })

  it('blends by alpha', () => {
    expect(overPlain(picture(createPlane(SIDE, SIDE, 0.5), 60, 0)).srgb.data[0]).toBe(Math.round(60 * 0.5 + 255 * 0.5))
  })

  it('leaves opaque images alone', () => {
    const opaque = { ...picture(disc, 30, 0), alpha: null }
    expect(overPlain(opaque)).toBe(opaque)
  })
})

describe('isCutout', () => {
  const everything = createPlane(4, 4, 1)

  it('where the network finds what shows', () => {
    expect(isCutout(picture(disc, 30, 0), disc)).toBe(true)
    expect(isCutout(picture(disc, 30, 0), everything)).toBe(true)
  })

  it('not where the network finds less', () => {
    const half = filled((x, y) => (x < 10 ? disc.data[y * SIDE + x]! : 0))
    expect(isCutout(picture(disc, 30, 0), half)).toBe(false)
    expect(isCutout(picture(disc, 30, 0), createPlane(4, 4))).toBe(false)
  })

  it('not with rounded corners, nor where nothing shows, nor without alpha', () => {
    expect(isCutout(picture(roundedCorners, 30, 0), everything)).toBe(false)
    expect(isCutout(picture(createPlane(SIDE, SIDE), 30, 0), everything)).toBe(false)
    expect(isCutout({ ...picture(disc, 30, 0), alpha: null }, everything)).toBe(false)
  })
})
