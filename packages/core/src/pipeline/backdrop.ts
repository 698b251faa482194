// Loads the background image, and other images named by options.

import { covers, isMoved, type Layout } from '../compose/layout.ts'
import { placeColor } from '../compose/place.ts'
import type { GroupedOptions } from '../options/grouped.ts'
import type { OutputOptions } from '../options/groups.ts'
import type { Raster } from '../pixels/raster.ts'
import type { Codec, Ctx, Picture, Source } from '../ports/ports.ts'
import type { ReadPicture } from './hints.ts'

/** Standard deviation of the blurred background, as a share of the image's longer side. */
const BLUR_SHARE = 0.02

/** Of the canvas' size; null where the background is no image. */
export async function makeBackdrop(
  picture: Picture,
  layout: Layout,
  output: OutputOptions,
  codec: Codec,
  read: ReadPicture,
  ctx: Ctx,
): Promise<Raster | null> {
  const { background } = output
  if (output.mask) return null
  if (background.type === 'blur') {
    const blurred = await codec.blur(picture.color, BLUR_SHARE * Math.max(picture.width, picture.height), ctx)
    // Behind a subject that has left its place the photo need not stay in its own; nor where it would leave some free.
    const stays = !isMoved(output) && covers(picture, layout)
    return stays ? placeColor(blurred, layout) : codec.cover(blurred, layout, ctx)
  }
  if (background.type !== 'picture') return null
  const behind = await read(background.source)
  return codec.cover(behind.srgb, layout, ctx)
}

/** Reads images that options name: within the same limits, as sRGB. */
export function pictureReader(
  options: Pick<GroupedOptions, 'limits' | 'network'>,
  { codec, source }: { readonly codec: Codec; readonly source: Source },
  ctx: Ctx,
): ReadPicture {
  return async (from) => {
    const bytes = typeof from === 'string' ? await source.read(from, options, ctx) : from
    return codec.decode(bytes, { keepIcc: false, keepMetadata: false, limits: options.limits }, ctx)
  }
}
