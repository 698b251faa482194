// Prepares the view of an image and the user's marks, before anything costly begins.

import type { HintOptions } from '../options/groups.ts'
import type { Picture } from '../ports/ports.ts'
import { type Hints, type ReadPicture, readHints } from './hints.ts'
import { overPlain } from './own-alpha.ts'
import { cropPicture, type RegionOfInterest, regionOfInterest } from './region.ts'

export interface View {
  readonly picture: Picture
  /** What the engine is shown: the image, or the part of it around the region of interest; over plain color where it is transparent. */
  readonly seen: Picture
  readonly region: RegionOfInterest | null
  readonly kind: HintOptions['subject']
  /** On `seen`. */
  readonly hints: Hints | null
}

/** Errors: INVALID_OPTIONS for a region or an image of hints that does not match; those of `read`. */
export async function viewOf(picture: Picture, options: HintOptions, read: ReadPicture): Promise<View> {
  const region = regionOfInterest(options.roi, picture)
  const { width, height } = picture
  const box = region?.seen ?? { left: 0, top: 0, width, height }
  const hints = await readHints(options, picture, box, read)
  return {
    picture,
    seen: overPlain(region ? cropPicture(picture, box) : picture),
    region,
    hints,
    kind: options.subject,
  }
}
