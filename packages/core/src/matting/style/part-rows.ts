// Which pixels of a row are inside a part. WebAssembly has it in vectors: packages/node/assembly/simd, at the same path.

import type { f64, i32 } from '../../pixels/numbers.ts'
import { addRun, beginRow, type Parts } from './parts.ts'

/** Adds the runs of row `y`, which begins at `from` in `data`: the pixels above `threshold`, or those not above it. */
export function addRow(
  parts: Parts,
  data: Float32Array | Uint8Array,
  from: i32,
  y: i32,
  threshold: f64,
  above: boolean,
): void {
  const { width } = parts
  const row = y * width
  beginRow(parts)
  for (let x = 0; x < width; ) {
    while (x < width && data[from + x]! > threshold !== above) x++
    const begin = x
    while (x < width && data[from + x]! > threshold === above) x++
    if (x > begin) addRun(parts, row + begin, row + x)
  }
}
