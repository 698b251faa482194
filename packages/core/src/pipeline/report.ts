// What a result says about itself.

import {
  type AlphaSurvey,
  BOTTOM,
  LEFT,
  PRESENT_PIXELS,
  RIGHT,
  SOFT_PIXELS,
  SUM,
  SURE,
  SURE_PIXELS,
  TOP,
} from '../matting/subjects/alpha-survey.ts'
import type { Box, Plane, Size } from '../pixels/raster.ts'
import type { InputFormat, Warning } from '../ports/ports.ts'

export type Side = 'top' | 'right' | 'bottom' | 'left'

export interface SubjectReport {
  /** Whether anything was found. */
  readonly subject: boolean
  /** Around the subject, in pixels of the whole image; null without one. With `invert`, around what is kept. */
  readonly box: Box | null
  /** Mean alpha over the whole image, 0..1. */
  readonly coverage: number
  /** Share of the subject's pixels that are neither clearly in nor clearly out, 0..1. */
  readonly edgeSoftness: number
  /** Sides of the picture that the subject touches: there it is probably cut off. */
  readonly touches: readonly Side[]
}

/** One subject of an image, as found: before the edge was shifted or feathered. */
export interface FoundSubject {
  /** In pixels of the whole image. */
  readonly box: Box
  /** Its share of the alpha of all subjects, 0..1. */
  readonly share: number
  /** Sides of the image that it touches. */
  readonly touches: readonly Side[]
  /** Whether it is in the result, as the option `subjects` asks. */
  readonly kept: boolean
}

export interface Report extends SubjectReport {
  /** Those that were found, the largest first. With `invert`, those that are `kept` are removed. */
  readonly subjects: readonly FoundSubject[]
  /**
   * Around the subject, in pixels of the result as it was before cropping: `box`, shrunk where the result was. Where the
   * subject was scaled or moved, its place in the result itself.
   */
  readonly resultBox: Box | null
  /** Of the result as it would be without a limit to its pixels. */
  readonly fullSize: Size
  readonly input: Size & { readonly format: InputFormat }
  /** Id of the engine; `none` where the alpha was given. Likewise the model and its precision. */
  readonly engine: string
  readonly model: string
  readonly precision: string
  /** What made the edges: `matte`, koutu's own solver, or the id of a matting network. */
  readonly refiner: string
  /** Milliseconds of each step and of the engine's parts of `segment`; `encode` once the bytes have been asked for. */
  readonly timingsMs: Readonly<Record<string, number>>
  readonly warnings: readonly Warning[]
}

/** A subject covers at least this share of the picture: less is noise. 1e-4 is 10 x 10 pixels of a megapixel. */
const SUBJECT_SHARE = 1e-4

/** Whether there is a subject at all; as `describeSubject` says, but looks no further than it must. */
export function hasSubject({ data }: Plane): boolean {
  const enough = leastPixels(data.length)
  let sure = 0
  for (let i = 0; i < data.length; i++) if (data[i]! >= SURE && ++sure >= enough) return true
  return false
}

/** Of the alpha of the whole image. */
export function describeSubject(survey: AlphaSurvey): SubjectReport {
  const { width, height, totals } = survey
  const subject = surveyedSubject(survey)
  const box = subject ? surveyedBox(survey) : null
  const present = totals[PRESENT_PIXELS]!
  return {
    subject,
    box,
    coverage: totals[SUM]! / (width * height),
    edgeSoftness: present === 0 ? 0 : totals[SOFT_PIXELS]! / present,
    touches: box ? touchedSides(box, survey) : [],
  }
}

/** As `hasSubject`. */
export function surveyedSubject({ width, height, totals }: AlphaSurvey): boolean {
  return totals[SURE_PIXELS]! >= leastPixels(width * height)
}

/** The smallest box around all alpha above the survey's threshold; null where there is none. */
export function surveyedBox({ totals }: AlphaSurvey): Box | null {
  const [left, top, right, bottom] = [totals[LEFT]!, totals[TOP]!, totals[RIGHT]!, totals[BOTTOM]!]
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 }
}

function leastPixels(all: number): number {
  return Math.max(1, SUBJECT_SHARE * all)
}

export function touchedSides(box: Box, picture: Size): Side[] {
  const sides: Side[] = []
  if (box.top === 0) sides.push('top')
  if (box.left + box.width === picture.width) sides.push('right')
  if (box.top + box.height === picture.height) sides.push('bottom')
  if (box.left === 0) sides.push('left')
  return sides
}
