// Marks for whole regions: a subject among several, or an area that the matte is unsure of. Pure.

import type { Grays } from '../jobs/coarse.ts'
import type { Rect, Size } from '../view/geometry.ts'
import type { Stroke, Tool } from './strokes.ts'

const ROWS = 24
const FOREGROUND = 128

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

/** Marks that fill one subject: short lines along rows of what the network found connected and that fits `box` best. */
export function subjectStrokes(tool: Tool, alpha: Grays, box: Rect, image: Size, subject: number): Stroke[] {
  const [sx, sy] = [alpha.width / image.width, alpha.height / image.height]
  const wanted: Rect = { left: box.left * sx, top: box.top * sy, width: box.width * sx, height: box.height * sy }
  const inside = bestPart(alpha, wanted)
  const step = Math.max(1, wanted.height / ROWS)
  // Lines overlap a little, and stay off the border, which the solver finds.
  const radius = ((step * 0.6) / sy / Math.max(image.width, image.height)) * 100
  const strokes: Stroke[] = []
  for (let row = wanted.top + step / 2; row < wanted.top + wanted.height; row += step) {
    const y = Math.min(alpha.height - 1, Math.floor(row))
    let begin = -1
    for (let x = 0; x <= alpha.width; x++) {
      const isIn = x < alpha.width && inside[y * alpha.width + x] === 1
      if (isIn && begin < 0) begin = x
      if (isIn || begin < 0) continue
      const [from, to] = [begin + step / 2, x - step / 2]
      begin = -1
      if (to < from) continue
      const percent = (column: number) => (column * 100) / alpha.width
      const height = ((y + 0.5) * 100) / alpha.height
      strokes.push({
        tool,
        radius,
        subject,
        points: [[percent(from), height] as const, [percent(to), height] as const],
      })
    }
  }
  return strokes
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
      for (const [next, isThere] of [
        [cell - 1, x > 0],
        [cell + 1, x < width - 1],
        [cell - width, y > 0],
        [cell + width, y < height - 1],
      ] as const) {
        if (!isThere || seen[next] || data[next]! < FOREGROUND) continue
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
