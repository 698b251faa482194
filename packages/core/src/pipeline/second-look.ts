// Where large areas of an answer stay half transparent, the engine is asked about another view of the image. Few images have any.

import type { RegionDecision } from '../matting/regions/carry-over.ts'
import { openAreas, settleAreas } from '../matting/regions/open-areas.ts'
import type { Plane, Raster } from '../pixels/raster.ts'
import { sampleRaster } from '../pixels/sample-raster.ts'
import { roundToEightBit } from '../pixels/samples.ts'
import { type Augmentation, mirrored } from './augmentations.ts'

/** Pixels of the view, at most. No network is shown as many, and a copy of a large image takes memory. */
const MAX_VIEW_PIXELS = 2 ** 22

/** `alpha`, an answer about `image`, with its open areas settled by what `ask` says of the mirrored image. Null where it has none. */
export async function lookAgain(
  alpha: Plane,
  regions: RegionDecision,
  image: Raster,
  ask: (view: Augmentation) => Promise<Plane>,
): Promise<Plane | null> {
  const areas = openAreas(regions)
  if (!areas) return null
  return settleAreas(alpha, await ask(mirrored(withinPixels(image, MAX_VIEW_PIXELS))), areas)
}

function withinPixels(image: Raster, maxPixels: number): Raster {
  const factor = Math.sqrt((image.width * image.height) / maxPixels)
  if (factor <= 1) return image
  const width = Math.floor(image.width / factor)
  const height = Math.floor(image.height / factor)
  const cells = sampleRaster(image, width, height)
  const data = new Uint8Array(cells.data.length)
  roundToEightBit(cells.data, data)
  return { width, height, channels: 3, alpha: 'none', data }
}
