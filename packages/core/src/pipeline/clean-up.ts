// What users ask for on top of the matte: holes and specks first, then the edge's place, softness and hardness.
// Each step runs only where it was asked for and hands its input on where it changes nothing.

import { estimateForeground } from '../matting/estimate-foreground.ts'
import { feather } from '../matting/feather.ts'
import { harden } from '../matting/harden.ts'
import { removeSpecks } from '../matting/remove-specks.ts'
import { shiftEdge } from '../matting/shift-edge.ts'
import type { ResolvedOptions } from '../options/options.ts'
import type { Plane, Raster } from '../pixels/raster.ts'
import type { Picture, Segmentation } from '../ports/ports.ts'

/** Below half an 8-bit step there is nothing to see. */
const VISIBLE = 1 / 510

/** The matte without specks and, as asked, without holes. */
export function cleanMatte(alpha: Plane, { speckArea, keepHoles, fillHoles }: ResolvedOptions): Plane {
  const area = speckArea.unit === 'px' ? speckArea.value : (speckArea.value / 100) * alpha.data.length
  return removeSpecks(alpha, { minAreaPx: area, holes: keepHoles ? 'keep' : fillHoles ? 'all' : 'small' })
}

/** The matte with its edge moved and softened as asked. */
export function styleEdge(matte: Plane, { edgeShift, feather: sigmaPx }: ResolvedOptions): Plane {
  const shifted = edgeShift === 0 ? matte : shiftEdge(matte, edgeShift)
  return sigmaPx === 0 ? shifted : feather(shifted, sigmaPx)
}

/** Last, so that nothing softens it again. */
export function hardenEdge(alpha: Plane, { hardMask, hardMaskThreshold }: ResolvedOptions): Plane {
  return hardMask ? harden(alpha, hardMaskThreshold) : alpha
}

/**
 * Colors to show under `styled`: the engine's own where it is as opaque as the engine made it, else the picture's without the
 * old background. They are judged by `matte`, which says what the photo shows; an edge styled softer than it is does not.
 */
export function foregroundColors(
  picture: Picture,
  segmentation: Segmentation,
  found: Plane,
  matte: Plane,
  styled: Plane,
  { decontaminate }: ResolvedOptions,
): Raster {
  const own = segmentation.foreground
  if (own && styled === found) return own
  const estimate = decontaminate ? estimateForeground : (color: Raster) => color
  const colors = estimate(picture.color, matte)
  // Where an edge was grown into the old background, colors of the subject are drawn out to it.
  const drawn = styled === matte ? colors : choose(colors, estimate(colors, styled), (i) => matte.data[i]! < VISIBLE)
  return own ? choose(own, drawn, (i) => styled.data[i]! - found.data[i]! > VISIBLE) : drawn
}

/** `first` with the pixels of `second` where `takes` says so; 8 or 16 bits as both are. */
function choose(first: Raster, second: Raster, takes: (i: number) => boolean): Raster {
  if (first === second) return first
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
