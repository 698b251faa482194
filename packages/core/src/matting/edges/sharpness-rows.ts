// The rows of sharpness.ts. WebAssembly has them in vectors: packages/node/assembly/simd, at the same path.

import { max, min } from '../../pixels/integers.ts'
import type { i32 } from '../../pixels/numbers.ts'

/** The highest or the lowest value within `reach` along the row of `width` values that begins at `from`, to the same place. */
export function extremeOfRow(
  plane: Float32Array,
  from: i32,
  width: i32,
  reach: i32,
  highest: boolean,
  out: Float32Array,
): void {
  for (let x = 0; x < width; x++) {
    const last = from + min(width - 1, x + reach)
    let most = plane[from + x]!
    for (let i = from + max(0, x - reach); i <= last; i++) {
      const value = plane[i]!
      if (highest ? value > most : value < most) most = value
    }
    out[from + x] = most
  }
}

/** The same along the columns, for row `y`. */
export function extremeOfColumns(
  rows: Float32Array,
  width: i32,
  height: i32,
  y: i32,
  reach: i32,
  highest: boolean,
  out: Float32Array,
): void {
  const to = y * width
  const first = max(0, y - reach)
  const last = min(height - 1, y + reach)
  for (let x = 0; x < width; x++) out[to + x] = rows[first * width + x]!
  for (let v = first + 1; v <= last; v++) {
    for (let x = 0, i = v * width; x < width; x++, i++) {
      if (highest ? rows[i]! > out[to + x]! : rows[i]! < out[to + x]!) out[to + x] = rows[i]!
    }
  }
}
