// What a matte makes of drawn truths: scores beside those of the network's answer that it was given. Knows no expectations.

import type { MatteKernels, Size } from '@koutu/core'
import {
  BACKGROUNDS,
  CAMERAS,
  type DrawnBackground,
  type DrawnTruthOptions,
  drawTruth,
  networkAnswer,
  type SubjectClass,
} from '@koutu/testing'
import { atFullSize, measure } from './evaluation-set.ts'

export interface DrawnCase extends DrawnTruthOptions {
  /** How crisp the network's answer is, as in `networkAnswer`. */
  readonly blurPx: number
}

/** Score / score of the network's answer: below 1 is better. */
export interface DrawnRatio {
  readonly sad: number
  readonly grad: number
}

const DOUBT = 0.2

export function ratioOf({ blurPx, ...options }: DrawnCase, { refineAlpha }: MatteKernels): DrawnRatio {
  const { image, alpha: truth } = drawTruth(options)
  const answer = networkAnswer(truth, { blurPx, doubt: DOUBT, seed: options.seed })
  const wanted = ['sad', 'grad'] as const
  const before = measure(atFullSize(answer, truth), truth, wanted)
  const after = measure(refineAlpha(answer, image, { quality: 'balanced' }), truth, wanted)
  return { sad: after.sad / before.sad, grad: after.grad / before.grad }
}

interface DrawnSize extends Size {
  readonly name: string
  readonly thicknessesPx: readonly number[]
  readonly backgrounds: readonly DrawnBackground[]
}

/** Large images take seconds each: they are drawn over one background. */
const DRAWN_SIZES: readonly DrawnSize[] = [
  { name: '3 MP', width: 2000, height: 1500, thicknessesPx: [0.8, 1.6, 3.2], backgrounds: ['noisy'] },
]
const BLUR_PX = 1.6

/** Geometric means over backgrounds of one size and thickness, and how many are more than 5 % worse in either. */
export interface DrawnRow extends DrawnRatio {
  readonly size: string
  readonly thicknessPx: number
  readonly images: number
  readonly worse: number
}

/** Each background is seen by another camera; large images by a sharp one. */
export function rowsOf(subject: SubjectClass, kernels: MatteKernels): DrawnRow[] {
  return DRAWN_SIZES.flatMap(({ name, width, height, thicknessesPx, backgrounds }) =>
    thicknessesPx.map((thicknessPx, row) => {
      const ratios = backgrounds.map((background, i) => {
        const camera = CAMERAS[backgrounds.length === 1 ? 0 : (row + i) % CAMERAS.length]!
        const seed = row * BACKGROUNDS.length + i
        return ratioOf({ subject, width, height, thicknessPx, background, camera, seed, blurPx: BLUR_PX }, kernels)
      })
      const mean = (metric: 'sad' | 'grad') =>
        Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio[metric]), 0) / ratios.length)
      const worse = ratios.filter(({ sad, grad }) => Math.max(sad, grad) > 1.05).length
      return { size: name, thicknessPx, images: ratios.length, sad: mean('sad'), grad: mean('grad'), worse }
    }),
  )
}
