// Coarse alpha as it is kept between two runs: what a network found, with 8 bits, and the part of the image that it covers.
// With it the same result, or one with other hints, is made without the network.

import { fromLevels, toLevels } from '../models/tensor.ts'
import { invalidOptions } from '../options/resolve.ts'
import { type Box, createPlane, type Plane, type Size } from '../pixels/raster.ts'
import type { Warning } from '../ports/ports.ts'
import type { Answer } from './answer.ts'
import type { View } from './view.ts'

export interface CoarseAlpha extends Size {
  /** One byte a pixel, row-major from the top left; 255 is foreground. */
  readonly data: Uint8Array
  /** The part of the upright image over which it is stretched, in pixels. */
  readonly box: Box
  /** Of the upright image. */
  readonly image: Size
  /** What found it, as the report says. */
  readonly engine: string
  readonly model: string
  readonly precision: string
  readonly warnings: readonly Warning[]
}

/**
 * A network's alpha with 8 bits, which all later steps use: what is kept is what the result was made of. On nine photos the
 * rounding changed the final alpha by .00005 in the mean.
 */
export function roundCoarse({ width, height, data }: Plane): Pick<Answer, 'alpha' | 'levels'> {
  const levels = toLevels(data)
  return { alpha: { width, height, data: fromLevels(levels) }, levels }
}

/** What of an answer is worth keeping; null for a finished cutout, whose colors would be lost. */
export function toCoarse(engine: string, answer: Answer, view: View): CoarseAlpha | null {
  const { alpha, levels, model, precision, warnings } = answer
  if (!levels) return null
  const { width, height } = view.picture
  return {
    width: alpha.width,
    height: alpha.height,
    data: levels,
    box: seenBox(view),
    image: { width, height },
    engine,
    model,
    precision,
    warnings,
  }
}

/** The answer of before. Errors: INVALID_OPTIONS where it belongs to an image of another size. */
export function recall(coarse: CoarseAlpha, view: View): Answer {
  const { model, precision, warnings, image, box } = coarse
  const { picture } = view
  if (image.width !== picture.width || image.height !== picture.height) {
    const message = `Expected that of an image of ${picture.width} x ${picture.height} but received that of ${image.width} x ${image.height}`
    throw invalidOptions([{ path: 'coarse', message }])
  }
  const seen = seenBox(view)
  const isSame =
    box.left === seen.left && box.top === seen.top && box.width === seen.width && box.height === seen.height
  const found = isSame ? { alpha: toPlane(coarse), levels: coarse.data } : roundCoarse(cutTo(coarse, seen))
  return { ...found, foreground: null, model, precision, timingsMs: {}, warnings, isCoarse: true }
}

function seenBox({ picture, region }: View): Box {
  return region?.seen ?? { left: 0, top: 0, width: picture.width, height: picture.height }
}

function toPlane({ width, height, data }: CoarseAlpha): Plane {
  return { width, height, data: fromLevels(data) }
}

/** For another region of interest than before, at the same scale. Nothing is known outside of `box`: it is background. */
function cutTo({ width, height, data, box }: CoarseAlpha, seen: Box): Plane {
  const side = (length: number, cells: number, covered: number) =>
    Math.max(1, Math.min(length, Math.round((length * cells) / covered)))
  const out = createPlane(side(seen.width, width, box.width), side(seen.height, height, box.height))
  const columns = cellsOf(out.width, seen.left - box.left, seen.width, width, box.width)
  const rows = cellsOf(out.height, seen.top - box.top, seen.height, height, box.height)
  for (const [y, row] of rows.entries()) {
    if (row === null) continue
    for (const [x, column] of columns.entries()) {
      if (column === null) continue
      const at = (line: number) => {
        const from = line * width
        return data[from + column.first]! * (1 - column.part) + data[from + column.second]! * column.part
      }
      out.data[y * out.width + x] = (at(row.first) * (1 - row.part) + at(row.second) * row.part) / 255
    }
  }
  return out
}

interface Cells {
  readonly first: number
  readonly second: number
  readonly part: number
}

/** For each of `count` samples of a stretch of the image, between which of the cells its center lies; null outside of them. */
function cellsOf(count: number, start: number, length: number, cells: number, covered: number): (Cells | null)[] {
  return Array.from({ length: count }, (_, i) => {
    const pixel = start + ((i + 0.5) * length) / count
    if (pixel < 0 || pixel > covered) return null
    const place = Math.min(cells - 1, Math.max(0, (pixel * cells) / covered - 0.5))
    const first = Math.floor(place)
    return { first, second: Math.min(cells - 1, first + 1), part: place - first }
  })
}
