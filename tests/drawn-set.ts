// What a matte makes of drawn truths: scores beside those of the network's answer that it was given. Knows no expectations.

import type { MatteKernels } from '@koutu/core'
import { type DrawnTruthOptions, drawTruth, networkAnswer } from '@koutu/testing'
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
