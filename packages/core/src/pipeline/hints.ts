// Combines the user's marks into one map of the image that the engine sees, and applies them to the matte.

import { type HintMap, spreadHints } from '../matting/hints/spread-hints.ts'
import type { HintOptions } from '../options/groups.ts'
import type { Hint } from '../options/values.ts'
import { type BrushStroke, paintStroke } from '../pixels/brush.ts'
import { type Box, maxSample, type Plane, type Size } from '../pixels/raster.ts'
import type { Picture, Segmentation } from '../ports/ports.ts'
import { checkShape } from './check-shape.ts'

/** Reads an image that an option names. */
export type ReadPicture = (source: string | Uint8Array) => Promise<Picture>

/** Radius of a stroke that does not say it, as a share of the image's longer side. */
const BRUSH_SHARE = 0.01

/** Hints on the `seen` part of an image; null without any. Erasing wins. */
export async function readHints(
  { keep, erase }: HintOptions,
  picture: Size,
  seen: Box,
  read: ReadPicture,
): Promise<HintMap | null> {
  if (!keep && !erase) return null
  const map = new Int8Array(seen.width * seen.height)
  if (keep) await drawHint(map, 'keep', keep, picture, seen, read)
  if (erase) await drawHint(map, 'erase', erase, picture, seen, read)
  return map
}

async function drawHint(
  map: HintMap,
  name: 'keep' | 'erase',
  hint: Hint,
  picture: Size,
  seen: Box,
  read: ReadPicture,
): Promise<void> {
  const value = name === 'keep' ? 1 : -1
  if (hint.type === 'strokes') {
    for (const stroke of inPixels(hint, picture, seen)) paintStroke(map, seen, stroke, value)
    return
  }
  const drawn = await read(hint.source)
  checkShape(name, drawn, picture)
  const marks = marksOf(drawn)
  for (let y = 0, i = 0; y < seen.height; y++) {
    const row = Math.floor(((seen.top + y + 0.5) * drawn.height) / picture.height) * drawn.width
    for (let x = 0; x < seen.width; x++, i++) {
      if (marks(row + Math.floor(((seen.left + x + 0.5) * drawn.width) / picture.width))) map[i] = value
    }
  }
}

function inPixels(hint: Extract<Hint, { type: 'strokes' }>, picture: Size, seen: Box): BrushStroke[] {
  const longer = Math.max(picture.width, picture.height)
  const [sx, sy, sr] = hint.unit === '%' ? [picture.width / 100, picture.height / 100, longer / 100] : [1, 1, 1]
  return hint.strokes.map(({ points, radius }) => ({
    points: points.map(([x, y]) => [x * sx - seen.left, y * sy - seen.top] as const),
    radiusPx: Math.max(1, radius === undefined ? BRUSH_SHARE * longer : radius * sr),
  }))
}

/** Whether a pixel is marked: by its alpha where the image has any, else by its brightness. */
function marksOf({ alpha, srgb }: Picture): (i: number) => boolean {
  if (alpha) return (i) => alpha.data[i]! >= 0.5
  const bright = maxSample(srgb) * 1.5
  return (i) => srgb.data[i * 3]! + srgb.data[i * 3 + 1]! + srgb.data[i * 3 + 2]! >= bright
}

/** What the engine found, corrected by the hints. */
export function withHints(segmentation: Segmentation, picture: Picture, hints: HintMap): Segmentation {
  return { ...segmentation, alpha: spreadHints(segmentation.alpha, picture.srgb, hints) }
}

/** The hints themselves hold to the pixel, whatever matting made of their surroundings. What was transparent before stays so. */
export function holdHints(alpha: Plane, picture: Picture, hints: HintMap): Plane {
  const own = picture.alpha?.data
  const data = alpha.data.map((value, i) => (hints[i] === 0 ? value : hints[i] === 1 ? (own ? own[i]! : 1) : 0))
  return { ...alpha, data }
}
