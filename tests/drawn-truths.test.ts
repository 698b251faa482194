// One drawn truth of each class: what is thin and was found stays.

import { createKernels } from '@koutu/node'
import { SUBJECT_CLASSES } from '@koutu/testing'
import { describe, expect, it } from 'vitest'
import { ratioOf } from './drawn-set.ts'

const CASE = {
  width: 320,
  height: 240,
  thicknessPx: 1.6,
  background: 'noisy',
  camera: 'sharp',
  blurPx: 1.6,
  seed: 6,
} as const

describe('a matte is no worse than the answer it was given', async () => {
  const kernels = await createKernels()
  for (const subject of SUBJECT_CLASSES) {
    it(subject, () => {
      const { sad, grad } = ratioOf({ ...CASE, subject }, kernels)
      expect(sad).toBeLessThan(1)
      expect(grad).toBeLessThan(1)
    })
  }

  for (const background of ['look-alike', 'textured'] as const) {
    for (const camera of ['sharp', 'blurred'] as const) {
      it(`a ${camera} hard edge over a ${background} ground stays one`, () => {
        const { sad, grad } = ratioOf(
          { ...CASE, subject: 'solid', background, camera, width: 640, height: 480 },
          kernels,
        )
        expect(sad).toBeLessThan(1)
        expect(grad).toBeLessThan(1)
      })
    }
  }
})
