import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { subjectBox } from '../../compose/crop.ts'
import { createPlane, type Plane } from '../../pixels/raster.ts'
import { BOTTOM, LEFT, PRESENT_PIXELS, RIGHT, SOFT_PIXELS, SUM, SURE_PIXELS, surveyAlpha, TOP } from './alpha-survey.ts'

const plane = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 })).chain(([width, height]) =>
  fc
    .array(fc.constantFrom(0, 0.02, 0.05, 0.1, 0.3, 0.5, 0.9, 0.98, 1), {
      minLength: width * height,
      maxLength: width * height,
    })
    .map((values): Plane => ({ width, height, data: Float32Array.from(values) })),
)

describe('a survey of an alpha', () => {
  it('counts and adds up what a look at each pixel does', () => {
    fc.assert(
      fc.property(plane, fc.constantFrom(0, 0.05, 0.5, 1), (alpha, threshold) => {
        const { totals } = surveyAlpha(alpha, threshold)
        const values = [...alpha.data]
        const count = (is: (value: number) => boolean) => values.filter(is).length
        expect(totals[SUM]).toBe(values.reduce((sum, value) => sum + value, 0))
        expect(totals[SURE_PIXELS]).toBe(count((value) => value >= 0.5))
        expect(totals[PRESENT_PIXELS]).toBe(count((value) => value > 0.02))
        expect(totals[SOFT_PIXELS]).toBe(count((value) => value > 0.02 && value < 0.98))
        const box = subjectBox(alpha, threshold)
        const [left, top, right, bottom] = [totals[LEFT]!, totals[TOP]!, totals[RIGHT]!, totals[BOTTOM]!]
        expect(right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 }).toEqual(box)
      }),
    )
  })

  it('keeps the highest alpha of square cells, and how many pixels of larger ones are undecided', () => {
    const [width, height] = [1001, 530]
    const alpha = createPlane(width, height)
    for (let i = 0; i < alpha.data.length; i++) alpha.data[i] = ((i * 7919) % 1013) / 1012
    const { side, columns, rows, highest, coarseColumns, coarseRows, undecided } = surveyAlpha(alpha, 0.5)
    expect([side, columns, rows, coarseColumns, coarseRows]).toEqual([2, 501, 265, 256, 136])
    const cells = new Map<number, number>()
    const counts = new Float32Array(coarseColumns * coarseRows)
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = alpha.data[y * width + x]!
        const cell = Math.floor(y / side) * columns + Math.floor(x / side)
        cells.set(cell, Math.max(cells.get(cell) ?? 0, value))
        const area = Math.floor((y * coarseRows) / height) * coarseColumns + Math.floor((x * coarseColumns) / width)
        if (value > 0.1 && value < 0.9) counts[area]!++
      }
    }
    expect(highest).toEqual(Float32Array.from({ length: columns * rows }, (_, cell) => cells.get(cell)!))
    expect(undecided).toEqual(counts)
  })
})
