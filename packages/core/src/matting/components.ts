// Connected parts of a mask and their areas.

/** Sets to 0, in place, the parts of `mask` (1 = inside) that have fewer than `minArea` pixels; returns how many. */
export function dropSmallParts(
  mask: Uint8Array,
  width: number,
  height: number,
  minArea: number,
  connectivity: 4 | 8,
): number {
  // 1 = not yet seen, 2 = kept, 0 = outside or dropped.
  const queue = new Int32Array(mask.length)
  let dropped = 0
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] !== 1) continue
    let end = 0
    mask[start] = 2
    queue[end++] = start
    for (let k = 0; k < end; k++) {
      const x = queue[k]! % width
      const y = (queue[k]! - x) / width
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
          const next = v * width + u
          if (mask[next] !== 1 || (connectivity === 4 && u !== x && v !== y)) continue
          mask[next] = 2
          queue[end++] = next
        }
      }
    }
    if (end >= minArea) continue
    for (let k = 0; k < end; k++) mask[queue[k]!] = 0
    dropped++
  }
  for (let i = 0; i < mask.length; i++) if (mask[i] === 2) mask[i] = 1
  return dropped
}
