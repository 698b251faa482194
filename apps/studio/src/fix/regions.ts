// Marks for whole regions: a subject among several, or an area that the matte is unsure of. Pure.

import type { Grays } from '../jobs/coarse.ts'
import type { Rect, Size } from '../view/geometry.ts'
import type { Stroke, Tool } from './strokes.ts'

const ROWS = 24
const FOREGROUND = 128
/** Below it a cell is background. */
const FAINT = 8

/** One mark along the longer side of an area, in image pixels, that stays inside of it. */
export function areaStroke(tool: Tool, { left, top, width, height }: Rect, image: Size): Stroke {
  const radius = Math.max(1, Math.min(width, height) * 0.35)
  const [x, y] = [left + width / 2, top + height / 2]
  const reach = Math.max(0, Math.max(width, height) / 2 - radius * 1.4)
  const [dx, dy] = width >= height ? [reach, 0] : [0, reach]
  const points = [
    [x - dx, y - dy],
    [x + dx, y + dy],
  ] as const
  return {
    tool,
    radius: (radius * 100) / Math.max(image.width, image.height),
    points: points.map(([px, py]) => [(px * 100) / image.width, (py * 100) / image.height] as const),
  }
}

/** What takes one of several subjects out: marks that fill it, and others that hold what is beside it, within its box alone. */
export function subjectStrokes(alpha: Grays, box: Rect, image: Size, subject: number): Stroke[] {
  const [sx, sy] = [alpha.width / image.width, alpha.height / image.height]
  const wanted: Rect = { left: box.left * sx, top: box.top * sy, width: box.width * sx, height: box.height * sy }
  const owners = ownersOf(alpha, bestPart(alpha, wanted))
  const own = boxOf(owners, alpha.width)
  if (!own) return []
  const step = Math.max(1, own.height / ROWS)
  const [px, py] = [100 / alpha.width, 100 / alpha.height]
  // Lines overlap a little.
  const radius = ((step * 0.6) / sy / Math.max(image.width, image.height)) * 100
  const within = { left: own.left * px, top: own.top * py, width: own.width * px, height: own.height * py }
  const strokes: Stroke[] = []
  for (let row = own.top + step / 2; row < own.top + own.height; row += step) {
    const y = Math.min(alpha.height - 1, Math.floor(row))
    for (const { owner, from, to } of runsOf(owners.subarray(y * alpha.width, (y + 1) * alpha.width), step / 2)) {
      if (to < own.left || from > own.left + own.width) continue
      const height = (y + 0.5) * py
      const points = [[from * px, height] as const, [to * px, height] as const]
      strokes.push({ tool: owner === OWN ? 'erase' : 'keep', radius, subject, within, points })
    }
  }
  return strokes
}

const [NOBODY, OWN, OTHER] = [0, 1, 2]

/** Whose each cell is: what is faint belongs to whatever it is joined to. */
function ownersOf({ width, height, data }: Grays, inside: Uint8Array): Uint8Array {
  const owners = inside.map((isIn, i) => (isIn === 1 ? OWN : data[i]! >= FOREGROUND ? OTHER : NOBODY))
  const waiting = [...owners.keys()].filter((i) => owners[i] !== NOBODY)
  for (let k = 0; k < waiting.length; k++) {
    const cell = waiting[k]!
    for (const next of neighborsOf(cell, width, height)) {
      if (owners[next] !== NOBODY || data[next]! < FAINT) continue
      owners[next] = owners[cell]!
      waiting.push(next)
    }
  }
  return owners
}

/** Left, right, above and below, within the grid. */
function neighborsOf(cell: number, width: number, height: number): number[] {
  const x = cell % width
  const around: number[] = []
  if (x > 0) around.push(cell - 1)
  if (x < width - 1) around.push(cell + 1)
  if (cell >= width) around.push(cell - width)
  if (cell < (height - 1) * width) around.push(cell + width)
  return around
}

/** Around all cells of one's own, and one more on each side; null for none. */
function boxOf(owners: Uint8Array, width: number): Rect | null {
  const height = owners.length / width
  let [left, right, top, bottom] = [width, -1, height, -1]
  owners.forEach((owner, i) => {
    if (owner !== OWN) return
    const [x, y] = [i % width, Math.floor(i / width)]
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = y
  })
  if (right < 0) return null
  left = Math.max(0, left - 1)
  top = Math.max(0, top - 1)
  return { left, top, width: Math.min(width, right + 2) - left, height: Math.min(height, bottom + 2) - top }
}

/** Stretches of one owner in a row, in cells. They stay `apart` from another owner, and what is not erased off its border. */
function runsOf(row: Uint8Array, apart: number): { owner: number; from: number; to: number }[] {
  const runs: { owner: number; from: number; to: number }[] = []
  for (let begin = 0; begin < row.length; ) {
    const owner = row[begin]!
    let end = begin + 1
    while (end < row.length && row[end] === owner) end++
    const isFree = (neighbor: number | undefined) => owner === OWN && neighbor !== OTHER
    const from = begin + (isFree(row[begin - 1]) ? 0 : apart)
    const to = end - (isFree(row[end]) ? 0 : apart)
    if (owner !== NOBODY && from <= to) runs.push({ owner, from, to })
    begin = end
  }
  return runs
}

/** The connected part whose box is most like `wanted`: 1 inside. */
function bestPart({ width, height, data }: Grays, wanted: Rect): Uint8Array {
  const seen = new Uint8Array(width * height)
  const stack = new Int32Array(width * height)
  let best: readonly number[] = []
  let bestScore = 0
  for (let start = 0; start < data.length; start++) {
    if (seen[start] || data[start]! < FOREGROUND) continue
    const cells: number[] = []
    let [count, left, right, top, bottom] = [1, width, 0, height, 0]
    stack[0] = start
    seen[start] = 1
    while (count > 0) {
      const cell = stack[--count]!
      const [x, y] = [cell % width, Math.floor(cell / width)]
      cells.push(cell)
      left = Math.min(left, x)
      right = Math.max(right, x + 1)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y + 1)
      for (const next of neighborsOf(cell, width, height)) {
        if (seen[next] || data[next]! < FOREGROUND) continue
        seen[next] = 1
        stack[count++] = next
      }
    }
    const score = overlap({ left, top, width: right - left, height: bottom - top }, wanted)
    if (score > bestScore) [best, bestScore] = [cells, score]
  }
  const inside = new Uint8Array(width * height)
  for (const cell of best) inside[cell] = 1
  return inside
}

/** Intersection over union. */
function overlap(a: Rect, b: Rect): number {
  const width = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left)
  const height = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top)
  const both = Math.max(0, width) * Math.max(0, height)
  return both / (a.width * a.height + b.width * b.height - both)
}
