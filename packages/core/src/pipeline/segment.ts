// How often a network is asked about one picture: once, and for the best quality a second time about its mirror image.
// Knows the engine as a port; what the answers mean together is the matting's business.

import { averageMirrored } from '../matting/mirror-average.ts'
import type { ResolvedOptions } from '../options/options.ts'
import type { Raster } from '../pixels/raster.ts'
import type { Ctx, Engine, Picture, Segmentation } from '../ports/ports.ts'

/** The engine's answer; of a service always one, because each costs the user money and comes out finished. */
export async function segmentPicture(
  engine: Engine,
  picture: Picture,
  options: ResolvedOptions,
  ctx: Ctx,
): Promise<Segmentation> {
  const straight = await engine.segment(picture, options, ctx)
  if (options.quality !== 'best' || engine.produces !== 'alpha') return straight
  const image = mirror(picture.srgb)
  const mirrored = await engine.segment({ ...picture, color: image, srgb: image, alpha: null }, options, ctx)
  return {
    ...straight,
    alpha: averageMirrored(straight.alpha, mirrored.alpha),
    timingsMs: addUp(straight.timingsMs, mirrored.timingsMs),
  }
}

/** Flipped left to right. */
function mirror(raster: Raster): Raster {
  const { width, channels, data } = raster
  const out = data.slice()
  const stride = width * channels
  for (let row = 0; row < data.length; row += stride) {
    for (let from = row, to = row + stride - channels; from < row + stride; from += channels, to -= channels) {
      for (let c = 0; c < channels; c++) out[to + c] = data[from + c]!
    }
  }
  return { ...raster, data: out }
}

function addUp(a: Segmentation['timingsMs'], b: Segmentation['timingsMs']): Segmentation['timingsMs'] {
  return Object.fromEntries(Object.entries(a).map(([name, ms]) => [name, ms + (b[name] ?? 0)]))
}
