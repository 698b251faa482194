// Broad areas that a finished matte leaves half transparent. Hair and soft edges are narrower or more mixed than these; what is left
// is an area that the network doubted and that colors could not decide, or glass. Nothing is changed here, only found.

import { boxFilter } from '../../pixels/box-filter.ts'
import { type Box, createPlane, type Plane } from '../../pixels/raster.ts'
import { findParts } from '../style/components.ts'

/** Cells along the longer side. */
const GRID = 256
/** Alpha between this and 1 less this is undecided. */
const UNDECIDED = 0.1
/** An area is broad where a window of this radius, in cells, holds hardly anything else: 7 cells are 2.7 % of the longer side. */
const RADIUS = 3
const HARDLY_ELSE = 0.9
/** Share of the image's cells that are centers of such windows, at least. Below it, fur of known alpha was as often found as doubt. */
const MIN_SHARE = 0.004

/** In pixels of `alpha`, the largest area first. */
export function uncertainAreas(alpha: Plane): Box[] {
  const { width, height } = alpha
  const scale = Math.min(1, GRID / Math.max(width, height))
  const columns = Math.max(1, Math.round(width * scale))
  const rows = Math.max(1, Math.round(height * scale))
  const share = boxFilter(undecidedShare(alpha, columns, rows), RADIUS).data
  const areas = findParts(share, columns, rows, { threshold: HARDLY_ELSE, above: true, connectivity: 8 })
  const boxes = new Map<number, { left: number; top: number; right: number; bottom: number }>()
  for (let run = 0; run < areas.count; run++) {
    const part = areas.part[run]!
    if (areas.area[part]! < MIN_SHARE * columns * rows) continue
    const y = Math.floor(areas.begin[run]! / columns)
    const left = areas.begin[run]! - y * columns
    const right = areas.end[run]! - y * columns
    const box = boxes.get(part) ?? { left, top: y, right, bottom: y }
    boxes.set(part, {
      left: Math.min(box.left, left),
      top: box.top,
      right: Math.max(box.right, right),
      bottom: y + 1,
    })
  }
  const toPixels = ({
    left,
    top,
    right,
    bottom,
  }: {
    left: number
    top: number
    right: number
    bottom: number
  }): Box => {
    // The windows reach beyond their centers.
    const from = (cell: number, size: number, cells: number) => Math.floor((Math.max(0, cell - RADIUS) * size) / cells)
    const to = (cell: number, size: number, cells: number) => Math.ceil((Math.min(cells, cell + RADIUS) * size) / cells)
    const [x, y] = [from(left, width, columns), from(top, height, rows)]
    return { left: x, top: y, width: to(right, width, columns) - x, height: to(bottom, height, rows) - y }
  }
  return [...boxes].sort(([a], [b]) => areas.area[b]! - areas.area[a]!).map(([, box]) => toPixels(box))
}

/** How much of each cell is undecided, 0..1. */
function undecidedShare({ width, height, data }: Plane, columns: number, rows: number): Plane {
  const share = createPlane(columns, rows)
  const pixels = new Float32Array(columns * rows)
  // One past the last pixel of each column of cells.
  const ends = Int32Array.from({ length: columns }, (_, column) => Math.ceil(((column + 1) * width) / columns))
  for (let y = 0, i = 0; y < height; y++) {
    const row = Math.floor((y * rows) / height) * columns
    for (let column = 0, x = 0; column < columns; column++) {
      const [from, end] = [x, ends[column]!]
      let undecided = 0
      for (; x < end; x++, i++) {
        const value = data[i]!
        if (value > UNDECIDED && value < 1 - UNDECIDED) undecided++
      }
      pixels[row + column]! += end - from
      share.data[row + column]! += undecided
    }
  }
  for (let cell = 0; cell < pixels.length; cell++) share.data[cell]! /= pixels[cell]!
  return share
}
