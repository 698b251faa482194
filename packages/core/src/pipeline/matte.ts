// From the engine's answer to the cut: alpha at the image's full size and the colors that go with it.
// Pure and synchronous: the caller chooses the thread.

import type { MatteQuality, RefineOptions } from '../matting/refine-alpha.ts'
import type { AlphaSurvey } from '../matting/subjects/alpha-survey.ts'
import type { GroupedOptions } from '../options/grouped.ts'
import type { EdgeOptions, OutputOptions } from '../options/groups.ts'
import { clamp01 } from '../pixels/clamp.ts'
import { createPlane, type Plane, type Raster, type Size } from '../pixels/raster.ts'
import { resizePlane } from '../pixels/resize.ts'
import type { MatteKernels, Picture, Warning } from '../ports/ports.ts'
import type { Answer } from './answer.ts'
import { cleanMatte, hardenEdge, keepOwnColors, styleEdge, subjectColors } from './clean-up.ts'
import { graphicOf } from './graphic.ts'
import { holdHints, withHints } from './hints.ts'
import { isCutout } from './own-alpha.ts'
import { placeAlpha, placeRaster } from './region.ts'
import { type FoundSubject, hasSubject } from './report.ts'
import { chooseSubjects } from './subjects.ts'
import { uncertainRegions } from './uncertain-regions.ts'
import type { View } from './view.ts'

/** What is kept: the subject, or the background where that was asked for. Of the whole image's size. */
export interface Cut {
  readonly alpha: Plane
  /** Of `alpha`; its box counts alpha above `cropThreshold`. */
  readonly survey: AlphaSurvey
  /** RGB as deep as the image. */
  readonly foreground: Raster
  /** None where nothing was found. */
  readonly subjects: readonly FoundSubject[]
  readonly warnings: readonly Warning[]
}

/** Of the size of what was seen, before what was transparent there is taken out again. */
export function solveAlpha(
  { seen, hints }: Pick<View, 'seen' | 'hints'>,
  answer: Answer,
  quality: MatteQuality,
  kernels: MatteKernels,
): Plane {
  // What hints changed has no edge yet, whichever network found the rest.
  if (hints) return refined(seen, withHints(answer, seen, hints).alpha, { quality }, kernels)
  const { alpha, regions } = answer
  return answer.isCoarse ? refined(seen, alpha, { quality, regions }, kernels) : stretched(alpha, seen)
}

/**
 * `fine` is the alpha of what was seen where a matting network has made it. The colors of the picture are overwritten with the
 * foreground's where nothing of the result needs them.
 */
export function cutOut(
  view: View,
  answer: Answer,
  fine: Plane | null,
  options: Pick<GroupedOptions, 'subject' | 'hints' | 'edge' | 'output'>,
  kernels: MatteKernels,
): Cut {
  const { subject, edge, output } = options
  const known = knownCut(view, answer)
  const whole = known?.matte ?? matteOf(view, fine ?? solveAlpha(view, answer, subject.quality, kernels), edge, kernels)
  const surveyed = surveyor(kernels, output.cropThreshold)
  const { matte, found } = chooseSubjects(whole, surveyed(whole), options)
  const doubtful = known?.warnings ?? [...missedGraphic(view), ...uncertainRegions(surveyed(matte), view, answer)]
  const kept = output.invert ? invertMatte(matte, view.picture) : matte
  const styled = styleEdge(kept, edge)
  // Colors that are known belong to the subject.
  const own = output.invert ? null : (known?.foreground ?? null)
  const answered = output.invert ? { ...answer, foreground: null } : answer
  // A mask shows no color.
  const foreground = output.mask
    ? view.picture.color
    : (own ?? foregroundOf(view, answered, kept, styled, options, kernels))
  const alpha = hardenEdge(styled, edge)
  return { alpha, survey: surveyed(alpha), foreground, subjects: found, warnings: doubtful }
}

/** Most images keep one alpha from here on: it is looked at once. */
function surveyor({ surveyAlpha }: MatteKernels, threshold: number): (alpha: Plane) => AlphaSurvey {
  let last: { readonly alpha: Plane; readonly survey: AlphaSurvey } | null = null
  return (alpha) => {
    if (last?.alpha !== alpha) last = { alpha, survey: surveyAlpha(alpha, threshold) }
    return last.survey
  }
}

interface KnownCut {
  readonly matte: Plane
  /** Null where colors are estimated as usual. */
  readonly foreground: Raster | null
  readonly warnings: readonly Warning[]
}

/** Of images that say themselves what is transparent: cutouts, and graphics on one flat color. */
export function knownCut(view: View, { alpha, isCoarse }: Answer): KnownCut | null {
  if (view.hints || !isCoarse) return null
  if (isCutout(view.seen, alpha))
    return { matte: ownMatte(view), foreground: view.picture.color, warnings: [ALPHA_KEPT] }
  const graphic = graphicOf(view, alpha)
  return graphic && { matte: graphic.alpha, foreground: graphic.foreground, warnings: [] }
}

function missedGraphic({ kind }: View): Warning[] {
  if (kind !== 'graphic') return []
  return [
    { code: 'not-a-graphic', message: 'The border of the image is not of one flat color. It was treated as a photo.' },
  ]
}

const ALPHA_KEPT: Warning = {
  code: 'alpha-kept',
  message: 'The image is a cutout already. Its own alpha was kept.',
}

function ownMatte({ picture, seen, region }: View): Plane {
  const alpha = seen.alpha ?? createPlane(seen.width, seen.height, 1)
  return region ? placeAlpha(alpha, region, picture) : alpha
}

/** The matte of the whole image from alpha of what was seen: without specks, held by hints, nothing outside the region of interest. */
function matteOf(
  { picture, seen, region, hints }: View,
  found: Plane,
  edge: EdgeOptions,
  kernels: MatteKernels,
): Plane {
  const clean = cleanMatte(timesOwn(found, seen), picture, edge, kernels)
  const held = hints ? holdHints(clean, seen, hints.map) : clean
  return region ? placeAlpha(held, region, picture) : held
}

/** The answer's own colors as far as it has them, else the image's, without the old background as asked. */
function foregroundOf(
  { picture, seen, region }: View,
  answer: Answer,
  matte: Plane,
  styled: Plane,
  { edge: { decontaminate }, output }: Pick<GroupedOptions, 'edge' | 'output'>,
  kernels: MatteKernels,
): Raster {
  const canOverwrite = !showsOriginal(output)
  const others = () =>
    decontaminate ? subjectColors(picture.color, matte, styled, kernels, { canOverwrite }) : picture.color
  if (!answer.foreground) return others()
  const own = region ? placeRaster(answer.foreground, region.seen, picture) : answer.foreground
  const seenAlpha = timesOwn(stretched(answer.alpha, seen), seen)
  const found = region ? placeAlpha(seenAlpha, region, picture) : seenAlpha
  return keepOwnColors(own, found, styled, others)
}

/** Whether the result has anything of the image's own colors but the subject. */
function showsOriginal({ background, format, shadow }: OutputOptions): boolean {
  return background.type === 'blur' || format === 'psd' || shadow === 'keep'
}

/** Coarse alpha refined against the image where it holds a subject; faint residue is only brought to size. */
function refined(picture: Picture, alpha: Plane, options: RefineOptions, kernels: MatteKernels): Plane {
  return hasSubject(alpha) ? kernels.refineAlpha(alpha, picture.srgb, options) : stretched(alpha, picture)
}

function stretched(alpha: Plane, { width, height }: Size): Plane {
  const plane = resizePlane(alpha, width, height, 'cubic')
  return { ...plane, data: plane.data.map(clamp01) }
}

/** The background in place of the subject. What was transparent before stays so. */
function invertMatte({ width, height, data }: Plane, { alpha: own }: Picture): Plane {
  const inverted = createPlane(width, height)
  // A hole that was filled is more opaque than the image itself.
  for (let i = 0; i < data.length; i++) inverted.data[i] = Math.max(0, (own ? own.data[i]! : 1) - data[i]!)
  return inverted
}

/** What was transparent before stays so. */
function timesOwn(alpha: Plane, { alpha: own }: Picture): Plane {
  return own ? { ...alpha, data: alpha.data.map((value, i) => value * own.data[i]!) } : alpha
}
