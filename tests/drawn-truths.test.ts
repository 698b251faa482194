// A few drawn truths of each class: what is thin and was found stays. All of them are in tests-all/drawn-truths.test.ts.

import { createKernels } from '@koutu/node'
import { SUBJECT_CLASSES } from '@koutu/testing'
import { describe, expect, it } from 'vitest'
import { geometricMean, ratioOf } from './drawn-set.ts'

/** See "What got worse" in docs/quality.md: fine barbs become one surface, and a glass's even veil is decided away. */
const WORSE = ['feather', 'glass']

const size = { width: 480, height: 360 }
const CASES = [
  { ...size, thicknessPx: 1.6, background: 'noisy', camera: 'sharp', blurPx: 1.6, seed: 6 },
  { ...size, thicknessPx: 3.2, background: 'striped', camera: 'grainy', blurPx: 1.6, seed: 9 },
] as const

describe('a matte is no worse than the answer it was given', async () => {
  const kernels = await createKernels()
  for (const subject of SUBJECT_CLASSES.filter((subject) => !WORSE.includes(subject))) {
    it(subject, () => {
      const ratios = CASES.map((options) => ratioOf({ ...options, subject }, kernels))
      expect(geometricMean(ratios.map(({ sad }) => sad))).toBeLessThan(1)
      expect(geometricMean(ratios.map(({ grad }) => grad))).toBeLessThan(1)
    })
  }
})
