// How often a network is asked about one picture: once, and for the best quality in several views.
// Knows the engine as a port; what the answers mean together is the matting's business.

import { agreeOnRegions } from '../matting/agree-on-regions.ts'
import { averageAgreeing } from '../matting/average-agreeing.ts'
import type { ResolvedOptions } from '../options/options.ts'
import type { Ctx, Engine, Picture, Segmentation } from '../ports/ports.ts'
import { type Augmentation, closeUp, framed, mirrored, upsideDown } from './augmentations.ts'

/** The engine's answer; of a service always one, because each costs the user money and comes out finished. */
export async function segmentPicture(
  engine: Engine,
  picture: Picture,
  options: ResolvedOptions,
  ctx: Ctx,
): Promise<Segmentation> {
  const straight = await engine.segment(picture, options, ctx)
  if (options.quality !== 'best' || engine.produces !== 'alpha') return straight
  let timingsMs = straight.timingsMs
  const ask = async ({ image, back }: Augmentation) => {
    const { width, height } = image
    const answer = await engine.segment(
      { ...picture, width, height, color: image, srgb: image, alpha: null },
      options,
      ctx,
    )
    timingsMs = addUp(timingsMs, answer.timingsMs)
    return back(answer.alpha)
  }
  // One after another: a view is as large as the picture.
  const flipped = await ask(mirrored(picture.srgb))
  const others = [
    await ask(upsideDown(picture.srgb)),
    await ask(framed(picture.srgb)),
    await ask(closeUp(picture.srgb, straight.alpha)),
  ]
  const edges = averageAgreeing(straight.alpha, flipped)
  return { ...straight, alpha: agreeOnRegions(edges, [straight.alpha, flipped, ...others]), timingsMs }
}

function addUp(a: Segmentation['timingsMs'], b: Segmentation['timingsMs']): Segmentation['timingsMs'] {
  return Object.fromEntries(Object.entries(a).map(([name, ms]) => [name, ms + (b[name] ?? 0)]))
}
