// Asks the engine about a view: once, again where large areas stay half transparent, or for the best quality about several
// augmentations of it. Knows the engine as a port; matting combines the answers.

import { agreeOnRegions } from '../matting/regions/agree-on-regions.ts'
import { averageAgreeing } from '../matting/regions/average-agreeing.ts'
import type { RegionDecision } from '../matting/regions/carry-over.ts'
import { mayHaveOpenAreas } from '../matting/regions/open-areas.ts'
import type { EngineRequest } from '../options/grouped.ts'
import type { Ctx, Engine, MatteKernels, Picture, Segmentation, SegmentRequest } from '../ports/ports.ts'
import { type Augmentation, closeUp, framed, mirrored, upsideDown } from './augmentations.ts'
import { roundCoarse } from './coarse.ts'
import { lookAgain } from './second-look.ts'

export interface Answer extends Segmentation {
  /** Whether `alpha` is a network's, to be refined against the image, and not a finished matte. */
  readonly isCoarse: boolean
  /** Of a network: `alpha` as it is kept, 255 for 1. */
  readonly levels: Uint8Array | null
  /** What was decided about this `alpha`, where that told whether to look again. */
  readonly regions?: RegionDecision | undefined
}

/** A service is asked once, because each request costs the user money and comes out finished. */
export async function askEngine(
  engine: Engine,
  picture: Picture,
  request: EngineRequest,
  kernels: () => Promise<Pick<MatteKernels, 'decideRegions'>>,
  ctx: Ctx,
): Promise<Answer> {
  const isCoarse = engine.produces === 'alpha'
  const isCombined = request.quality === 'best' && isCoarse
  const straight = await engine.segment(
    picture,
    isCoarse && !isCombined ? { ...request, asLevels: true } : request,
    ctx,
  )
  if (!isCoarse) return { ...straight, isCoarse, levels: null }
  let timingsMs = straight.timingsMs
  const askAs = async (wanted: SegmentRequest, { image, back }: Augmentation) => {
    const { width, height } = image
    const shown: Picture = { ...picture, width, height, color: image, srgb: image, alpha: null }
    const answer = await engine.segment(shown, wanted, ctx)
    timingsMs = addUp(timingsMs, answer.timingsMs)
    return back(answer.alpha)
  }
  if (!isCombined) {
    const first: Answer = { ...straight, isCoarse, ...asKept(straight) }
    if (request.quality === 'fast' || !mayHaveOpenAreas(first.alpha)) return first
    const regions = (await kernels()).decideRegions(first.alpha, picture.srgb, request)
    const again = { ...request, asLevels: true, isSecondLook: true }
    const settled = await lookAgain(first.alpha, regions, picture.srgb, (view) => askAs(again, view))
    return settled ? { ...first, ...roundCoarse(settled), timingsMs } : { ...first, regions }
  }
  const ask = (view: Augmentation) => askAs(request, view)
  // One after another: each is as large as the image.
  const flipped = await ask(mirrored(picture.srgb))
  const others = [
    await ask(upsideDown(picture.srgb)),
    await ask(framed(picture.srgb)),
    await ask(closeUp(picture.srgb, straight.alpha)),
  ]
  const edges = averageAgreeing(straight.alpha, flipped)
  const alpha = agreeOnRegions(edges, [straight.alpha, flipped, ...others])
  return { ...straight, isCoarse, ...roundCoarse(alpha), timingsMs }
}

function asKept({ alpha, levels }: Segmentation): Pick<Answer, 'alpha' | 'levels'> {
  return levels ? { alpha, levels } : roundCoarse(alpha)
}

function addUp(a: Segmentation['timingsMs'], b: Segmentation['timingsMs']): Segmentation['timingsMs'] {
  return Object.fromEntries(Object.entries(a).map(([name, ms]) => [name, ms + (b[name] ?? 0)]))
}
