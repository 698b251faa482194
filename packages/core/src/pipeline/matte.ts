// The part of the pipeline that touches every pixel: coarse alpha and picture in, finished raster and report out.
// Pure and synchronous: whoever calls it chooses the thread.

import { castShadow } from '../compose/cast-shadow.ts'
import { parseColor } from '../compose/color.ts'
import { alphaAsGrey, overColor, overPicture } from '../compose/composite.ts'
import { cropPlane, cropRaster, growBox, subjectBox } from '../compose/crop.ts'
import { KoutuError } from '../errors/koutu-error.ts'
import type { MatteQuality } from '../matting/refine-alpha.ts'
import type { ResolvedOptions } from '../options/options.ts'
import { clamp01 } from '../pixels/clamp.ts'
import type { Plane, Raster } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'
import type { Layer, MatteKernels, Picture, Segmentation } from '../ports/ports.ts'
import { cleanMatte, keepOwnColors, subjectColors } from './clean-up.ts'
import { holdHints, withHints } from './hints.ts'
import { type Parts, psdLayers, zipLayers } from './layers.ts'
import { placeAlpha, placeRaster } from './region.ts'
import { describeSubject, type SubjectReport } from './report.ts'
import { shadowOf } from './shadow.ts'
import type { View } from './view.ts'

/**
 * Alpha at the picture's full size, times the input's own. A network's alpha is refined against the picture, by `kernels`,
 * where it holds a subject; faint residue and finished mattes (no kernels) are only brought to size.
 */
function fullAlpha(
  picture: Picture,
  segmentation: Segmentation,
  quality: MatteQuality,
  kernels: MatteKernels | null,
): Plane {
  const alpha =
    kernels && describeSubject(segmentation.alpha, 0).subject
      ? kernels.refineAlpha(segmentation.alpha, picture.srgb, { quality })
      : clampPlane(resizePlane(segmentation.alpha, picture.width, picture.height, 'cubic'))
  return picture.alpha ? multiplyPlanes(alpha, picture.alpha) : alpha
}

/** The matte of the whole picture: corrected by hints, without specks, nothing outside the region of interest. */
export function matteOf(
  view: View,
  segmentation: Segmentation,
  refines: boolean,
  options: ResolvedOptions,
  kernels: MatteKernels,
): Plane {
  const { picture, seen, region, hints } = view
  // What hints changed has no edge yet, whoever found the rest.
  const found = hints
    ? fullAlpha(seen, withHints(segmentation, seen, hints), options.quality, kernels)
    : fullAlpha(seen, segmentation, options.quality, refines ? kernels : null)
  const clean = cleanMatte(found, picture, options, kernels)
  const held = hints ? holdHints(clean, seen, hints) : clean
  return region ? placeAlpha(held, region, picture) : held
}

/** Colors to show: the engine's own as far as it has them, else the picture's, without the old background as asked. */
export function foregroundOf(
  { picture, seen, region }: View,
  segmentation: Segmentation,
  matte: Plane,
  styled: Plane,
  { mask, decontaminate, quality }: ResolvedOptions,
  kernels: MatteKernels,
): Raster {
  // A mask shows no color.
  if (mask) return picture.color
  const others = () => (decontaminate ? subjectColors(picture.color, matte, styled, kernels) : picture.color)
  if (!segmentation.foreground) return others()
  const own = region ? placeRaster(segmentation.foreground, region.seen, picture) : segmentation.foreground
  const seenAlpha = fullAlpha(seen, segmentation, quality, null)
  const found = region ? placeAlpha(seenAlpha, region, picture) : seenAlpha
  return keepOwnColors(own, found, styled, others)
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
  /** For formats that hold several pictures. */
  readonly layers: readonly Layer[] | null
  readonly subject: SubjectReport
}

/** Shadow, crop and background. `backdrop` is RGB of the picture's size where the background is a picture, else null. */
export function finish(
  picture: Picture,
  foreground: Raster,
  alpha: Plane,
  backdrop: Raster | null,
  options: ResolvedOptions,
  kernels: MatteKernels,
): Finished {
  const subject = describeSubject(alpha, options.cropThreshold)
  const shadow = shadowOf(picture, alpha, subject, options)
  const shown = shadow ? castShadow(foreground, alpha, shadow) : { foreground, alpha }
  // With its shadow a subject takes more room.
  const bounds = shadow ? subjectBox(shown.alpha, options.cropThreshold) : subject.box
  const box = options.crop && bounds ? growBox(bounds, options.margin, picture) : null
  const cut = <T extends Raster>(raster: T): Raster => (box ? cropRaster(raster, box) : raster)
  const parts: Parts = {
    original: () => cut(picture.color),
    foreground: cut(shown.foreground),
    alpha: box ? cropPlane(shown.alpha, box) : shown.alpha,
    backdrop: backdrop && cut(backdrop),
  }
  if (options.format === 'zip') {
    // The colors go on where alpha is 0: a JPEG would mix black into the edge.
    return { raster: parts.foreground, layers: zipLayers(parts), subject }
  }
  const raster = composite(parts, options, kernels)
  return { raster, layers: options.format === 'psd' ? psdLayers(parts, raster, options) : null, subject }
}

function composite(
  { foreground, alpha, backdrop }: Parts,
  options: ResolvedOptions,
  { overNothing }: MatteKernels,
): Raster {
  const { background, mask } = options
  if (mask) return alphaAsGrey(alpha, foreground.data instanceof Uint16Array ? 16 : 8)
  if (backdrop) return overPicture(foreground, alpha, backdrop)
  if (background.type !== 'color') return overNothing(foreground, alpha)
  const color = parseColor(background.color)
  if (!color) throw new KoutuError('INTERNAL', { detail: `'${background.color}' passed the schema but is no color` })
  return overColor(foreground, alpha, color)
}
