import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Box, Size } from '../pixels/raster.ts'
import {
  boxOnCanvas,
  covers,
  fitPixels,
  isInPlace,
  type LayoutOptions,
  layOut,
  type Margin,
  mostPixels,
} from './layout.ts'

const PICTURE = { width: 100, height: 80 }
const SUBJECT = { left: 10, top: 20, width: 40, height: 20 }
const none: Margin = { value: 0, unit: 'px' }
const px = (value: number) => ({ value, unit: 'px' }) as const
const percent = (value: number) => ({ value, unit: '%' }) as const
const lay = (options: Partial<LayoutOptions>, bounds: Box | null = SUBJECT, picture: Size = PICTURE) =>
  layOut(picture, bounds, { crop: false, margin: none, ...options })
const still = { scaleX: 1, scaleY: 1 }

describe('layOut', () => {
  it('leaves the image in its place where nothing is asked, or where there is no subject', () => {
    expect(lay({})).toEqual({ ...PICTURE, ...still, left: 0, top: 0 })
    expect(isInPlace(lay({ margin: px(9), position: 'original' }), PICTURE)).toBe(true)
    expect(isInPlace(lay({ crop: true, scale: 50, position: { x: 0, y: 0 } }, null), PICTURE)).toBe(true)
  })

  it('cuts to the subject and its margins, in the order of CSS, also beyond the border', () => {
    expect(lay({ crop: true })).toEqual({ width: 40, height: 20, ...still, left: -10, top: -20 })
    expect(lay({ crop: true, margin: px(15) })).toEqual({ width: 70, height: 50, ...still, left: 5, top: -5 })
    // Of the height of 20 above and below, of the width of 40 at the sides.
    expect(lay({ crop: true, margin: percent(10) })).toEqual({ width: 48, height: 24, ...still, left: -6, top: -18 })
    expect(lay({ crop: true, margin: [px(1), percent(50)] })).toEqual({
      width: 80,
      height: 22,
      ...still,
      left: 10,
      top: -19,
    })
    expect(lay({ crop: true, margin: [px(1), px(2), px(3), px(4)] })).toEqual({
      width: 46,
      height: 24,
      ...still,
      left: -6,
      top: -19,
    })
  })

  it('extends to a ratio without cutting anything, around what was there', () => {
    expect(lay({ canvas: { width: 1, height: 1, unit: 'ratio' } })).toEqual({
      width: 100,
      height: 100,
      ...still,
      left: 0,
      top: 10,
    })
    // A crop of 40 x 20.
    expect(lay({ crop: true, canvas: { width: 1, height: 2, unit: 'ratio' } })).toEqual({
      width: 40,
      height: 80,
      ...still,
      left: -10,
      top: 10,
    })
  })

  it('fits into a size exactly, the whole of what was there in the middle', () => {
    const layout = lay({ crop: true, canvas: { width: 200, height: 200, unit: 'px' } })
    expect(layout).toMatchObject({ width: 200, height: 200, scaleX: 5, scaleY: 5 })
    expect(boxOnCanvas(SUBJECT, layout)).toEqual({ left: 0, top: 50, width: 200, height: 100 })
    const placed = lay({ canvas: { width: 200, height: 400, unit: 'px' }, scale: 50, position: { x: 50, y: 100 } })
    expect(boxOnCanvas(SUBJECT, placed)).toEqual({ left: 50, top: 350, width: 100, height: 50 })
  })

  it('canvases hold all that is cropped, have the shape that was asked for, and no more pixels than were counted before', () => {
    const side = fc.integer({ min: 1, max: 300 })
    const canvas = fc.oneof(
      fc.record({ width: side, height: side, unit: fc.constant('px' as const) }),
      fc
        .record({ width: fc.integer({ min: 1, max: 20 }), height: fc.integer({ min: 1, max: 20 }) })
        .filter(({ width, height }) => width <= 10 * height && height <= 10 * width)
        .map((ratio) => ({ ...ratio, unit: 'ratio' as const })),
    )
    fc.assert(
      fc.property(side, side, canvas, (width, height, wanted) => {
        const picture = { width, height }
        const layout = layOut(picture, null, { crop: false, margin: none, canvas: wanted })
        if (wanted.unit === 'px') expect(layout).toMatchObject({ width: wanted.width, height: wanted.height })
        else {
          const exact = Math.max(width, (height * wanted.width) / wanted.height)
          expect(Math.abs(layout.width - exact)).toBeLessThanOrEqual(0.5)
          expect(layout).toMatchObject(still)
        }
        const [right, bottom] = [layout.left + layout.scaleX * width, layout.top + layout.scaleY * height]
        expect(Math.min(layout.left, layout.top)).toBeGreaterThanOrEqual(-1)
        expect(right).toBeLessThanOrEqual(layout.width + 1)
        expect(bottom).toBeLessThanOrEqual(layout.height + 1)
        expect(layout.width * layout.height).toBeLessThanOrEqual(
          mostPixels(picture, { crop: false, margin: none, canvas: wanted }),
        )
      }),
    )
  })

  it('scales the subject to its share of the fuller side, in the middle', () => {
    // 50 wide and 25 high on 100 x 80: free are 50 and 55.
    const layout = lay({ scale: 50 })
    expect(layout).toMatchObject({ ...PICTURE, scaleX: 1.25, scaleY: 1.25 })
    expect(boxOnCanvas(SUBJECT, layout)).toEqual({ left: 25, top: 28, width: 50, height: 25 })
    // A high one: 80 of 80 rows.
    const high = { left: 3, top: 4, width: 5, height: 40 }
    expect(boxOnCanvas(high, lay({ scale: 100 }, high))).toEqual({ left: 45, top: 0, width: 10, height: 80 })
    // Of a cropped canvas of 60 x 40.
    const cropped = lay({ crop: true, margin: px(10), scale: 100 })
    expect(boxOnCanvas(SUBJECT, cropped)).toEqual({ left: 0, top: 5, width: 60, height: 30 })
  })

  it('moves the subject to its share of the free space', () => {
    const at = (options: Partial<LayoutOptions>) => {
      const { left, top } = boxOnCanvas(SUBJECT, lay(options))
      return [left, top]
    }
    expect(at({ position: 'center' })).toEqual([30, 30])
    expect(at({ position: { x: 0, y: 100 } })).toEqual([0, 60])
    expect(at({ position: { x: 25, y: 50 } })).toEqual([15, 30])
    expect(lay({ position: { x: 0, y: 0 } })).toEqual({ ...PICTURE, ...still, left: -10, top: -20 })
    expect(at({ crop: true, margin: px(10), position: { x: 100, y: 0 } })).toEqual([20, 0])
    // Original: 10 of 60 free columns and 20 of 60 free rows lie before it. Scaled, 50 and 55 are free.
    expect(at({ scale: 50, position: 'original' })).toEqual([8, 18])
  })

  it('shrinks the canvas with all that is on it, and never enlarges', () => {
    expect(lay({ maxOutputPixels: 2000 })).toEqual({ width: 50, height: 40, scaleX: 0.5, scaleY: 0.5, left: 0, top: 0 })
    expect(isInPlace(lay({ maxOutputPixels: 8000 }), PICTURE)).toBe(true)
    const cropped = lay({ crop: true, margin: px(10), maxOutputPixels: 600 })
    expect(cropped).toEqual({ width: 30, height: 20, scaleX: 0.5, scaleY: 0.5, left: 0, top: -5 })
    expect(boxOnCanvas(SUBJECT, lay({ scale: 50, maxOutputPixels: 2000 }))).toEqual({
      left: 13,
      top: 14,
      width: 25,
      height: 13,
    })
  })

  const boxes = fc
    .record({ width: fc.integer({ min: 1, max: 300 }), height: fc.integer({ min: 1, max: 300 }) })
    .chain((picture) =>
      fc.record({ left: fc.nat(picture.width - 1), top: fc.nat(picture.height - 1) }).chain(({ left, top }) =>
        fc
          .record({
            width: fc.integer({ min: 1, max: picture.width - left }),
            height: fc.integer({ min: 1, max: picture.height - top }),
          })
          .map((size) => ({ picture, box: { left, top, ...size } })),
      ),
    )
  const measure = fc.record({ value: fc.integer({ min: 0, max: 200 }), unit: fc.constantFrom('px', '%') })
  const options = fc.record({
    crop: fc.boolean(),
    margin: fc.oneof(measure, fc.tuple(measure, measure), fc.tuple(measure, measure, measure, measure)),
    scale: fc.option(fc.integer({ min: 10, max: 100 }), { nil: undefined }),
    position: fc.option(
      fc.oneof(
        fc.constantFrom('original' as const, 'center' as const),
        fc.record({ x: fc.integer({ min: 0, max: 100 }), y: fc.integer({ min: 0, max: 100 }) }),
      ),
      { nil: undefined },
    ),
    maxOutputPixels: fc.option(fc.integer({ min: 1, max: 50_000 }), { nil: undefined }),
  })

  it('keeps the subject on the canvas and the canvas within its limits, whatever is asked', () => {
    fc.assert(
      fc.property(boxes, options, ({ picture, box }, given) => {
        const layout = layOut(picture, box, given)
        expect(Number.isInteger(layout.width) && Number.isInteger(layout.height)).toBe(true)
        expect(layout.width).toBeGreaterThan(0)
        expect(layout.height).toBeGreaterThan(0)
        expect(layout.width * layout.height).toBeLessThanOrEqual(given.maxOutputPixels ?? Number.POSITIVE_INFINITY)
        expect(layout.width * layout.height).toBeLessThanOrEqual(mostPixels(picture, given))
        const placed = boxOnCanvas(box, layout)
        expect(placed.left).toBeGreaterThanOrEqual(0)
        expect(placed.top).toBeGreaterThanOrEqual(0)
        expect(placed.left + placed.width).toBeLessThanOrEqual(layout.width)
        expect(placed.top + placed.height).toBeLessThanOrEqual(layout.height)
        if (given.scale !== undefined) {
          const share = Math.max(placed.width / layout.width, placed.height / layout.height)
          // To the pixel that rounding may cost.
          const pixel = 1 / Math.min(layout.width, layout.height)
          expect(Math.abs(share - given.scale / 100)).toBeLessThanOrEqual(pixel)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('gives a cropped subject back where it was when the crop is undone', () => {
    fc.assert(
      fc.property(boxes, measure, ({ picture, box }, margin) => {
        const layout = layOut(picture, box, { crop: true, margin })
        const placed = boxOnCanvas(box, layout)
        expect({ ...placed, left: placed.left - layout.left, top: placed.top - layout.top }).toEqual(box)
      }),
    )
  })
})

describe('fitPixels', () => {
  it.each([
    // The preview of a service of this kind: a quarter of a megapixel.
    [{ width: 4000, height: 3000 }, 250_000, { width: 577, height: 433 }],
    [{ width: 1000, height: 1000 }, 250_000, { width: 500, height: 500 }],
    [{ width: 300, height: 400 }, 120_000, { width: 300, height: 400 }],
    [{ width: 10_000, height: 1 }, 100, { width: 100, height: 1 }],
    [{ width: 3, height: 2 }, 1, { width: 1, height: 1 }],
  ])('%o to %d', (size, most, expected) => {
    expect(fitPixels(size, most)).toEqual(expected)
  })

  it('keeps the shape to within a pixel, and wastes little', () => {
    const side = fc.integer({ min: 1, max: 5000 })
    fc.assert(
      fc.property(side, side, fc.integer({ min: 1, max: 1_000_000 }), (width, height, most) => {
        const fitted = fitPixels({ width, height }, most)
        expect(fitted.width * fitted.height).toBeLessThanOrEqual(most)
        expect(fitted.width).toBeLessThanOrEqual(width)
        expect(fitted.height).toBeLessThanOrEqual(height)
        const [long, short] = width >= height ? [fitted.width, fitted.height] : [fitted.height, fitted.width]
        const ratio = Math.max(width, height) / Math.min(width, height)
        // A side of one pixel cannot be shorter, so the other is as long as the limit lets it.
        if (short > 1) expect(Math.abs(long - short * ratio)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('covers', () => {
  it('says whether the image leaves something of the canvas free', () => {
    expect(covers(PICTURE, lay({ crop: true }))).toBe(true)
    expect(covers(PICTURE, lay({ crop: true, margin: px(10) }))).toBe(true)
    expect(covers(PICTURE, lay({ crop: true, margin: px(11) }))).toBe(false)
    expect(covers(PICTURE, lay({ maxOutputPixels: 777 }))).toBe(true)
  })
})
