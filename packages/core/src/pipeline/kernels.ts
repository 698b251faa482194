// Core's own kernels, in TypeScript.

import { estimateForeground } from '../matting/foreground/estimate-foreground.ts'
import { decideRegions, refineAlpha } from '../matting/refine-alpha.ts'
import { removeSpecks } from '../matting/style/remove-specks.ts'
import { surveyAlpha } from '../matting/subjects/alpha-survey.ts'
import type { MatteKernels } from '../ports/ports.ts'

export const typescriptKernels: MatteKernels = {
  decideRegions,
  refineAlpha,
  removeSpecks,
  surveyAlpha,
  estimateForeground,
}
