// Gaussian blur by its definition, edge pixels repeated: a lens, and what a network smears.

import type { Plane } from '@koutu/core'

/** `sigmaPx`: standard deviation. */
export function blurPlane(plane: Plane, sigmaPx: number): Plane {
  const reach = Math.ceil(3 * sigmaPx)
  const taps = Float64Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-((k - reach) ** 2) / (2 * sigmaPx ** 2)),
  )
  return blurRows(blurRows(plane, taps), taps)
}

/** Blurs along rows, and gives the result with rows and columns exchanged. */
function blurRows({ width, height, data }: Plane, taps: Float64Array): Plane {
  const reach = (taps.length - 1) / 2
  const sum = taps.reduce((a, b) => a + b, 0)
  const out = new Float32Array(data.length)
  // A row with its ends repeated.
  const line = new Float32Array(width + 2 * reach)
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width)
    line.fill(row[0]!, 0, reach)
    line.set(row, reach)
    line.fill(row[width - 1]!, reach + width)
    // How many values up to the last one in reach are the same: most of an image is 0 or 1 all around, and stays so.
    let same = 0
    for (let end = 0; end < line.length; end++) {
      const last = line[end]!
      same = end > 0 && last === line[end - 1]! ? same + 1 : 1
      const x = end - 2 * reach
      if (x < 0) continue
      let value = last * sum
      if (same < taps.length || (last !== 0 && last !== 1)) {
        value = 0
        for (let k = 0; k < taps.length; k++) value += taps[k]! * line[x + k]!
      }
      out[x * height + y] = value / sum
    }
  }
  return { width: height, height: width, data: out }
}
