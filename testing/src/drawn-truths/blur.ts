// Gaussian blur by its definition, edge pixels repeated: a lens, and what a network smears.

import type { Plane } from '@koutu/core'

/** `sigmaPx`: standard deviation. */
export function blurPlane({ width, height, data }: Plane, sigmaPx: number): Plane {
  const reach = Math.ceil(3 * sigmaPx)
  const taps = Float64Array.from({ length: 2 * reach + 1 }, (_, k) =>
    Math.exp(-((k - reach) ** 2) / (2 * sigmaPx ** 2)),
  )
  const sum = taps.reduce((a, b) => a + b, 0)
  const clamp = (i: number, size: number) => Math.min(size - 1, Math.max(0, i))
  const rows = new Float32Array(data.length)
  const out = new Float32Array(data.length)
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let value = 0
      for (let k = -reach; k <= reach; k++) value += taps[k + reach]! * data[y * width + clamp(x + k, width)]!
      rows[i] = value / sum
    }
  }
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let value = 0
      for (let k = -reach; k <= reach; k++) value += taps[k + reach]! * rows[clamp(y + k, height) * width + x]!
      out[i] = value / sum
    }
  }
  return { width, height, data: out }
}
