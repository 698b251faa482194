// Broad areas that a finished matte leaves half transparent. Hair and soft edges are narrower or more mixed than these; what is left
// is an area that the network doubted and that colors could not decide, or glass. Nothing is changed here, only found.

import { boxFilter } from '../../pixels/box-filter.ts'
import { type Box, createPlane, type Plane } from '../../pixels/raster.ts'
import { findParts } from '../style/components.ts'
import type { AlphaSurvey } from '../subjects/alpha-survey.ts'

/** An area is broad where a window of this radius, in cells, holds hardly anything else: 7 cells are 2.7 % of the longer side. */
const RADIUS = 3
const HARDLY_ELSE = 0.9
/** Share of the image's cells that are centers of such windows, at least. Below it, fur of known alpha was as often found as doubt. */
const MIN_SHARE = 0.004

/** In pixels of the alpha that was surveyed, the largest area first. */
export function uncertainAreas(survey: AlphaSurvey): Box[] {
  const { width, height, coarseColumns: columns, coarseRows: rows } = survey
  const share = boxFilter(undecidedShare(survey), RADIUS).data
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
function undecidedShare({ width, height, coarseColumns, coarseRows, undecided }: AlphaSurvey): Plane {
  const share = createPlane(coarseColumns, coarseRows)
  // One past the last pixel before each column and row of cells.
  const ends = (pixels: number, cells: number) =>
    Int32Array.from({ length: cells + 1 }, (_, cell) => Math.ceil((cell * pixels) / cells))
  const across = ends(width, coarseColumns)
  const down = ends(height, coarseRows)
  for (let row = 0, cell = 0; row < coarseRows; row++) {
    for (let column = 0; column < coarseColumns; column++, cell++) {
      const pixels = (across[column + 1]! - across[column]!) * (down[row + 1]! - down[row]!)
      share.data[cell] = undecided[cell]! / pixels
    }
  }
  return share
}
