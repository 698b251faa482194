// Quality on all images with known alpha: the product against its golden figures, the plain network in fp32 against figures
// known before, and int8 against fp32 in the same run, for each limit of int8 weights with which this processor computes
// exactly. Takes minutes; a dozen images are in tests/real-images.alone.test.ts.

import { join } from 'node:path'
import type { Plane } from '@koutu/core'
import type { WeightLimit } from '@koutu/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  atFullSize,
  DATA,
  forEachItem,
  isMissing,
  meansByTier,
  measure,
  openMatting,
  processorLimit,
  readTruth,
  reason,
  type TierScores,
} from '../tests/evaluation-set.ts'
import {
  compareWithGolden,
  type Figures,
  keepBaseline,
  measuredMetrics,
  type SetName,
  setsOf,
} from '../tests/golden-quality.ts'

/** MAE of IS-Net general-use by tier: an earlier measurement by other code, stretched to 1024 and back; four decimals. */
const REFERENCE_MAE = { A: 0.0597, B: 0.0201, C: 0.0354 }
/** A printed .0597 says .05965 to .05975. */
const HALF_DIGIT = 0.00005
const TOLERANCE = 0.01

/** How far int8 alpha may be from fp32 alpha over an image, and how much worse its scores may be in any tier. */
const BOUNDS = { mean: 0.0035, median: 0.0012, beyond: 2, loss: 0.01 } as const
const METRICS = ['mae', 'sad', 'grad', 'iou'] as const

describe.skipIf(isMissing)(`79 images with known alpha${reason}`, async () => {
  const limits: readonly WeightLimit[] = isMissing || (await processorLimit()) === 63 ? [63] : [127, 63]
  // One for each precision, so that none has to change its network between images.
  const mattings = limits.map((limit, i) => openMatting({ limit, comparesFloat: i === 0 }))
  afterAll(() => Promise.all(mattings.map((matting) => matting[Symbol.asyncDispose]())))

  let fp32: TierScores
  let int8: readonly {
    readonly product: Readonly<Record<SetName, Figures>>
    readonly network: TierScores
    readonly differences: number[]
  }[]

  beforeAll(async () => {
    const scored = await forEachItem(async ({ id, image, alpha, tier }) => {
      const truth = await readTruth(join(DATA, alpha))
      const scores = (plane: Plane) => measure(atFullSize(plane, truth), truth, METRICS)
      let exact: Plane | undefined
      const each = []
      for (const matting of mattings) {
        const { product, int8, fp32 } = await matting.matte(join(DATA, image))
        exact ??= fp32!
        each.push({
          product: measure(product, truth, measuredMetrics),
          network: scores(int8),
          difference: meanDifference(int8, exact),
        })
      }
      return { id, image, tier, fp32: scores(exact!), each }
    })
    expect(scored).toHaveLength(79)
    await keepBaseline(scored.map(({ id, fp32 }) => ({ id, network: fp32 })))
    fp32 = meansByTier(scored.map(({ tier, fp32 }) => ({ tier, scores: fp32 })))
    int8 = limits.map((_, i) => ({
      product: setsOf(scored.map(({ id, image, tier, each }) => ({ id, image, tier, scores: each[i]!.product }))),
      network: meansByTier(scored.map(({ tier, each }) => ({ tier, scores: each[i]!.network }))),
      differences: scored.map(({ each }) => each[i]!.difference).sort((a, b) => a - b),
    }))
  }, 3_600_000)

  it.each(Object.entries(REFERENCE_MAE))('the network has in fp32 the known error on tier %s', (tier, known) => {
    expect(Math.abs(fp32[tier]!.mae - known)).toBeLessThanOrEqual(known * TOLERANCE + HALF_DIGIT)
  })

  describe.each(limits.map((limit, index) => ({ limit, index })))(
    'in int8 with weights up to $limit',
    ({ limit, index }) => {
      it('the product is in no tier worse than the golden figures', async () => {
        const { all, dozen } = int8[index]!.product
        expect(await compareWithGolden(all, limit, 'all')).toEqual([])
        expect(await compareWithGolden(dozen, limit, 'dozen')).toEqual([])
      })

      it(`the network answers as in fp32: ${BOUNDS.mean} apart on average, ${BOUNDS.median} in the median`, () => {
        const { differences } = int8[index]!
        expect(differences.reduce((sum, value) => sum + value, 0) / differences.length).toBeLessThanOrEqual(BOUNDS.mean)
        expect(differences[Math.floor(differences.length / 2)]).toBeLessThanOrEqual(BOUNDS.median)
        expect(differences.filter((value) => value > 0.03).length).toBeLessThanOrEqual(BOUNDS.beyond)
      })

      it(`the network loses at most ${BOUNDS.loss * 100} % of MAE, IoU and Grad in any tier`, () => {
        const { network } = int8[index]!
        for (const tier of ['A', 'B', 'C']) {
          expect(network[tier]!.mae, `MAE of ${tier}`).toBeLessThanOrEqual(fp32[tier]!.mae * (1 + BOUNDS.loss))
          expect(network[tier]!.grad, `Grad of ${tier}`).toBeLessThanOrEqual(fp32[tier]!.grad * (1 + BOUNDS.loss))
          expect(network[tier]!.iou, `IoU of ${tier}`).toBeGreaterThanOrEqual(fp32[tier]!.iou * (1 - BOUNDS.loss))
        }
      })
    },
  )
})

function meanDifference(a: Plane, b: Plane): number {
  return a.data.reduce((sum, value, i) => sum + Math.abs(value - b.data[i]!), 0) / a.data.length
}
