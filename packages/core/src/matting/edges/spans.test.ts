import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dilate } from './band.ts'
import { growSpans, type Spans, spansOf } from './spans.ts'

const masks = fc
  .record({
    width: fc.integer({ min: 1, max: 20 }),
    height: fc.integer({ min: 1, max: 12 }),
    radius: fc.integer({ min: 1, max: 6 }),
  })
  .chain((size) =>
    fc
      .array(fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) }), {
        minLength: size.width * size.height,
        maxLength: size.width * size.height,
      })
      .map((mask) => ({ ...size, mask: Uint8Array.from(mask) })),
  )

function maskOf(spans: Spans, width: number, height: number): Uint8Array {
  const mask = new Uint8Array(width * height)
  let place = 0
  for (let y = 0; y < height; y++) {
    for (let span = spans.rows[y]!; span < spans.rows[y + 1]!; span++) {
      expect(spans.place[span]).toBe(place)
      expect(spans.placeOf(spans.right[span]! - 1, y)).toBe(place + spans.right[span]! - spans.left[span]! - 1)
      for (let x = spans.left[span]!; x < spans.right[span]!; x++, place++) mask[y * width + x] = 1
    }
  }
  expect(spans.area).toBe(place)
  return mask
}

describe('spans', () => {
  it('hold what a mask holds, and grow as it does', () => {
    fc.assert(
      fc.property(masks, ({ mask, width, height, radius }) => {
        const spans = spansOf(mask, width, height)
        expect(maskOf(spans, width, height)).toEqual(mask)
        const grown = mask.slice()
        dilate(grown, width, height, radius)
        expect(maskOf(growSpans(spans, width, height, radius), width, height)).toEqual(grown)
      }),
    )
  })
})
