// Alpha of edges by a matting network: our own matte says what is known, the network is shown the rest tile by tile at the image's
// own resolution. Knows the network as a port.

import { throwIfAborted } from '../errors/koutu-error.ts'
import { automaticTrimap } from '../matting/edges/automatic-trimap.ts'
import { planTiles } from '../matting/refiner/plan-tiles.ts'
import { blendTile, cutTile } from '../matting/refiner/tile-pixels.ts'
import type { GroupedOptions } from '../options/grouped.ts'
import type { Plane } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'
import type { Ctx, MatteKernels, Refiner, Warning } from '../ports/ports.ts'
import type { Answer } from './answer.ts'
import { knownCut, solveAlpha } from './matte.ts'
import type { View } from './view.ts'

export interface Refined {
  /** Of the size of what was seen; null where there was nothing to refine. */
  readonly alpha: Plane | null
  readonly warnings: readonly Warning[]
}

/** Longer side of the trimap: the networks that it comes from see no more. */
const TRIMAP_SIDE = 1024
/** Margin around what is unsure, in its pixels; twice that at hair. */
const TRIMAP_RADIUS = 6
/** Share of a tile's side that it gives to its neighbors on each side. */
const OVERLAP = 1 / 8
/** Tiles of one image, at most: 36 megapixels of nothing but edges. */
const MAX_TILES = 64

/** Alpha of what was seen with its edges from a matting network. Errors: MODEL_*, ENGINE_FAILED, ABORTED. */
export async function refineAnswer(
  view: View,
  answer: Answer,
  { subject }: Pick<GroupedOptions, 'subject'>,
  kernels: MatteKernels,
  refiner: Refiner,
  ctx: Ctx,
): Promise<Refined> {
  if (!answer.isCoarse || knownCut(view, answer)) return { alpha: null, warnings: [UNUSED] }
  return refineEdges(view, solveAlpha(view, answer, subject.quality, kernels), refiner, ctx)
}

const UNUSED: Warning = {
  code: 'refiner-unused',
  message: 'The refiner did not run, because the alpha of this image was complete without it.',
}

/** `solved`, changed in place. */
async function refineEdges(
  { seen, hints }: Pick<View, 'seen' | 'hints'>,
  solved: Plane,
  refiner: Refiner,
  ctx: Ctx,
): Promise<Refined> {
  const { tile: size } = refiner
  const shrink = Math.min(1, TRIMAP_SIDE / Math.max(seen.width, seen.height))
  const small = resizePlane(solved, Math.ceil(seen.width * shrink), Math.ceil(seen.height * shrink))
  const trimap = automaticTrimap(small, { radiusPx: TRIMAP_RADIUS })
  const overlapPx = Math.max(1, Math.floor(Math.min(size.width, size.height) * OVERLAP))
  const needed = planTiles(trimap, seen, size, overlapPx)
  // Where not all can be looked at, those that hold most of the edge are.
  const tiles = needed.toSorted((a, b) => b.unknown - a.unknown).slice(0, MAX_TILES)
  const weights = new Uint16Array(solved.width * solved.height)
  for (const [done, tile] of tiles.entries()) {
    throwIfAborted(ctx.signal)
    ctx.onEvent?.({ type: 'progress', fraction: done / tiles.length })
    const pixels = cutTile(seen.srgb, trimap, hints?.map ?? null, tile)
    const answer = await refiner.refine(pixels, ctx)
    blendTile(solved, weights, resizePlane(answer, tile.width, tile.height), pixels.trimap, tile, overlapPx)
  }
  return { alpha: solved, warnings: needed.length > MAX_TILES ? [limited(needed.length)] : [] }
}

function limited(needed: number): Warning {
  return {
    code: 'refiner-limited',
    message: `The edges of this image need ${needed} tiles. The ${MAX_TILES} with most of the edge were refined by the network; the others keep koutu's own matte.`,
  }
}
