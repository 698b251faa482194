// Lines with fewer points (Douglas and Peucker, "Algorithms for the reduction of the number of points required to represent a
// digitized line", Cartographica 1973): the server takes a limited number of them. Pure.

import type { StrokePoint } from './strokes.ts'

/** Every point that is left out lies within `tolerance` of the line between those that stay, measured after `scale`. */
export function withoutNeedless(
  points: readonly StrokePoint[],
  tolerance: number,
  [sx, sy]: StrokePoint,
): [number, number][] {
  const isKept = points.map((_, i) => i === 0 || i === points.length - 1)
  const spans: [number, number][] = [[0, points.length - 1]]
  for (let span = spans.pop(); span; span = spans.pop()) {
    const [first, last] = span
    const [x1, y1] = points[first]!
    const [x2, y2] = points[last]!
    let [farthest, at] = [tolerance, 0]
    for (let i = first + 1; i < last; i++) {
      const [x, y] = points[i]!
      const away = distance(x * sx, y * sy, x1 * sx, y1 * sy, x2 * sx, y2 * sy)
      if (away > farthest) [farthest, at] = [away, i]
    }
    if (at === 0) continue
    isKept[at] = true
    spans.push([first, at], [at, last])
  }
  return points.flatMap(([x, y], i): [number, number][] => (isKept[i] ? [[x, y]] : []))
}

/** Of (px, py) from the line between two points. */
export function distance(px: number, py: number, x1: number, y1: number, x2: number, y2: number): number {
  const [dx, dy] = [x2 - x1, y2 - y1]
  const squared = dx * dx + dy * dy
  const share = squared === 0 ? 0 : Math.min(1, Math.max(0, ((px - x1) * dx + (py - y1) * dy) / squared))
  return Math.hypot(px - x1 - share * dx, py - y1 - share * dy)
}
