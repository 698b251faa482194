// Small islands of subject in the background, and holes in the subject, by their area.

import type { Plane } from '../../pixels/raster.ts'
import { findParts } from './components.ts'

/** Fainter than this is not part of an island (or of a hole, counted from 1): soft edges do not join what they lie between. */
const FAINT = 0.05

export interface SpeckOptions {
  /** Islands of fewer pixels go; the largest stays in any case. */
  readonly minAreaPx: number
  /**
   * `keep` leaves holes as they are, such as those between an arm and a body; `small` fills those of fewer than `minAreaPx`
   * pixels, `all` every one that the subject encloses. What touches the border of the picture is no hole.
   */
  readonly holes: 'keep' | 'small' | 'all'
  /** Whether `alpha` itself may be changed, which saves a copy of it. Default false. */
  readonly canOverwrite?: boolean
}

/** `alpha` without small islands, then without holes; `alpha` itself where there is nothing to do. */
export function removeSpecks(alpha: Plane, options: SpeckOptions): Plane {
  const clean = fillHoles(dropIslands(alpha.data, alpha, options), alpha, options)
  return clean === alpha.data ? alpha : { ...alpha, data: clean }
}

function dropIslands(data: Float32Array, { width, height }: Plane, options: SpeckOptions): Float32Array {
  const { minAreaPx, canOverwrite } = options
  if (minAreaPx <= 1) return data
  const islands = findParts(data, width, height, { threshold: FAINT, above: true, connectivity: 8 })
  const largest = islands.area.reduce((most, area) => Math.max(most, area), 0)
  const isSmall = (part: number) => islands.area[part]! < Math.min(minAreaPx, largest)
  return paintParts(data, islands, 0, isSmall, canOverwrite)
}

function fillHoles(data: Float32Array, { width, height }: Plane, options: SpeckOptions): Float32Array {
  const { minAreaPx, holes, canOverwrite } = options
  if (holes === 'keep' || (holes === 'small' && minAreaPx <= 1)) return data
  const gaps = findParts(data, width, height, { threshold: 1 - FAINT, above: false, connectivity: 4 })
  const isHole = (part: number) => gaps.atBorder[part] === 0 && (holes === 'all' || gaps.area[part]! < minAreaPx)
  return paintParts(data, gaps, 1, isHole, canOverwrite)
}

/** Copies before the first change, unless it may overwrite. */
function paintParts(
  data: Float32Array,
  { count, begin, end, part }: ReturnType<typeof findParts>,
  value: number,
  chosen: (part: number) => boolean,
  canOverwrite = false,
): Float32Array {
  let out = data
  for (let run = 0; run < count; run++) {
    if (!chosen(part[run]!)) continue
    if (out === data && !canOverwrite) out = data.slice()
    out.fill(value, begin[run], end[run])
  }
  return out
}
