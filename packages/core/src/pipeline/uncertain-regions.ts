// Finds broad areas that the matte leaves half transparent, so that people can mark them.

import { uncertainAreas } from '../matting/regions/uncertain-areas.ts'
import type { AlphaSurvey } from '../matting/subjects/alpha-survey.ts'
import type { Warning } from '../ports/ports.ts'
import type { Answer } from './answer.ts'
import type { View } from './view.ts'

/** Of the matte of the whole image, as surveyed. A finished cutout, and an image that is transparent itself, may well be half transparent. */
export function uncertainRegions(matte: AlphaSurvey, { picture }: View, { isCoarse }: Answer): Warning[] {
  if (!isCoarse || picture.alpha) return []
  return uncertainAreas(matte).map((box) => ({
    code: 'uncertain-region',
    message: `An area of ${box.width} x ${box.height} px at ${box.left},${box.top} stayed half transparent. Unless it is glass, mark it with keep or erase.`,
    box,
  }))
}
