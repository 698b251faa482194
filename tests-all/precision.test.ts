// The plain network on real photographs: in fp32 against figures known before, in int8 against fp32. Both precisions on all
// pictures take minutes, so they are not part of `npm test`.

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  atFullSize,
  DATA,
  forEachItem,
  isMissing,
  meansByTier,
  measure,
  openMatting,
  readTruth,
  reason,
  type TierScores,
} from '../tests/evaluation-set.ts'

/** MAE of IS-Net general-use by tier: an earlier measurement by other code, stretched to 1024 and back; four decimals. */
const REFERENCE_MAE = { A: 0.0597, B: 0.0201, C: 0.0354 }
/** A printed .0597 says .05965 to .05975. */
const HALF_DIGIT = 0.00005
const TOLERANCE = 0.01

describe.skipIf(isMissing)(`the plain network${reason}`, () => {
  let fp32: TierScores
  let int8: TierScores
  /** Mean difference of int8 alpha to fp32 alpha of each picture. */
  let differences: number[]

  const matting = openMatting({ comparesFloat: true })
  afterAll(() => matting[Symbol.asyncDispose]())

  beforeAll(async () => {
    const scored = await forEachItem(async ({ image, alpha, tier }) => {
      const truth = await readTruth(join(DATA, alpha))
      const { int8: a, fp32 } = await matting.matte(join(DATA, image))
      const b = fp32!
      let sum = 0
      for (let i = 0; i < a.data.length; i++) sum += Math.abs(a.data[i]! - b.data[i]!)
      const scores = (plane: typeof a) => measure(atFullSize(plane, truth), truth, ['mae', 'grad', 'iou'])
      return { tier, int8: scores(a), fp32: scores(b), difference: sum / a.data.length }
    })
    int8 = meansByTier(scored.map(({ tier, int8 }) => ({ tier, scores: int8 })))
    fp32 = meansByTier(scored.map(({ tier, fp32 }) => ({ tier, scores: fp32 })))
    differences = scored.map(({ difference }) => difference).sort((a, b) => a - b)
  }, 600_000)

  for (const [tier, known] of Object.entries(REFERENCE_MAE)) {
    it(`has in fp32 the known error on tier ${tier}`, () => {
      expect(Math.abs(fp32[tier]!.mae - known)).toBeLessThanOrEqual(known * TOLERANCE + HALF_DIGIT)
    })
  }

  it('answers in int8 as in fp32: .0035 apart on average, .0012 in the median, two pictures beyond .03 at most', () => {
    expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThanOrEqual(0.0035)
    expect(differences[Math.floor(differences.length / 2)]).toBeLessThanOrEqual(0.0012)
    expect(differences.filter((value) => value > 0.03).length).toBeLessThanOrEqual(2)
  })

  it('loses in int8 at most 1 % of MAE, IoU and Grad in any tier', () => {
    for (const tier of ['A', 'B', 'C']) {
      expect(int8[tier]!.mae, `MAE of ${tier}`).toBeLessThanOrEqual(fp32[tier]!.mae * 1.01)
      expect(int8[tier]!.grad, `Grad of ${tier}`).toBeLessThanOrEqual(fp32[tier]!.grad * 1.01)
      expect(int8[tier]!.iou, `IoU of ${tier}`).toBeGreaterThanOrEqual(fp32[tier]!.iou * 0.99)
    }
  })
})
