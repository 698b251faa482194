// Gaussian blur by its definition, edge pixels repeated: a lens, and what a network smears.

import type { Plane } from '@koutu/core'

/** `sigmaPx`: standard deviation. */
export function blurPlane({ width, height, data }: Plane, sigmaPx: number): Plane {
  const reach = Math.ceil(3 * sigmaPx)
  const taps = Float64Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-((k - reach) ** 2) / (2 * sigmaPx ** 2)),
  )
  const sum = taps.reduce((a, b) => a + b, 0)
  const rows = new Float32Array(data.length)
  const out = new Float32Array(data.length)
  // A row with its ends repeated, and sums of all columns at once: memory is read in its order.
  const line = new Float32Array(width + 2 * reach)
  const sums = new Float64Array(width)
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width)
    line.fill(row[0]!, 0, reach)
    line.set(row, reach)
    line.fill(row[width - 1]!, reach + width)
    for (let x = 0; x < width; x++) {
      let value = 0
      for (let k = 0; k < taps.length; k++) value += taps[k]! * line[x + k]!
      rows[y * width + x] = value / sum
    }
  }
  for (let y = 0; y < height; y++) {
    sums.fill(0)
    for (let k = 0; k < taps.length; k++) {
      const from = Math.min(height - 1, Math.max(0, y + k - reach)) * width
      for (let x = 0; x < width; x++) sums[x]! += taps[k]! * rows[from + x]!
    }
    for (let x = 0; x < width; x++) out[y * width + x] = sums[x]! / sum
  }
  return { width, height, data: out }
}
