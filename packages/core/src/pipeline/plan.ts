// Plans the result before any of its pixels is computed: canvas, position of the subject, shadow.

import type { Shadow } from '../compose/cast-shadow.ts'
import { boxOnCanvas, isMoved, type Layout, layOut } from '../compose/layout.ts'
import type { GroupedOptions } from '../options/grouped.ts'
import { invalidOptions } from '../options/resolve.ts'
import type { Box, Size } from '../pixels/raster.ts'
import type { Picture, Warning } from '../ports/ports.ts'
import type { Cut } from './matte.ts'
import { describeSubject, type SubjectReport } from './report.ts'
import { boundsWith, shadowOf, shadowWarnings } from './shadow.ts'

export interface Plan {
  readonly subject: SubjectReport
  readonly layout: Layout
  readonly resultBox: Box | null
  /** Of the result as it would be without a limit to its pixels. */
  readonly fullSize: Size
  readonly shadow: Shadow | null
  readonly warnings: readonly Warning[]
}

/** Errors: INVALID_OPTIONS where margins would make more pixels than the limit. */
export function planResult(
  picture: Picture,
  { alpha, survey }: Pick<Cut, 'alpha' | 'survey'>,
  { output, limits: { maxPixels } }: Pick<GroupedOptions, 'output' | 'limits'>,
): Plan {
  const { cropThreshold } = output
  const subject = describeSubject(survey)
  const shadow = shadowOf(picture, alpha, subject, output)
  const bounds = boundsWith(shadow, subject.box, cropThreshold)
  const layout = layOut(picture, bounds, output)
  const { width, height } = layout
  if (width * height > Math.max(maxPixels, picture.width * picture.height)) {
    const message = `Expected a result of at most ${maxPixels} pixels but margins and canvas make one of ${width} x ${height}`
    throw invalidOptions([{ path: output.canvas ? 'canvas' : 'margin', message }])
  }
  const uncropped = isMoved(output) ? layout : { ...layout, left: 0, top: 0 }
  const full = output.maxOutputPixels ? layOut(picture, bounds, { ...output, maxOutputPixels: undefined }) : layout
  return {
    subject,
    layout,
    fullSize: { width: full.width, height: full.height },
    resultBox: subject.box && boxOnCanvas(subject.box, uncropped),
    shadow,
    warnings: shadowWarnings(bounds, layout, output),
  }
}
