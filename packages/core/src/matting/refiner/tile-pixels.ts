// What a matting network is shown of one tile, and what is taken of its answer.

import type { Plane, Raster, Size } from '../../pixels/raster.ts'
import type { HintMap } from '../hints/spread-hints.ts'
import { cellOf, type Tile } from './plan-tiles.ts'

export const UNKNOWN = 128

/** 8-bit RGB and a trimap (0 = background, 128 = unknown, 255 = foreground) of one size. */
export interface TilePixels extends Size {
  readonly rgb: Uint8Array
  readonly trimap: Uint8Array
}

/** `tile` of `image`, 8-bit RGB. Hints, as large as the image, win over the trimap. Beyond the image its border is repeated. */
export function cutTile(image: Raster, trimap: Plane, hints: HintMap | null, tile: Tile): TilePixels {
  const { width, height } = tile
  const rows = { cells: trimap.height, pixels: image.height }
  const columns = { cells: trimap.width, pixels: image.width }
  const rgb = new Uint8Array(width * height * 3)
  const marks = new Uint8Array(width * height)
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.min(image.height - 1, tile.top + y)
    const trimapRow = cellOf(rows, row) * trimap.width
    for (let x = 0; x < width; x++, i++) {
      const column = Math.min(image.width - 1, tile.left + x)
      const from = row * image.width + column
      for (let c = 0; c < 3; c++) rgb[i * 3 + c] = image.data[from * 3 + c]!
      const hint = hints?.[from] ?? 0
      const known = hint === 0 ? trimap.data[trimapRow + cellOf(columns, column)]! : (hint + 1) / 2
      marks[i] = known === 0.5 ? UNKNOWN : known * 255
    }
  }
  return { width, height, rgb, trimap: marks }
}

/**
 * Takes the unknown pixels of a tile into `alpha`, in place. `weights`, as large as `alpha`, holds what earlier tiles counted
 * there: a pixel is the mean of its tiles, each weighted by the distance to its own border, over all of what two tiles share.
 */
export function blendTile(
  alpha: Plane,
  weights: Uint16Array,
  answer: Plane,
  trimap: Uint8Array,
  tile: Tile,
  overlapPx: number,
): void {
  const columns = weightsAlong(tile.left, tile.width, alpha.width, 2 * overlapPx)
  const rows = weightsAlong(tile.top, tile.height, alpha.height, 2 * overlapPx)
  for (let y = 0; y < rows.length; y++) {
    for (let x = 0; x < columns.length; x++) {
      const from = y * tile.width + x
      if (trimap[from] !== UNKNOWN) continue
      const to = (tile.top + y) * alpha.width + tile.left + x
      const weight = Math.min(rows[y]!, columns[x]!)
      const before = weights[to]!
      const value = alpha.data[to]!
      alpha.data[to] =
        before === 0 ? answer.data[from]! : value + ((answer.data[from]! - value) * weight) / (before + weight)
      weights[to] = before + weight
    }
  }
}

/** 1..most, of the tile's pixels that are in the image. The image's own border takes nothing away. */
function weightsAlong(from: number, size: number, imageSize: number, most: number): Int32Array {
  const count = Math.min(size, imageSize - from)
  return Int32Array.from({ length: count }, (_, k) => {
    const before = from === 0 ? most : k + 1
    const behind = from + count === imageSize ? most : count - k
    return Math.max(1, Math.min(most, before, behind))
  })
}
