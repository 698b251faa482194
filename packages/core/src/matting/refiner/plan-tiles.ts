// Where a matting network of fixed input size has to look: tiles of that size over the unknown part of a trimap, and nowhere else.

import type { Plane, Size } from '../../pixels/raster.ts'

export interface Tile extends Size {
  /** In pixels of the image; beyond it where the image is smaller than a tile. */
  readonly left: number
  readonly top: number
  /** Cells of the trimap that are unknown in its core. */
  readonly unknown: number
}

/**
 * Tiles of `size` over the `trimap` (0.5 = unknown), which is stretched over `image`. Each unknown pixel lies in the core of one
 * of them: `overlapPx` from its borders, or nearer where the image ends. In reading order.
 */
export function planTiles(trimap: Plane, image: Size, size: Size, overlapPx: number): Tile[] {
  const core = { width: size.width - 2 * overlapPx, height: size.height - 2 * overlapPx }
  const rows = { cells: trimap.height, pixels: image.height }
  const columns = { cells: trimap.width, pixels: image.width }
  const tiles: Tile[] = []
  for (let top = nextRow(trimap, rows, 0); top < image.height; top = nextRow(trimap, rows, top + core.height)) {
    const lastRow = Math.min(image.height, top + core.height) - 1
    const unknown = unknownInColumns(trimap, cellOf(rows, top), cellOf(rows, lastRow))
    for (let left = 0; left < image.width; ) {
      const cell = cellOf(columns, left)
      if (unknown[cell] === 0) {
        left = Math.max(left + 1, firstPixel(columns, cell + 1))
        continue
      }
      const lastColumn = Math.min(image.width, left + core.width) - 1
      tiles.push({
        ...size,
        left: within(left - overlapPx, image.width - size.width),
        top: within(top - overlapPx, image.height - size.height),
        unknown: unknown.subarray(cell, cellOf(columns, lastColumn) + 1).reduce((sum, count) => sum + count, 0),
      })
      left += core.width
    }
  }
  return tiles
}

/** One axis of a grid stretched over an image. */
interface Axis {
  readonly cells: number
  readonly pixels: number
}

/** The cell that a pixel's center lies in. */
export function cellOf({ cells, pixels }: Axis, pixel: number): number {
  return Math.floor(((pixel + 0.5) * cells) / pixels)
}

function firstPixel({ cells, pixels }: Axis, cell: number): number {
  return Math.ceil((cell * pixels) / cells - 0.5)
}

function within(value: number, largest: number): number {
  return Math.max(0, Math.min(value, largest))
}

/** The first row of pixels from `pixel` on with an unknown cell; the image's height where there is none. */
function nextRow({ width, height, data }: Plane, rows: Axis, pixel: number): number {
  if (pixel >= rows.pixels) return rows.pixels
  let row = cellOf(rows, pixel)
  while (row < height && !data.subarray(row * width, (row + 1) * width).includes(0.5)) row++
  return Math.max(pixel, firstPixel(rows, row))
}

function unknownInColumns({ width, data }: Plane, first: number, last: number): Int32Array {
  const counts = new Int32Array(width)
  for (let i = first * width; i < (last + 1) * width; i++) if (data[i] === 0.5) counts[i % width]!++
  return counts
}
