// Small islands of subject in the background, and holes in the subject, by their area.

import type { Plane } from '../../pixels/raster.ts'
import { findParts } from './components.ts'
import { keepEnclosed, keepSmall } from './parts.ts'

/** Fainter than this is not part of an island (or of a hole, counted from 1): soft edges do not join what they lie between. */
const FAINT = 0.05

export interface SpeckOptions {
  /** Islands of fewer pixels go; the largest stays in any case. */
  readonly minAreaPx: number
  /**
   * `keep` leaves holes as they are, such as those between an arm and a body; `small` fills those of fewer than `minAreaPx`
   * pixels, `all` every one that the subject encloses. What touches the border of the image is no hole.
   */
  readonly holes: 'keep' | 'small' | 'all'
  /** Whether `alpha` itself may be changed, which saves a copy of it. Default false. */
  readonly canOverwrite?: boolean
}

/** Runs of pixels in a row: the first `count` of `begin` and `end`, which is the pixel behind a run's last. */
export interface Runs {
  readonly count: number
  readonly begin: Int32Array
  readonly end: Int32Array
}

export interface SpeckFinder {
  /** Parts of the pixels above `threshold` of fewer than `minAreaPx` pixels, 8-connected, the largest part in no case. */
  small(plane: Plane, threshold: number, minAreaPx: number): Runs
  /** Parts of the pixels not above `threshold` of fewer than `minAreaPx` pixels, 4-connected, that do not touch the border. */
  enclosed(plane: Plane, threshold: number, minAreaPx: number): Runs
}

const FINDER: SpeckFinder = {
  small(plane, threshold, minAreaPx) {
    const options = { threshold, above: true, connectivity: 8 } as const
    const parts = findParts(plane.data, plane.width, plane.height, options)
    keepSmall(parts, minAreaPx)
    return parts
  },
  enclosed(plane, threshold, minAreaPx) {
    const options = { threshold, above: false, connectivity: 4 } as const
    const parts = findParts(plane.data, plane.width, plane.height, options)
    keepEnclosed(parts, minAreaPx)
    return parts
  },
}

/** `alpha` without small islands, then without holes; `alpha` itself where there is nothing to do. */
export function removeSpecks(alpha: Plane, options: SpeckOptions, finder: SpeckFinder = FINDER): Plane {
  const { minAreaPx, holes, canOverwrite } = options
  const own = canOverwrite ? null : alpha
  let plane = alpha
  if (minAreaPx > 1) plane = paint(plane, own, finder.small(plane, FAINT, minAreaPx), 0)
  if (holes === 'keep' || (holes === 'small' && minAreaPx <= 1)) return plane
  const largest = holes === 'all' ? Number.POSITIVE_INFINITY : minAreaPx
  return paint(plane, own, finder.enclosed(plane, 1 - FAINT, largest), 1)
}

/** `plane` with the runs set to `value`: a copy where it still is `own`. */
function paint(plane: Plane, own: Plane | null, { count, begin, end }: Runs, value: number): Plane {
  if (count === 0) return plane
  const painted = plane === own ? { ...plane, data: plane.data.slice() } : plane
  for (let run = 0; run < count; run++) painted.data.fill(value, begin[run], end[run])
  return painted
}
