// Hands our own matte to a matting network, where there is an edge to find. Knows the network as a port.

import type { GroupedOptions } from '../options/grouped.ts'
import type { Plane } from '../pixels/raster.ts'
import type { Ctx, MatteKernels, Warning } from '../ports/ports.ts'
import type { Answer } from './answer.ts'
import { knownCut, solveAlpha } from './matte.ts'
import type { View } from './view.ts'

export interface Refined {
  /** Of the size of what was seen; null where there was nothing to refine. */
  readonly alpha: Plane | null
  readonly warnings: readonly Warning[]
}

/** A matting network that finds the edges of whole images. `edgeRefiner` makes it of one for tiles. */
export interface EdgeRefiner {
  readonly model: string
  /** `solved`, as large as what was seen, changed in place. Errors: MODEL_*, ENGINE_FAILED, ABORTED. */
  refineEdges(view: Pick<View, 'seen' | 'hints'>, solved: Plane, ctx: Ctx): Promise<Refined>
}

/** Alpha of what was seen with its edges from a matting network. Errors: MODEL_*, ENGINE_FAILED, ABORTED. */
export async function refineAnswer(
  view: View,
  answer: Answer,
  { subject }: Pick<GroupedOptions, 'subject'>,
  kernels: MatteKernels,
  refiner: EdgeRefiner,
  ctx: Ctx,
): Promise<Refined> {
  if (!answer.isCoarse || knownCut(view, answer)) return { alpha: null, warnings: [UNUSED] }
  return refiner.refineEdges(view, solveAlpha(view, answer, subject.quality, kernels), ctx)
}

const UNUSED: Warning = {
  code: 'refiner-unused',
  message: 'The refiner did not run, because the alpha of this image was complete without it.',
}
