// The rows of sharpness.ts. WebAssembly has them in vectors: packages/node/assembly/simd, at the same path.

import { max, min } from '../../pixels/integers.ts'
import type { i32 } from '../../pixels/numbers.ts'

/**
 * The highest or the lowest value within `reach` along the row of `width` values that begins at `from`: for `count` values from the
 * `left`th on, to `out` from `to` on.
 */
export function extremeOfRow(
  plane: Float32Array,
  from: i32,
  width: i32,
  left: i32,
  count: i32,
  reach: i32,
  highest: boolean,
  out: Float32Array,
  to: i32,
): void {
  for (let k = 0; k < count; k++) {
    const x = left + k
    const last = from + min(width - 1, x + reach)
    let most = plane[from + x]!
    for (let i = from + max(0, x - reach); i <= last; i++) {
      const value = plane[i]!
      if (highest ? value > most : value < most) most = value
    }
    out[to + k] = most
  }
}

/** The highest or the lowest value of each column of `count` rows of `width` values, which begin at `from`. */
export function extremeOfColumns(
  rows: Float32Array,
  from: i32,
  width: i32,
  count: i32,
  highest: boolean,
  out: Float32Array,
  to: i32,
): void {
  for (let x = 0; x < width; x++) out[to + x] = rows[from + x]!
  for (let row = 1; row < count; row++) {
    for (let x = 0, i = from + row * width; x < width; x++, i++) {
      if (highest ? rows[i]! > out[to + x]! : rows[i]! < out[to + x]!) out[to + x] = rows[i]!
    }
  }
}
