// What an assistant marks as foreground or background: points, boxes and strokes, as core's strokes.

import { invalidOptions, type ResolvedOptions } from '@koutu/core'
import * as z from 'zod'

const MAX_MARKS = 100
const MAX_POINTS = 1000
const MAX_COORDINATE = 1e6

const Coordinate = z.number().min(-MAX_COORDINATE).max(MAX_COORDINATE)
/** Not a tuple: some hosts know no `prefixItems`. */
const Point = z.array(Coordinate).length(2)

const Mark = z.strictObject({
  point: Point.optional().describe('A dot at [x, y].'),
  stroke: z.array(Point).min(1).max(MAX_POINTS).optional().describe('A line through these points.'),
  box: z.array(Coordinate).length(4).optional().describe('A filled rectangle [x, y, width, height].'),
  radius: z.number().positive().max(2000).optional().describe('Of the brush for a point or stroke.'),
})

export const MarkList = z
  .array(Mark)
  .max(MAX_MARKS)
  .optional()
  .describe(
    'Marks in pixels of the upright input image. Each is a point, a stroke or a box. They extend over similar colors nearby.',
  )
export type Marks = readonly z.output<typeof Mark>[]

type Hint = NonNullable<ResolvedOptions['keep']>
type Strokes = Extract<Hint, { type: 'strokes' }>

/** Undefined for no marks. Errors: INVALID_OPTIONS for a mark that is not one of the three. */
export function strokesOf(marks: Marks): Strokes | undefined {
  if (marks.length === 0) return undefined
  const strokes = marks.flatMap(({ point, stroke, box, radius }, i) => {
    const given = [point, stroke, box].filter((shape) => shape !== undefined)
    if (given.length !== 1) {
      const message = `Expected one of point, stroke and box but received ${given.length}`
      throw invalidOptions([{ path: `mark ${i + 1}`, message }])
    }
    if (box) return fill(box[0]!, box[1]!, box[2]!, box[3]!)
    const points = (point ? [point] : stroke!).map((at): [number, number] => [at[0]!, at[1]!])
    return [{ points, ...(radius !== undefined && { radius }) }]
  })
  return { type: 'strokes', unit: 'px', strokes }
}

/** Lines of a round brush in a rectangle. */
const MAX_LINES = 12
const LINE_WIDTH = 4
const OVERLAP = 1.2

/** Lines along the longer side that fill a rectangle and stay inside; its corners are rounded by the brush. */
function fill(x: number, y: number, width: number, height: number): Strokes['strokes'] {
  if (width <= 0 || height <= 0) throw invalidOptions([{ path: 'box', message: 'Expected a width and height above 0' }])
  const isWide = width >= height
  const [length, breadth] = isWide ? [width, height] : [height, width]
  const lines = Math.min(MAX_LINES, Math.ceil(breadth / LINE_WIDTH))
  const radius = Math.min(breadth / 2, (OVERLAP * breadth) / (2 * lines))
  const place = (along: number, across: number): [number, number] =>
    isWide ? [x + along, y + across] : [x + across, y + along]
  return Array.from({ length: lines }, (_, line) => {
    const across = lines === 1 ? breadth / 2 : radius + (line * (breadth - 2 * radius)) / (lines - 1)
    return { points: [place(radius, across), place(length - radius, across)], radius }
  })
}
