// The background in place of the subject: its alpha, its colors, and what the report says of it.

import { describe, expect, it } from 'vitest'
import type { Options } from '../options/options.ts'
import { resolve } from '../options/resolve.ts'
import { createPlane, type Plane, type Raster } from '../pixels/raster.ts'
import type { Codec, Picture } from '../ports/ports.ts'
import { alphaFinder } from './given-alpha.ts'
import { photoOf } from './photo.fixture.ts'
import { cutout } from './pipeline.ts'

const SIZE = 24
const RED = [220, 20, 20] as const
const BLUE = [20, 40, 200] as const

/** A column ramp: subject left, background right, mixed over six pixels between them. */
const ramp: Plane = createPlane(SIZE, SIZE)
ramp.data.forEach((_, i) => {
  ramp.data[i] = Math.min(1, Math.max(0, (15 - (i % SIZE)) / 6))
})

/** A red subject before a blue background, mixed as `ramp` says. */
const mixed: Raster = { width: SIZE, height: SIZE, channels: 3, alpha: 'none', data: new Uint8Array(SIZE * SIZE * 3) }
ramp.data.forEach((share, i) => {
  for (let c = 0; c < 3; c++) mixed.data[i * 3 + c] = Math.round(RED[c]! * share + BLUE[c]! * (1 - share))
})

function cut(options: Options, picture: Partial<Picture> = {}, alpha = ramp) {
  const unused = () => Promise.reject(new Error('not to be asked'))
  // A pipeline may overwrite what it has decoded.
  const photo = { ...photoOf({ ...mixed, data: mixed.data.slice() }), ...picture }
  const codec: Codec = { id: 'fake', decode: async () => photo, encode: unused, cover: unused, blur: unused }
  return cutout(async () => Uint8Array.of(1), resolve({ speckArea: { value: 0, unit: 'px' }, ...options }), {
    codec,
    engine: () => {
      throw new Error('not to be asked')
    },
    finder: alphaFinder(async () => alpha),
    source: { read: unused },
    clock: { nowMs: () => 0 },
  })
}

describe('invert', () => {
  it('keeps exactly what the cutout leaves out', async () => {
    const [subject, background] = [await cut({}), await cut({ invert: true })]
    for (const [i, value] of background.alpha.data.entries()) expect(value).toBeCloseTo(1 - subject.alpha.data[i]!, 6)
    const again = await cut({ invert: true, mask: true })
    expect(again.raster.data[SIZE - 1]).toBe(255)
    expect(again.raster.data[0]).toBe(0)
  })

  it('gives soft edges the colors of the background, not those of the subject', async () => {
    const { raster } = await cut({ invert: true })
    // Column 12 is half red in the photo.
    const at = (10 * SIZE + 12) * 4
    expect(raster.data[at + 3]).toBe(128)
    for (let c = 0; c < 3; c++) expect(Math.abs(raster.data[at + c]! - BLUE[c]!)).toBeLessThan(25)
  })

  it('hides what the image itself hides', async () => {
    const own = createPlane(SIZE, SIZE, 1)
    own.data.fill(0, 0, SIZE * 4)
    const { alpha } = await cut({ invert: true }, { alpha: own })
    expect(alpha.data[SIZE - 1]).toBe(0)
    expect(alpha.data[SIZE * 5 - 1]).toBe(1)
  })

  it('crops to the background, and reports the subject that was removed', async () => {
    const { raster, report } = await cut({ invert: true, crop: true })
    expect(raster.width).toBeLessThan(SIZE)
    expect(report).toMatchObject({ subject: true, touches: ['top', 'right', 'bottom'], warnings: [] })
    expect(report.subjects).toMatchObject([{ touches: ['top', 'bottom', 'left'], kept: true }])
  })

  it('keeps the whole image where no subject is, and says so', async () => {
    const { alpha, report } = await cut({ invert: true }, {}, createPlane(SIZE, SIZE))
    expect(alpha.data.every((value) => value === 1)).toBe(true)
    expect([report.subject, report.warnings.map(({ code }) => code)]).toEqual([false, ['no-subject']])
  })

  it('is refused with a shadow, which nothing would cast', () => {
    expect(() => resolve({ invert: true, shadow: 'drop' })).toThrow('Expected no shadow with invert')
  })
})
