// Strokes of the brushes: a list with undo and redo, and the hints that they are to the matte. Pure but for its signal.

import { signal } from '@preact/signals'
import type { JobOptions } from '../api/jobs.ts'
import type { Rect, Size } from '../view/geometry.ts'
import type { PaintedStroke } from '../view/painted.ts'
import { distance, withoutNeedless } from './simplify.ts'

export type Tool = 'keep' | 'erase'
/** Of the radius: how far a line may lie from the points that it stands for. */
const STRAIGHT = 0.05
/** In % of the image's width and height. */
export type StrokePoint = readonly [x: number, y: number]

export interface Stroke {
  readonly tool: Tool
  /** In % of the image's longer side. */
  readonly radius: number
  readonly points: readonly StrokePoint[]
  /** Where it belongs to the marks that take one of several subjects out: which. */
  readonly subject?: number
  /** The part of the image that it may change, in %. */
  readonly within?: Rect
  /** No stroke, but a rectangle that holds from here on, in % of the image; null is all of it. */
  readonly limit?: { readonly of: Limited; readonly box: Rect | null }
}

/** What a rectangle is for: the subject is looked for inside of it, or strokes change what is inside of it. */
export type Limited = 'subject' | 'strokes'

export interface History {
  /** Follows changes. */
  readonly value: readonly Stroke[]
  peek(): readonly Stroke[]
  readonly mayUndo: boolean
  readonly mayRedo: boolean
  /** Together they are one step. */
  add(...strokes: readonly Stroke[]): void
  /** As one step. */
  drop(isDropped: (stroke: Stroke) => boolean): void
  undo(): void
  redo(): void
  clear(): void
}

/** From pixels of the image. */
export const strokeOf = (
  { tool, points, radius }: PaintedStroke,
  { width, height }: Size,
  within: Rect | null = null,
): Stroke => ({
  tool,
  radius: (radius * 100) / Math.max(width, height),
  points: points.map(({ x, y }) => [(x * 100) / width, (y * 100) / height] as const),
  ...(within && { within }),
})

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
    drop(isDropped) {
      push(this.peek().filter((stroke) => !isDropped(stroke)))
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
  const painted = strokes.filter(({ limit }) => !limit)
  const boxes = painted.map((stroke) => boxOf(stroke, ratio))
  const left = painted.flatMap((stroke, i) => {
    const later = painted.filter((over, k) => k > i && over.tool !== stroke.tool && doMeet(boxes[i]!, boxes[k]!))
    return unpainted(stroke, later, ratio)
  })
  const hint = (tool: Tool) => {
    const own = left.filter((stroke) => stroke.tool === tool)
    if (own.length === 0) return null
    const marks = own.map(({ points, radius, within }) => ({
      points: withoutNeedless(points, radius * STRAIGHT, longerSides(ratio)),
      radius,
      ...(within && { within: sidesOf(within) }),
    }))
    return { type: 'strokes' as const, unit: '%' as const, strokes: marks }
  }
  const [keep, erase] = [hint('keep'), hint('erase')]
  return { ...(keep && { keep }), ...(erase && { erase }) }
}

const sidesOf = ({ left, top, width, height }: Rect): [number, number, number, number] => [left, top, width, height]

/** The rectangle that holds after them; null for the whole image. */
export const limitOf = (strokes: readonly Stroke[], of: Limited): Rect | null =>
  strokes.findLast(({ limit }) => limit?.of === of)?.limit?.box ?? null

/** As the stage paints them: those of `all` that come after `solved`, or none where it has others. */
export function newStrokes(all: readonly Stroke[], solved: readonly Stroke[], image: Size): readonly PaintedStroke[] {
  if (solved.some((stroke, i) => stroke !== all[i])) return []
  const [sx, sy] = [image.width / 100, image.height / 100]
  return all
    .slice(solved.length)
    .filter(({ limit }) => !limit)
    .map(({ tool, points, radius, within }) => ({
      tool,
      radius: (radius * Math.max(image.width, image.height)) / 100,
      points: points.map(([x, y]) => ({ x: x * sx, y: y * sy })),
      ...(within && {
        within: { left: within.left * sx, top: within.top * sy, width: within.width * sx, height: within.height * sy },
      }),
    }))
}

/** Around the stroke, its width included, in % of the width and height. */
function boxOf({ points, radius }: Stroke, ratio: number): Rect {
  const [sx, sy] = longerSides(ratio)
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)]
  const [left, top] = [Math.min(...xs) - radius / sx, Math.min(...ys) - radius / sy]
  return { left, top, width: Math.max(...xs) + radius / sx - left, height: Math.max(...ys) + radius / sy - top }
}

const doMeet = (a: Rect, b: Rect): boolean =>
  a.left <= b.left + b.width && b.left <= a.left + a.width && a.top <= b.top + b.height && b.top <= a.top + a.height

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

function isCovered(point: StrokePoint, { points, radius, within }: Stroke, ratio: number): boolean {
  if (within && !isIn(within, point)) return false
  const [sx, sy] = longerSides(ratio)
  const [px, py] = [point[0] * sx, point[1] * sy]
  return points.some(([x, y], i) => {
    const [x1, y1] = points[Math.max(0, i - 1)]!
    return distance(px, py, x1 * sx, y1 * sy, x * sx, y * sy) <= radius
  })
}

const isIn = ({ left, top, width, height }: Rect, [x, y]: StrokePoint): boolean =>
  x >= left && y >= top && x <= left + width && y <= top + height

/** Radii are of the longer side, coordinates of their own: factors that make all of them % of the longer side. */
const longerSides = (ratio: number): StrokePoint => (ratio >= 1 ? [1, 1 / ratio] : [ratio, 1])
