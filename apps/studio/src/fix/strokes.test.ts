import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHistory, hintsOf, type Stroke, type StrokePoint } from './strokes.ts'

const stroke = (tool: Stroke['tool'], radius: number, ...points: StrokePoint[]): Stroke => ({ tool, radius, points })

describe('the history', () => {
  it('undoes and redoes each stroke, and forgets what was undone when another comes', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('add', 'undo', 'redo', 'clear'), { maxLength: 60 }), (steps) => {
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

  it('measure distances in the shape of the image', () => {
    const under = stroke('erase', 1, [50, 55])
    const over = stroke('keep', 3, [50, 50])
    // 5 % of the height of an image twice as wide as high are 2.5 % of its longer side.
    expect(hintsOf([under, over], 2)).not.toHaveProperty('erase')
    expect(hintsOf([under, over], 1)).toHaveProperty('erase')
  })
})
