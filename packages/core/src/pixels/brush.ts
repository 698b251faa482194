// Strokes of a round brush on a map of small integers: capsules, filled row by row.

import type { Size } from './raster.ts'

export interface BrushStroke {
  /** In pixels, pixel centres at +0.5. */
  readonly points: readonly (readonly [x: number, y: number])[]
  /** At least 1, so that no dot falls between pixel centres. */
  readonly radiusPx: number
}

/** Sets the pixels of `map` (of `size`) whose center lies within the stroke to `value`. */
export function paintStroke(map: Int8Array, size: Size, { points, radiusPx }: BrushStroke, value: number): void {
  points.forEach((point, k) => {
    paintCapsule(map, size, points[Math.max(0, k - 1)]!, point, radiusPx, value)
  })
}

function paintCapsule(
  map: Int8Array,
  { width, height }: Size,
  [ax, ay]: readonly [number, number],
  [bx, by]: readonly [number, number],
  radius: number,
  value: number,
): void {
  const length = Math.hypot(bx - ax, by - ay)
  // Half the width of the body, turned to the side; a dot has no body.
  const nx = length > 0 ? (-(by - ay) / length) * radius : 0
  const ny = length > 0 ? ((bx - ax) / length) * radius : 0
  const corners = [
    [ax + nx, ay + ny],
    [bx + nx, by + ny],
    [bx - nx, by - ny],
    [ax - nx, ay - ny],
  ] as const
  const first = Math.max(0, Math.ceil(Math.min(ay, by) - radius - 0.5))
  const last = Math.min(height - 1, Math.floor(Math.max(ay, by) + radius - 0.5))
  for (let y = first; y <= last; y++) {
    const line = y + 0.5
    let low = Number.POSITIVE_INFINITY
    let high = Number.NEGATIVE_INFINITY
    for (const [x, center] of [
      [ax, ay],
      [bx, by],
    ] as const) {
      const half = Math.sqrt(radius * radius - (line - center) ** 2)
      // NaN where the row misses the cap.
      if (x - half < low) low = x - half
      if (x + half > high) high = x + half
    }
    for (let k = 0; k < 4; k++) {
      const [px, py] = corners[k]!
      const [qx, qy] = corners[(k + 1) % 4]!
      if (py === qy || Math.min(py, qy) > line || Math.max(py, qy) < line) continue
      const x = px + ((line - py) / (qy - py)) * (qx - px)
      if (x < low) low = x
      if (x > high) high = x
    }
    const from = Math.max(0, Math.ceil(low - 0.5))
    const to = Math.min(width - 1, Math.floor(high - 0.5))
    if (from <= to) map.fill(value, y * width + from, y * width + to + 1)
  }
}
