// The part of the pipeline that touches every pixel: coarse alpha and picture in, finished raster and report out.
// Pure and synchronous: whoever calls it chooses the thread.

import { castShadow, type Shadow } from '../compose/cast-shadow.ts'
import { parseColor } from '../compose/color.ts'
import { alphaAsGrey, overColor, overNothing, overPicture } from '../compose/composite.ts'
import { boxOnCanvas, covers, isMoved, type Layout, layOut } from '../compose/layout.ts'
import { place, placeColor, placeAlpha as placePlane } from '../compose/place.ts'
import { KoutuError } from '../errors/koutu-error.ts'
import { harden } from '../matting/harden.ts'
import type { MatteQuality } from '../matting/refine-alpha.ts'
import type { ResolvedOptions } from '../options/options.ts'
import { invalidOptions } from '../options/resolve.ts'
import { clamp01 } from '../pixels/clamp.ts'
import { type Box, createPlane, type Plane, type Raster, type Size } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'
import type { Layer, MatteKernels, Picture, Segmentation, Warning } from '../ports/ports.ts'
import { cleanMatte, keepOwnColors, subjectColors } from './clean-up.ts'
import { holdHints, withHints } from './hints.ts'
import { type Parts, psdLayers, zipLayers } from './layers.ts'
import { placeAlpha, placeRaster } from './region.ts'
import { describeSubject, hasSubject, type SubjectReport } from './report.ts'
import { boundsWith, shadowOf, shadowOnCanvas, shadowWarnings } from './shadow.ts'
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
    kernels && hasSubject(segmentation.alpha)
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

/** What the result will look like, before any of its pixels is made. */
export interface Plan {
  readonly subject: SubjectReport
  readonly layout: Layout
  readonly resultBox: Box | null
  readonly fullSize: Size
  readonly shadow: Shadow | null
  readonly warnings: readonly Warning[]
}

/** Errors: INVALID_OPTIONS where margins would make more pixels than the limit. */
export function planResult(picture: Picture, alpha: Plane, options: ResolvedOptions): Plan {
  const { cropThreshold, maxPixels } = options
  const subject = describeSubject(alpha, cropThreshold)
  const shadow = shadowOf(picture, alpha, subject, options)
  const bounds = boundsWith(shadow, subject.box, cropThreshold)
  const layout = layOut(picture, bounds, options)
  const { width, height } = layout
  if (width * height > Math.max(maxPixels, picture.width * picture.height)) {
    const message = `Expected a result of at most ${maxPixels} pixels but these margins make one of ${width} x ${height}`
    throw invalidOptions([{ path: 'margin', message }])
  }
  const uncropped = isMoved(options) ? layout : { ...layout, left: 0, top: 0 }
  const full = options.maxOutputPixels ? layOut(picture, bounds, { ...options, maxOutputPixels: undefined }) : layout
  return {
    subject,
    layout,
    fullSize: { width: full.width, height: full.height },
    resultBox: subject.box && boxOnCanvas(subject.box, uncropped),
    shadow,
    warnings: shadowWarnings(bounds, layout, options),
  }
}

export interface Finished {
  /** What is encoded: RGBA, RGB before an opaque background, or grey for a mask; as deep as the picture. */
  readonly raster: Raster
  /** For formats that hold several pictures. */
  readonly layers: readonly Layer[] | null
}

/** Places the cut-out with its shadow on the canvas. `backdrop` is RGB of the canvas' size where a picture is behind. */
export function finish(
  picture: Picture,
  foreground: Raster,
  alpha: Plane,
  backdrop: Raster | null,
  { layout, shadow }: Plan,
  options: ResolvedOptions,
): Finished {
  if (options.mask) {
    const depth = foreground.data instanceof Uint16Array ? 16 : 8
    return { raster: alphaAsGrey(hardAgain(placePlane(alpha, layout), alpha, options), depth), layers: null }
  }
  const placed = place(foreground, alpha, layout)
  const plain = { foreground: placed.color, alpha: hardAgain(placed.alpha, alpha, options) }
  const shown = shadow ? castShadow(plain.foreground, plain.alpha, shadowOnCanvas(shadow, layout)) : plain
  const parts: Parts = { ...shown, original: () => originalOn(layout, picture), backdrop }
  if (options.format === 'zip') {
    const composed = options.background.type === 'transparent' ? null : composite(parts, options)
    return { raster: parts.foreground, layers: zipLayers(parts, composed) }
  }
  const raster = composite(parts, options)
  return { raster, layers: options.format === 'psd' ? psdLayers(parts, raster, options) : null }
}

/** Resampling softens what was hard. */
function hardAgain(placed: Plane, alpha: Plane, { hardMask }: ResolvedOptions): Plane {
  return hardMask && placed !== alpha ? harden(placed, 0.5) : placed
}

function originalOn(layout: Layout, { color, width, height }: Picture): Raster {
  if (covers({ width, height }, layout)) return placeColor(color, layout)
  const placed = place(color, createPlane(width, height, 1), layout)
  return overNothing(placed.color, placed.alpha)
}

function composite({ foreground, alpha, backdrop }: Parts, options: ResolvedOptions): Raster {
  const { background } = options
  if (backdrop) return overPicture(foreground, alpha, backdrop)
  if (background.type !== 'color') return overNothing(foreground, alpha)
  const color = parseColor(background.color)
  if (!color) throw new KoutuError('INTERNAL', { detail: `'${background.color}' passed the schema but is no color` })
  return overColor(foreground, alpha, color)
}
