// The part of the pipeline that touches every pixel: coarse alpha and picture in, finished raster and report out.
// Pure and synchronous: whoever calls it chooses the thread.

import { parseColor } from '../compose/color.ts'
import { alphaAsGrey, overColor, overNothing, overPicture } from '../compose/composite.ts'
import { cropPlane, cropRaster, growBox } from '../compose/crop.ts'
import { KoutuError } from '../errors/koutu-error.ts'
import { estimateForeground } from '../matting/estimate-foreground.ts'
import { type MatteQuality, refineAlpha } from '../matting/refine-alpha.ts'
import type { ResolvedOptions } from '../options/options.ts'
import { clamp01 } from '../pixels/clamp.ts'
import type { Plane, Raster } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'
import type { Picture, Segmentation } from '../ports/ports.ts'
import { describeSubject, type SubjectReport } from './report.ts'

/**
 * Alpha at the picture's full size, times the input's own. A network's alpha is refined against the picture where it
 * holds a subject; faint residue and finished mattes are only brought to size.
 */
export function fullAlpha(
  picture: Picture,
  segmentation: Segmentation,
  refines: boolean,
  quality: MatteQuality,
): Plane {
  const alpha =
    refines && describeSubject(segmentation.alpha, 0).subject
      ? refineAlpha(segmentation.alpha, picture.srgb, { quality })
      : clampPlane(resizePlane(segmentation.alpha, picture.width, picture.height, 'cubic'))
  return picture.alpha ? multiplyPlanes(alpha, picture.alpha) : alpha
}

/** Colors to show under this alpha: the engine's own, or the picture's without the old background. */
export function foregroundColors(picture: Picture, segmentation: Segmentation, alpha: Plane): Raster {
  return segmentation.foreground ?? estimateForeground(picture.color, alpha)
}

function multiplyPlanes(a: Plane, b: Plane): Plane {
  return { ...a, data: a.data.map((value, i) => value * b.data[i]!) }
}

function clampPlane(plane: Plane): Plane {
  return { ...plane, data: plane.data.map(clamp01) }
}

export interface Finished {
  /** What is encoded: RGBA, RGB before an opaque background, or grey for a mask; as deep as the picture. */
  readonly raster: Raster
  readonly subject: SubjectReport
}

/** Crop and background. `backdrop` is RGB of the picture's size where the background is a picture, else null. */
export function finish(
  picture: Picture,
  foreground: Raster,
  alpha: Plane,
  backdrop: Raster | null,
  options: ResolvedOptions,
): Finished {
  const subject = describeSubject(alpha, options.cropThreshold)
  const box = options.crop && subject.box ? growBox(subject.box, options.margin, picture) : null
  const cut = <T extends Raster>(raster: T): Raster => (box ? cropRaster(raster, box) : raster)
  const shownAlpha = box ? cropPlane(alpha, box) : alpha
  return { raster: composite(cut(foreground), shownAlpha, backdrop && cut(backdrop), options), subject }
}

function composite(foreground: Raster, alpha: Plane, backdrop: Raster | null, options: ResolvedOptions): Raster {
  const { background, mask } = options
  if (mask) return alphaAsGrey(alpha, foreground.data instanceof Uint16Array ? 16 : 8)
  if (backdrop) return overPicture(foreground, alpha, backdrop)
  if (background.type !== 'color') return overNothing(foreground, alpha)
  const color = parseColor(background.color)
  if (!color) throw new KoutuError('INTERNAL', { detail: `'${background.color}' passed the schema but is no color` })
  return overColor(foreground, alpha, color)
}
