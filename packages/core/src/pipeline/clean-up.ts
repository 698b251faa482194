// Edge options applied to the matte: holes and specks first, then shift, feather and hard mask. Steps that were not requested
// return their input.

import type { ForegroundOptions } from '../matting/foreground/estimate-foreground.ts'
import { feather } from '../matting/style/feather.ts'
import { harden } from '../matting/style/harden.ts'
import { shiftEdge } from '../matting/style/shift-edge.ts'
import type { EdgeOptions } from '../options/groups.ts'
import type { Plane, Raster, Size } from '../pixels/raster.ts'
import type { MatteKernels } from '../ports/ports.ts'

/** Below half an 8-bit step there is nothing to see. */
const VISIBLE = 1 / 510

/** The matte, perhaps of a part of `picture`, without specks and, as asked, without holes. Overwrites `alpha`. */
export function cleanMatte(
  alpha: Plane,
  picture: Size,
  { speckArea, keepHoles, fillHoles }: EdgeOptions,
  { removeSpecks }: MatteKernels,
): Plane {
  const area = speckArea.unit === 'px' ? speckArea.value : (speckArea.value / 100) * picture.width * picture.height
  const holes = keepHoles ? 'keep' : fillHoles ? 'all' : 'small'
  return removeSpecks(alpha, { minAreaPx: area, holes, canOverwrite: true })
}

/** The matte with its edge moved and softened as asked. */
export function styleEdge(matte: Plane, { edgeShift, feather: sigmaPx }: EdgeOptions): Plane {
  const shifted = edgeShift === 0 ? matte : shiftEdge(matte, edgeShift)
  return sigmaPx === 0 ? shifted : feather(shifted, sigmaPx)
}

/** Last, so that nothing softens it again. */
export function hardenEdge(alpha: Plane, { hardMask, hardMaskThreshold }: EdgeOptions): Plane {
  return hardMask ? harden(alpha, hardMaskThreshold) : alpha
}

/**
 * Colors of the subject without the old background. They are judged by `matte`, which says what the photo shows; an edge
 * `styled` softer than it is does not: where it was grown into the old background, colors of the subject are drawn out to it.
 */
export function subjectColors(
  color: Raster,
  matte: Plane,
  styled: Plane,
  { estimateForeground }: MatteKernels,
  options?: ForegroundOptions,
): Raster {
  const colors = estimateForeground(color, matte, options)
  return styled === matte
    ? colors
    : choosePixels(colors, estimateForeground(colors, styled), (i) => matte.data[i]! < VISIBLE)
}

/** The engine's `own` colors where the result is no more opaque than the engine made it; `others` elsewhere. */
export function keepOwnColors(own: Raster, found: Plane, styled: Plane, others: () => Raster): Raster {
  const raised = (i: number) => styled.data[i]! - found.data[i]! > VISIBLE
  return styled.data.some((_, i) => raised(i)) ? choosePixels(own, others(), raised) : own
}

/** `first` with the pixels of `second` where `takes` says so; 8 or 16 bits as both are. */
function choosePixels(first: Raster, second: Raster, takes: (i: number) => boolean): Raster {
  const { width, height } = first
  const data = first.data.slice()
  for (let i = 0, at = 0; i < width * height; i++, at += 3) {
    if (!takes(i)) continue
    data[at] = second.data[at]!
    data[at + 1] = second.data[at + 1]!
    data[at + 2] = second.data[at + 2]!
  }
  return { ...first, data }
}
