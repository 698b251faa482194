// Compares an evaluation with the network alone, image by image: geometric means of score ratios, and the images that got
// worse. A mean of scores would hide an image that got three times worse behind large ones that got better.

import { METRICS, type MetricId } from '@koutu/core'
import type { PictureScored } from './evaluate.ts'

/** Metrics with a ratio: errors, of which 0 is the best. */
const RATIO_METRICS = METRICS.filter(({ better }) => better === 'lower').map(({ id }) => id)
/** An image counts as worse from this ratio on. */
export const WORSE_RATIO = 1.05
const WORST_COUNT = 5
/** One image counts as at most this much better or worse, so that a perfect answer does not swallow the rest. */
const MAX_RATIO = 100

type Compared = Pick<PictureScored, 'id' | 'scores' | 'network'>

interface ImageRatio {
  readonly id: string
  readonly ratio: number
}

interface MetricRatios {
  /** Geometric mean over images of score / score of the network alone. */
  readonly geometricMean: number
  /** Number of images more than 5 % worse than the network alone. */
  readonly worse: number
  /** The five highest ratios among those, worst first. */
  readonly worst: readonly ImageRatio[]
}

/** By metric; higher-is-better metrics have no ratio. */
export type Ratios = Readonly<Partial<Record<MetricId, MetricRatios>>>

/** Null unless every image was compared with the network, or where there is none. */
export function ratiosOf(pictures: readonly Compared[]): Ratios | null {
  if (pictures.length === 0 || !pictures.every(({ network }) => network)) return null
  return Object.fromEntries(RATIO_METRICS.map((id) => [id, ofMetric(pictures, id)]))
}

function ofMetric(pictures: readonly Compared[], metric: MetricId): MetricRatios {
  const ratios = pictures.map(({ id, scores, network }) => ({ id, ratio: ratioOf(scores[metric], network![metric]) }))
  const losers = ratios.filter(({ ratio }) => ratio > WORSE_RATIO).sort((a, b) => b.ratio - a.ratio)
  return {
    geometricMean: Math.exp(ratios.reduce((sum, { ratio }) => sum + Math.log(ratio), 0) / ratios.length),
    worse: losers.length,
    worst: losers.slice(0, WORST_COUNT),
  }
}

function ratioOf(score: number, network: number): number {
  if (score === network) return 1
  return Math.min(MAX_RATIO, Math.max(1 / MAX_RATIO, score / network))
}
