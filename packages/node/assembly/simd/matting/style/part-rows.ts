// Core's matting/style/part-rows.ts in vectors of four pixels. Compiled in its place.

import { addRun, beginRow, Parts } from '../../../../../core/src/matting/style/parts'
import { floatBelow } from '../../../threshold'

/** Up to 12 bytes behind the row are read. */
export function addRow(parts: Parts, data: Float32Array, from: i32, y: i32, threshold: f64, above: bool): void {
  const width = parts.width
  const row = y * width
  const limit = f32x4.splat(floatBelow(threshold))
  // A bit for each of four pixels whose value decides that they are outside.
  const outside = above ? 0 : 15
  const start = changetype<usize>(data) + ((<usize>from) << 2)
  beginRow(parts)
  let begin = -1
  for (let x = 0; x < width; x += 4) {
    const bits = i32x4.bitmask(f32x4.gt(v128.load(start + ((<usize>x) << 2)), limit)) ^ outside
    // Most pixels are like the one before them.
    if (bits === (begin < 0 ? 0 : 15)) continue
    const end = min(width - x, 4)
    for (let k = 0; k < end; k++) {
      const inside = ((bits >> k) & 1) !== 0
      if (inside === begin >= 0) continue
      if (inside) begin = row + x + k
      else {
        addRun(parts, begin, row + x + k)
        begin = -1
      }
    }
  }
  if (begin >= 0) addRun(parts, begin, row + width)
}
