// Small islands of subject in the background, and small holes in the subject, by their area.

import type { Plane } from '../pixels/raster.ts'
import { dropSmallParts } from './components.ts'

/** Fainter than this is not part of an island (or of a hole, counted from 1): soft edges do not join what they lie between. */
const FAINT = 0.05

export interface SpeckOptions {
  /** Islands and holes of fewer pixels go. */
  readonly minAreaPx: number
  /** Leaves holes as they are, such as those between an arm and a body. */
  readonly keepHoles: boolean
}

/** `alpha` without islands, and without holes unless they are kept, smaller than `minAreaPx`. */
export function removeSpecks(alpha: Plane, { minAreaPx, keepHoles }: SpeckOptions): Plane {
  const { width, height } = alpha
  const data = alpha.data.slice()
  const islands = Uint8Array.from(data, (value) => (value > FAINT ? 1 : 0))
  dropSmallParts(islands, width, height, minAreaPx, 8)
  for (let i = 0; i < data.length; i++) if (islands[i] === 0 && alpha.data[i]! > FAINT) data[i] = 0
  if (keepHoles) return { width, height, data }
  const holes = Uint8Array.from(data, (value) => (value < 1 - FAINT ? 1 : 0))
  dropSmallParts(holes, width, height, minAreaPx, 4)
  for (let i = 0; i < data.length; i++) if (holes[i] === 0 && data[i]! < 1 - FAINT) data[i] = 1
  return { width, height, data }
}
