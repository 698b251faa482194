// Strokes of the brushes: a list with undo and redo, and the hints that they are to the matte. Pure but for its signal.

import { signal } from '@preact/signals'
import type { JobOptions } from '../api/jobs.ts'
import type { Rect, Size } from '../view/geometry.ts'
import type { PaintedStroke } from '../view/painted.ts'

export type Tool = 'keep' | 'erase'
/** In % of the image's width and height. */
export type StrokePoint = readonly [x: number, y: number]

export interface Stroke {
  readonly tool: Tool
  /** In % of the image's longer side. */
  readonly radius: number
  readonly points: readonly StrokePoint[]
  /** Where it takes out or in one of several subjects: which. */
  readonly subject?: number
  /** No stroke, but the rectangle in which the subject is looked for from here on, in % of the image; null is all of it. */
  readonly region?: Rect | null
}

export interface History {
  /** Follows changes. */
  readonly value: readonly Stroke[]
  peek(): readonly Stroke[]
  readonly mayUndo: boolean
  readonly mayRedo: boolean
  /** Together they are one step. */
  add(...strokes: readonly Stroke[]): void
  undo(): void
  redo(): void
  clear(): void
}

/** One step a stroke, without limit. */
export function createHistory(strokes: readonly Stroke[]): History {
  const states = signal<readonly (readonly Stroke[])[]>([strokes])
  const at = signal(0)
  const push = (next: readonly Stroke[]) => {
    states.value = [...states.peek().slice(0, at.peek() + 1), next]
    at.value++
  }
  return {
    get value() {
      return states.value[at.value]!
    },
    peek: () => states.peek()[at.peek()]!,
    get mayUndo() {
      return at.value > 0
    },
    get mayRedo() {
      return at.value < states.value.length - 1
    },
    add(...strokes) {
      push([...this.peek(), ...strokes])
    },
    undo() {
      if (at.peek() > 0) at.value--
    },
    redo() {
      if (at.peek() < states.peek().length - 1) at.value++
    },
    clear() {
      if (this.peek().length > 0) push([])
    },
  }
}

/**
 * `keep` and `erase` of the strokes. The matte has no order of marks and erasing wins there: so what a later stroke of the
 * other kind has painted over is taken out of the earlier ones. `ratio` is width by height of the image.
 */
export function hintsOf(strokes: readonly Stroke[], ratio: number): Pick<JobOptions, 'keep' | 'erase'> {
  const painted = strokes.filter(({ region }) => region === undefined)
  const left = painted.flatMap((stroke, i) => {
    const later = painted.slice(i + 1).filter(({ tool }) => tool !== stroke.tool)
    return unpainted(stroke, later, ratio)
  })
  const hint = (tool: Tool) => {
    const own = left.filter((stroke) => stroke.tool === tool)
    if (own.length === 0) return null
    const marks = own.map(({ points, radius }) => ({
      points: points.map(([x, y]): [number, number] => [x, y]),
      radius,
    }))
    return { type: 'strokes' as const, unit: '%' as const, strokes: marks }
  }
  const [keep, erase] = [hint('keep'), hint('erase')]
  return { ...(keep && { keep }), ...(erase && { erase }) }
}

/** The rectangle that the latest of them has drawn; null for the whole image. */
export const regionOf = (strokes: readonly Stroke[]): Rect | null =>
  strokes.findLast(({ region }) => region !== undefined)?.region ?? null

/** As the stage paints them: those of `all` that come after `solved`, or none where it has others. */
export function newStrokes(all: readonly Stroke[], solved: readonly Stroke[], image: Size): readonly PaintedStroke[] {
  if (solved.some((stroke, i) => stroke !== all[i])) return []
  return all.slice(solved.length).map(({ tool, points, radius }) => ({
    tool,
    radius: (radius * Math.max(image.width, image.height)) / 100,
    points: points.map(([x, y]) => ({ x: (x * image.width) / 100, y: (y * image.height) / 100 })),
  }))
}

/** The runs of points that no later stroke has covered. */
function unpainted(stroke: Stroke, later: readonly Stroke[], ratio: number): Stroke[] {
  if (later.length === 0) return [stroke]
  const runs: StrokePoint[][] = [[]]
  for (const point of stroke.points) {
    if (later.some((over) => isCovered(point, over, ratio))) runs.push([])
    else runs.at(-1)!.push(point)
  }
  return runs.filter((run) => run.length > 0).map((points) => ({ ...stroke, points }))
}

function isCovered(point: StrokePoint, { points, radius }: Stroke, ratio: number): boolean {
  // Radii are of the longer side, coordinates of their own: all become % of the longer side.
  const [sx, sy] = ratio >= 1 ? [1, 1 / ratio] : [ratio, 1]
  const [px, py] = [point[0] * sx, point[1] * sy]
  return points.some(([x, y], i) => {
    const [x1, y1] = points[Math.max(0, i - 1)]!
    return distance(px, py, x1 * sx, y1 * sy, x * sx, y * sy) <= radius
  })
}

/** Of (px, py) from the line between two points. */
function distance(px: number, py: number, x1: number, y1: number, x2: number, y2: number): number {
  const [dx, dy] = [x2 - x1, y2 - y1]
  const squared = dx * dx + dy * dy
  const share = squared === 0 ? 0 : Math.min(1, Math.max(0, ((px - x1) * dx + (py - y1) * dy) / squared))
  return Math.hypot(px - x1 - share * dx, py - y1 - share * dy)
}
