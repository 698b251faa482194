// The subjects of an image: lists them, and selects those to keep.

import type { AlphaSurvey } from '../matting/subjects/alpha-survey.ts'
import { keepSubjects, mapSubjects, type SubjectMap } from '../matting/subjects/subject-map.ts'
import type { GroupedOptions } from '../options/grouped.ts'
import type { Box, Plane } from '../pixels/raster.ts'
import { type FoundSubject, surveyedBox, surveyedSubject, touchedSides } from './report.ts'

export interface ChosenSubjects {
  readonly matte: Plane
  /** All that were found, the largest first. */
  readonly found: readonly FoundSubject[]
}

/** Of `matte`, the subjects that `subjects` asks for. Boxes count alpha above the threshold of its survey. */
export function chooseSubjects(
  matte: Plane,
  survey: AlphaSurvey,
  { hints: { subjects } }: Pick<GroupedOptions, 'hints'>,
): ChosenSubjects {
  if (!surveyedSubject(survey)) return { matte, found: [] }
  const map = mapSubjects(matte, survey)
  const most = subjects === 'all' ? map.count : subjects === 'largest' ? 1 : subjects
  const total = map.sums.reduce((sum, value) => sum + value, 0)
  const found = boxesOf(matte, map, survey).flatMap((box, k): FoundSubject[] => {
    const share = map.count < 2 ? 1 : map.sums[k + 1]! / total
    return box ? [{ box, share, touches: touchedSides(box, matte), kept: k < most }] : []
  })
  return { matte: keepSubjects(matte, map, most), found }
}

/** Null for a subject without alpha above the threshold. */
function boxesOf(alpha: Plane, map: SubjectMap, survey: AlphaSurvey): (Box | null)[] {
  if (map.count < 2) return [surveyedBox(survey)]
  const { threshold } = survey
  const { width, height, data } = alpha
  const edges = Array.from({ length: map.count + 1 }, () => ({ left: width, top: height, right: -1, bottom: -1 }))
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor(y / map.side) * map.columns
    for (let x = 0; x < width; x++, i++) {
      if (!(data[i]! > threshold)) continue
      const edge = edges[map.owner[row + Math.floor(x / map.side)]!]!
      if (x < edge.left) edge.left = x
      if (x > edge.right) edge.right = x
      if (y < edge.top) edge.top = y
      edge.bottom = y
    }
  }
  return edges
    .slice(1)
    .map(({ left, top, right, bottom }) =>
      right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 },
    )
}
