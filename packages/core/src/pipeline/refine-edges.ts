// Alpha of edges by a matting network: it is shown what our own matte leaves unsure, tile by tile at the image's own resolution.
// Knows the network as a port. A runtime may load this module when a network is asked for: nothing else imports it.

import { throwIfAborted } from '../errors/koutu-error.ts'
import { automaticTrimap } from '../matting/edges/automatic-trimap.ts'
import { planTiles } from '../matting/refiner/plan-tiles.ts'
import { blendTile, cutTile } from '../matting/refiner/tile-pixels.ts'
import { resizePlane } from '../pixels/resize.ts'
import type { Refiner, Warning } from '../ports/ports.ts'
import type { EdgeRefiner } from './refine.ts'

/** Longer side of the trimap: the networks that it comes from see no more. */
const TRIMAP_SIDE = 1024
/** Margin around what is unsure, in its pixels; twice that at hair. */
const TRIMAP_RADIUS = 6
/** Share of a tile's side that it gives to its neighbors on each side. */
const OVERLAP = 1 / 8
/** Tiles of one image, at most: 36 megapixels of nothing but edges. */
const MAX_TILES = 64

/** A network for tiles as one for whole images. */
export function edgeRefiner({ model, tile: size, refine }: Refiner): EdgeRefiner {
  return {
    model,
    async refineEdges({ seen, hints }, solved, ctx) {
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
        const answer = await refine(pixels, ctx)
        blendTile(solved, weights, resizePlane(answer, tile.width, tile.height), pixels.trimap, tile, overlapPx)
      }
      return { alpha: solved, warnings: needed.length > MAX_TILES ? [limited(needed.length)] : [] }
    },
  }
}

function limited(needed: number): Warning {
  return {
    code: 'refiner-limited',
    message: `The edges of this image need ${needed} tiles. The ${MAX_TILES} with most of the edge were refined by the network; the others keep koutu's own matte.`,
  }
}
