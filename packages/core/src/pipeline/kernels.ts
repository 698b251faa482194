// Core's own kernels, in TypeScript.

import { estimateForeground } from '../matting/estimate-foreground.ts'
import { refineAlpha } from '../matting/refine-alpha.ts'
import { removeSpecks } from '../matting/remove-specks.ts'
import type { MatteKernels } from '../ports/ports.ts'

export const typescriptKernels: MatteKernels = { refineAlpha, removeSpecks, estimateForeground }
