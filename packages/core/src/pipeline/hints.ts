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

/** What is marked, on the part of an image that the engine sees. */
export interface Hints {
  /** All marks. */
  readonly map: HintMap
  /** Those that may extend everywhere. */
  readonly open: HintMap
  /** Those that change a part of the image only, with the open ones in it. */
  readonly confined: readonly ConfinedHints[]
}

interface ConfinedHints {
  /** In whole pixels of what is seen. */
  readonly box: Box
  readonly map: HintMap
}

/** Hints on the `seen` part of an image; null without any. Erasing wins. */
export async function readHints(
  { keep, erase }: HintOptions,
  picture: Size,
  seen: Box,
  read: ReadPicture,
): Promise<Hints | null> {
  if (!keep && !erase) return null
  const draw = async (within: string) => {
    const map = new Int8Array(seen.width * seen.height)
    const [kept, erased] = [partOf(keep, within), partOf(erase, within)]
    if (kept) await drawHint(map, 'keep', kept, picture, seen, read)
    if (erased) await drawHint(map, 'erase', erased, picture, seen, read)
    return map
  }
  const open = await draw(EVERYWHERE)
  const confined: ConfinedHints[] = []
  const map = open.slice()
  for (const { text, box } of partsOf([keep, erase], picture, seen)) {
    const own = await draw(text)
    const inside = open.slice()
    forEachIn(box, seen.width, (i) => {
      if (own[i] !== 0 && inside[i] !== -1) inside[i] = own[i]!
      if (own[i] !== 0 && map[i] !== -1) map[i] = own[i]!
    })
    confined.push({ box, map: inside })
  }
  return { map, open, confined }
}

/** As text, where a stroke says no part of the image. */
const EVERYWHERE = 'undefined'

/** Of the strokes, those within this part. Images mark everywhere. */
function partOf(hint: Hint | undefined, within: string): Hint | null {
  if (hint?.type !== 'strokes') return within === EVERYWHERE ? (hint ?? null) : null
  const strokes = hint.strokes.filter((stroke) => String(stroke.within) === within)
  return strokes.length > 0 ? { ...hint, strokes } : null
}

/** Every part of the image that strokes are confined to, in their order. */
function partsOf(hints: readonly (Hint | undefined)[], picture: Size, seen: Box): { text: string; box: Box }[] {
  const boxes = new Map<string, Box>()
  for (const hint of hints) {
    if (hint?.type !== 'strokes') continue
    const [sx, sy] = hint.unit === '%' ? [picture.width / 100, picture.height / 100] : [1, 1]
    for (const { within } of hint.strokes) {
      if (!within) continue
      const [x, y, width, height] = within
      const near = (value: number, length: number) => Math.min(length, Math.max(0, Math.round(value)))
      const [left, right] = [x * sx, (x + width) * sx].map((value) => near(value - seen.left, seen.width)) as [
        number,
        number,
      ]
      const [top, bottom] = [y * sy, (y + height) * sy].map((value) => near(value - seen.top, seen.height)) as [
        number,
        number,
      ]
      boxes.set(String(within), { left, top, width: right - left, height: bottom - top })
    }
  }
  return [...boxes].map(([text, box]) => ({ text, box }))
}

/** Indexes of a plane `stride` samples wide. */
function forEachIn({ left, top, width, height }: Box, stride: number, visit: (i: number) => void): void {
  for (let y = top; y < top + height; y++) {
    for (let i = y * stride + left; i < y * stride + left + width; i++) visit(i)
  }
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
export function withHints(segmentation: Segmentation, { srgb }: Picture, { open, confined }: Hints): Segmentation {
  const spread = (alpha: Plane, map: HintMap) =>
    map.some((mark) => mark !== 0) ? spreadHints(alpha, srgb, map) : alpha
  let alpha = spread(segmentation.alpha, open)
  for (const { box, map } of confined) alpha = replaced(alpha, spread(alpha, map), box, srgb)
  return { ...segmentation, alpha }
}

/** `by` inside of the box, which is in pixels of `image`, over which both planes are stretched. */
function replaced(alpha: Plane, by: Plane, box: Box, image: Size): Plane {
  const [sx, sy] = [alpha.width / image.width, alpha.height / image.height]
  const [left, right] = [box.left * sx, (box.left + box.width) * sx].map(Math.round) as [number, number]
  const [top, bottom] = [box.top * sy, (box.top + box.height) * sy].map(Math.round) as [number, number]
  const data = alpha.data.slice()
  forEachIn({ left, top, width: right - left, height: bottom - top }, alpha.width, (i) => {
    data[i] = by.data[i]!
  })
  return { ...alpha, data }
}

/** The hints themselves hold to the pixel, whatever matting made of their surroundings. What was transparent before stays so. */
export function holdHints(alpha: Plane, picture: Picture, hints: HintMap): Plane {
  const own = picture.alpha?.data
  const data = alpha.data.map((value, i) => (hints[i] === 0 ? value : hints[i] === 1 ? (own ? own[i]! : 1) : 0))
  return { ...alpha, data }
}
