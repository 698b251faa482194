// Connected parts of a whole plane.

import { addRow } from './part-rows.ts'
import { closeParts, openParts, type Parts } from './parts.ts'

export interface PartOptions {
  readonly threshold: number
  /** Whether parts are of the pixels above the threshold, or of those not above it. */
  readonly above: boolean
  readonly connectivity: 4 | 8
}

/** Parts of `data`, a plane of `width` x `height`. */
export function findParts(
  data: Float32Array | Uint8Array,
  width: number,
  height: number,
  { threshold, above, connectivity }: PartOptions,
): Parts {
  const parts = openParts(width, height, connectivity === 8)
  for (let y = 0; y < height; y++) addRow(parts, data, y * width, y, threshold, above)
  closeParts(parts)
  return parts
}

/** Sets to 0, in place, the parts of `mask` (1 = inside) that have fewer than `minArea` pixels. */
export function dropSmallParts(
  mask: Uint8Array,
  width: number,
  height: number,
  minArea: number,
  connectivity: 4 | 8,
): void {
  const { count, begin, end, part, area } = findParts(mask, width, height, { threshold: 0, above: true, connectivity })
  for (let run = 0; run < count; run++) if (area[part[run]!]! < minArea) mask.fill(0, begin[run], end[run])
}
