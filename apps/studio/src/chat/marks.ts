// Strokes of the brush as marks of the tool, in pixels of the input. Pure.

import type { hintsOf } from '../fix/strokes.ts'
import type { Size } from '../view/geometry.ts'

interface Mark {
  readonly stroke: readonly (readonly [number, number])[]
  readonly radius: number
}

interface Marks {
  readonly keep?: readonly Mark[]
  readonly erase?: readonly Mark[]
}

/** Of one mark: the tool takes no more. */
const MAX_POINTS = 1000

export function marksOf({ keep, erase }: ReturnType<typeof hintsOf>, size: Size): Marks {
  const longer = Math.max(size.width, size.height)
  const toMarks = (hint: typeof keep): Mark[] | undefined => {
    if (hint?.type !== 'strokes') return undefined
    return hint.strokes.flatMap(({ points, radius = 1 }) => {
      const stroke = points.map(
        ([x, y]) => [rounded((x * size.width) / 100), rounded((y * size.height) / 100)] as const,
      )
      return pieces(stroke).map((piece) => ({ stroke: piece, radius: rounded((radius * longer) / 100) }))
    })
  }
  const [kept, erased] = [toMarks(keep), toMarks(erase)]
  return { ...(kept && { keep: kept }), ...(erased && { erase: erased }) }
}

/** They share an end, so that the line has no gap. */
function pieces<T>(points: readonly T[]): T[][] {
  const count = Math.max(1, Math.ceil((points.length - 1) / (MAX_POINTS - 1)))
  return Array.from({ length: count }, (_, i) => points.slice(i * (MAX_POINTS - 1), (i + 1) * (MAX_POINTS - 1) + 1))
}

const rounded = (value: number) => Math.round(value * 10) / 10
