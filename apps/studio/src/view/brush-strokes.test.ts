import fc from 'fast-check'
import { expect, it } from 'vitest'
import { brushStrokes } from './brush-strokes.ts'

const at = (x: number, pressure: number | null) => ({ x, y: 0, pressure })

it('is one stroke of the brush without pressure', () => {
  expect(brushStrokes('keep', 8, [at(0, null), at(5, null)])).toEqual([
    {
      tool: 'keep',
      radius: 8,
      points: [
        { x: 0, y: 0 },
        { x: 5, y: 0 },
      ],
    },
  ])
  expect(brushStrokes('keep', 8, [])).toEqual([])
})

it('is wider where a pen presses harder, and does not tremble', () => {
  const radii = (pressures: readonly number[]) =>
    brushStrokes(
      'erase',
      8,
      pressures.map((pressure, x) => at(x, pressure)),
    ).map(({ radius }) => radius)
  expect(radii([0.5, 0.52, 0.47, 0.55])).toEqual([8])
  expect(radii([0.1, 0.5, 0.9])).toEqual([4, 8, 12])
})

it('goes through all points without a gap, close to the width that the pressure asks for', () => {
  const pressures = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(pressures, (given) => {
      const strokes = brushStrokes(
        'keep',
        10,
        given.map((pressure, x) => at(x, pressure)),
      )
      strokes.forEach(({ points }, i) => {
        if (i > 0) expect(points[0]).toEqual(strokes[i - 1]!.points.at(-1))
      })
      const own = strokes.flatMap(({ points, radius }, i) =>
        (i === 0 ? points : points.slice(1)).map(({ x }) => ({ x, radius })),
      )
      expect(own.map(({ x }) => x)).toEqual(given.map((_, x) => x))
      for (const { x, radius } of own) {
        const wanted = Math.min(1.5, Math.max(0.5, given[x]! * 2)) * 10
        expect(Math.abs(radius - wanted)).toBeLessThanOrEqual(2.01)
      }
    }),
  )
})
