// What a matte makes of drawn truths: scores beside those of the network's answer that it was given. Knows no expectations.

import type { MatteKernels, Size } from '@koutu/core'
import {
  BACKGROUNDS,
  CAMERAS,
  type DrawnTruth,
  type DrawnTruthOptions,
  drawTruth,
  networkAnswer,
  SUBJECT_CLASSES,
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

export function ratioOf(
  { blurPx, ...options }: DrawnCase,
  { refineAlpha }: MatteKernels,
  draw: typeof drawTruth = drawTruth,
): DrawnRatio {
  const { image, alpha: truth } = draw(options)
  const answer = networkAnswer(truth, { blurPx, doubt: DOUBT, seed: options.seed })
  const wanted = ['sad', 'grad'] as const
  const before = measure(atFullSize(answer, truth), truth, wanted)
  const after = measure(refineAlpha(answer, image, { quality: 'balanced' }), truth, wanted)
  return { sad: after.sad / before.sad, grad: after.grad / before.grad }
}

interface DrawnSize extends Size {
  readonly name: string
  /** Over that many of the backgrounds: large images take seconds each. */
  readonly images: number
  readonly blurPx: number
}

/** As crisp as the default network's crispest tenth, and as its middle. */
const CRISP_PX = 1.6
const SOFT_PX = 4
const DRAWN_SIZES: readonly DrawnSize[] = [
  { name: '0.1 MP', width: 370, height: 278, images: 5, blurPx: CRISP_PX },
  { name: '0.4 MP', width: 740, height: 555, images: 5, blurPx: CRISP_PX },
  { name: '1 MP', width: 1160, height: 870, images: 5, blurPx: CRISP_PX },
  { name: '1 MP, soft answer', width: 1160, height: 870, images: 5, blurPx: SOFT_PX },
  { name: '3 MP', width: 2000, height: 1500, images: 2, blurPx: CRISP_PX },
]
const THICKNESSES_PX = [0.7, 1, 1.6, 2.5, 4]

/** One image's ratios, and what it is of. */
export interface DrawnRow extends DrawnRatio, Pick<DrawnCase, 'background' | 'camera' | 'thicknessPx'> {
  readonly size: string
}

/** Each background is seen by one camera and at one thickness; which they are changes from class to class, and so all pairs come up. */
export function rowsOf(subject: SubjectClass, kernels: MatteKernels): DrawnRow[] {
  const turn = SUBJECT_CLASSES.indexOf(subject)
  // Crisp and soft answers are given for the same images.
  const drawn = new Map<string, DrawnTruth>()
  const draw = (options: DrawnTruthOptions): DrawnTruth => {
    const key = JSON.stringify(options)
    const truth = drawn.get(key) ?? drawTruth(options)
    drawn.set(key, truth)
    return truth
  }
  return DRAWN_SIZES.flatMap(({ name, width, height, images, blurPx }) =>
    Array.from({ length: images }, (_, k) => {
      const place = (k + (images < BACKGROUNDS.length ? turn : 0)) % BACKGROUNDS.length
      const seen = (place + turn) % CAMERAS.length
      const background = BACKGROUNDS[place]!
      const camera = CAMERAS[seen]!
      const thicknessPx = THICKNESSES_PX[(place + 2 * seen + turn) % THICKNESSES_PX.length]!
      const seed = 100 + seen * BACKGROUNDS.length + place
      const ratio = ratioOf({ subject, width, height, thicknessPx, background, camera, seed, blurPx }, kernels, draw)
      return { size: name, background, camera, thicknessPx, ...ratio }
    }),
  )
}
