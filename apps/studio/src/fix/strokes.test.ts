import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHistory, hintsOf, limitOf, type Stroke, type StrokePoint } from './strokes.ts'

const stroke = (tool: Stroke['tool'], radius: number, ...points: StrokePoint[]): Stroke => ({ tool, radius, points })

describe('the history', () => {
  it('undoes and redoes each stroke, and forgets what was undone when another comes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('add', 'drop', 'undo', 'redo', 'clear'), { maxLength: 60 }), (steps) => {
        const history = createHistory([])
        let past: (readonly Stroke[])[] = [[]]
        let at = 0
        let count = 0
        const push = (next: readonly Stroke[]) => {
          past = [...past.slice(0, at + 1), next]
          at++
        }
        for (const step of steps) {
          if (step === 'add') {
            const next = stroke('keep', 1, [count++, 0])
            history.add(next)
            push([...past[at]!, next])
          } else if (step === 'drop') {
            const isOdd = ({ points }: Stroke) => points[0]![0] % 2 === 1
            history.drop(isOdd)
            push(past[at]!.filter((each) => !isOdd(each)))
          } else if (step === 'clear') {
            history.clear()
            if (past[at]!.length > 0) push([])
          } else {
            history[step]()
            at = step === 'undo' ? Math.max(0, at - 1) : Math.min(past.length - 1, at + 1)
          }
          expect(history.value).toEqual(past[at])
          expect([history.mayUndo, history.mayRedo]).toEqual([at > 0, at < past.length - 1])
        }
      }),
    )
  })
})

describe('hints of strokes', () => {
  it('are nothing without any', () => {
    expect(hintsOf([], 1)).toEqual({})
  })

  it('keep the order in which they were painted: the last one wins where it lies over others', () => {
    const erased = stroke('erase', 2, [10, 50], [20, 50], [30, 50], [40, 50], [50, 50])
    const kept = stroke('keep', 3, [30, 50])
    const { keep, erase } = hintsOf([erased, kept], 1)
    expect(keep).toMatchObject({ unit: '%', strokes: [{ radius: 3, points: [[30, 50]] }] })
    const runs = erase?.type === 'strokes' ? erase.strokes.map(({ points }) => points) : []
    expect(runs).toEqual([
      [
        [10, 50],
        [20, 50],
      ],
      [
        [40, 50],
        [50, 50],
      ],
    ])
    // The other way around nothing is left of what was kept.
    expect(hintsOf([kept, erased], 1)).not.toHaveProperty('keep')
  })

  it('carry the rectangle that holds when they are painted, and cover nothing outside of it', () => {
    const box = { left: 0, top: 0, width: 20, height: 100 }
    const limit = (of: 'subject' | 'strokes', to: typeof box | null): Stroke => ({
      ...stroke('keep', 0),
      limit: { of, box: to },
    })
    const erased = stroke('erase', 2, [10, 50], [15, 50], [30, 50])
    const kept = { ...stroke('keep', 3, [10, 50], [30, 50]), within: box }
    const { keep, erase } = hintsOf([limit('strokes', box), erased, kept], 1)
    expect(keep).toMatchObject({ strokes: [{ within: [0, 0, 20, 100] }] })
    expect(erase).toMatchObject({ strokes: [{ points: [[30, 50]] }] })
    const steps = [limit('subject', box), limit('strokes', null)]
    expect([limitOf(steps, 'subject'), limitOf(steps, 'strokes'), limitOf([], 'subject')]).toEqual([box, null, null])
  })

  it('have no more points than the line needs', () => {
    const straight = stroke('keep', 2, ...Array.from({ length: 50 }, (_, x): StrokePoint => [x, 10]))
    expect(hintsOf([straight], 1).keep).toMatchObject({
      strokes: [
        {
          points: [
            [0, 10],
            [49, 10],
          ],
        },
      ],
    })
  })

  it('measure distances in the shape of the image', () => {
    const under = stroke('erase', 1, [50, 55])
    const over = stroke('keep', 3, [50, 50])
    // 5 % of the height of an image twice as wide as high are 2.5 % of its longer side.
    expect(hintsOf([under, over], 2)).not.toHaveProperty('erase')
    expect(hintsOf([under, over], 1)).toHaveProperty('erase')
  })
})
