// The golden figures of the product's alpha: measured, compared, and written anew with KOUTU_UPDATE_GOLDEN=1.
// `tests/golden/quality.json` holds them for each limit of int8 weights, since a processor computes exactly with one of them,
// and for two sets of images. A processor with int8 dot products can measure both limits.

import { existsSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { METRICS, type MetricId } from '@koutu/core'
import type { WeightLimit } from '@koutu/node'
import { ratiosOf } from '../packages/koutu/src/eval/ratios.ts'
import {
  DATA,
  forEachItem,
  type Matting,
  meansByTier,
  measure,
  ROOT,
  readTruth,
  type Scores,
  type TierScores,
} from './evaluation-set.ts'

const PATH = join(ROOT, 'tests/golden/quality.json')
/** What the plain network scores in fp32, image by image: too slow to compute in each run. */
const BASELINE = join(ROOT, 'tests/golden/network-fp32.json')
const TOLERANCE = 0.01
const isUpdating = process.env.KOUTU_UPDATE_GOLDEN === '1'

/** Metrics that may not worsen; the golden file also holds the others, for docs/quality.md. */
const GUARDED: readonly MetricId[] = ['sad', 'mse', 'grad', 'iou']
/** What is worth computing: the metrics that are compared, or all where they are to be written. */
export const measuredMetrics: readonly MetricId[] = isUpdating ? METRICS.map(({ id }) => id) : GUARDED
/** Tier T has three images and a noisy truth: recorded, not guarded. */
const UNGUARDED_TIER = 'T'

/** Hair, fur, plants, holes, people and things of tiers A, B and C, chosen small so that `npm test` can afford them. */
const DOZEN: readonly string[] = [
  ...['am-gt03.png', 'am-gt05.png', 'am-gt14.png', 'am-gt24.png'],
  ...['dis-alpaca.jpg', 'gfm-s3.jpg', 'lemur.png', 'am2k-14.jpg'],
  ...['ccp-0305.jpg', 'davis-judo.jpg', 'ecssd-0105.jpg', 'ecssd-0777.jpg'],
]

export type SetName = 'dozen' | 'all'
type Golden = Record<`${WeightLimit}`, Record<SetName, Figures>>

export async function measureDozen(matting: Matting): Promise<Figures> {
  const scored = await forEachItem(
    async ({ id, image, alpha, tier }) => {
      const truth = await readTruth(join(DATA, alpha))
      const { product } = await matting.matte(join(DATA, image))
      return { id, image, tier, scores: measure(product, truth, measuredMetrics) }
    },
    ({ image }) => DOZEN.includes(image),
  )
  if (scored.length !== DOZEN.length) throw new Error(`expected ${DOZEN.length} images but found ${scored.length}`)
  return figuresOf(scored)
}

export interface ScoredImage {
  readonly id: string
  readonly image: string
  readonly tier: string
  readonly scores: Scores
}

/** What is compared of a set of images. */
export interface Figures {
  readonly product: TierScores
  readonly ratios: TierRatios
}

/** Of all images, and of the dozen among them. */
export const setsOf = (scored: readonly ScoredImage[]): Record<SetName, Figures> => ({
  all: figuresOf(scored),
  dozen: figuresOf(scored.filter(({ image }) => DOZEN.includes(image))),
})

function figuresOf(scored: readonly ScoredImage[]): Figures {
  const baseline = JSON.parse(readFileSync(BASELINE, 'utf8')) as Readonly<Record<string, Scores>>
  return { product: meansByTier(scored), ratios: ratiosByTier(scored, baseline) }
}

/** With KOUTU_UPDATE_GOLDEN=1, what the plain network scored in fp32 becomes the baseline of the ratios. */
export async function keepBaseline(
  scored: readonly { readonly id: string; readonly network: Scores }[],
): Promise<void> {
  if (!isUpdating) return
  const baseline = scored.map(({ id, network }) => [id, { sad: network.sad, grad: network.grad }])
  await writeJson(BASELINE, Object.fromEntries(baseline))
}

async function writeJson(path: string, value: unknown): Promise<void> {
  const rounded = (_key: string, part: unknown) => (typeof part === 'number' ? Number(part.toPrecision(6)) : part)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, `${JSON.stringify(value, rounded, 2)}\n`)
}

const readGolden = (): Partial<Golden> => (existsSync(PATH) ? (JSON.parse(readFileSync(PATH, 'utf8')) as Golden) : {})

/** One line for each figure that is worse than the golden one. With KOUTU_UPDATE_GOLDEN=1, `now` becomes golden. */
export async function compareWithGolden(now: Figures, limit: WeightLimit, set: SetName): Promise<string[]> {
  const golden = readGolden()
  if (isUpdating) {
    const updated = { ...golden, [limit]: { ...golden[limit], [set]: now } }
    await writeJson(PATH, updated)
    return []
  }
  const known = golden[limit]?.[set]
  if (!known) return [`no golden figures for ${set} with weights up to ${limit}`]
  return [...worsened(known.product, now.product), ...lost(known.ratios, now.ratios)]
}

/** One line for each guarded figure that is worse than the golden one by more than the tolerance. */
export function worsened(golden: TierScores, now: TierScores): string[] {
  const lines: string[] = []
  for (const [tier, scores] of Object.entries(golden)) {
    if (tier === UNGUARDED_TIER) continue
    for (const metric of GUARDED) {
      const [is, was] = [now[tier]?.[metric] ?? Number.NaN, scores[metric]]
      const isBetterLower = METRICS.find(({ id }) => id === metric)?.better === 'lower'
      const isGood = isBetterLower ? is <= was * (1 + TOLERANCE) : is >= was * (1 - TOLERANCE)
      if (!isGood) lines.push(`tier ${tier} ${metric}: was ${was}, is ${is} (${((is / was - 1) * 100).toFixed(1)} %)`)
    }
  }
  return lines
}

/** Geometric means over images of score / score of the plain network in fp32, and how many images are 5 % worse. */
interface Ratio {
  readonly geometricMean: number
  readonly worse: number
}
export type TierRatios = Readonly<Record<string, Readonly<Partial<Record<MetricId, Ratio>>>>>
const RATIO_METRICS: readonly MetricId[] = ['sad', 'grad']

function ratiosByTier(scored: readonly ScoredImage[], baseline: Readonly<Record<string, Scores>>): TierRatios {
  const compared = scored.map(({ id, tier, scores }) => {
    const network = baseline[id]
    if (!network) throw new Error(`${BASELINE} has no ${id}`)
    return { id, tier, kind: '', ok: true, width: 0, height: 0, scores, network, timingsMs: {} } as const
  })
  const pick = (members: typeof compared) => {
    const ratios = ratiosOf(members)!
    return Object.fromEntries(
      RATIO_METRICS.map((id) => {
        const { geometricMean, worse } = ratios[id]!
        return [id, { geometricMean, worse }]
      }),
    )
  }
  return Object.fromEntries([...Map.groupBy(compared, ({ tier }) => tier)].map(([tier, all]) => [tier, pick(all)]))
}

/** One line for each ratio that has grown by more than the tolerance and for each tier with more losers. */
export function lost(golden: TierRatios, now: TierRatios): string[] {
  const lines: string[] = []
  for (const [tier, ratios] of Object.entries(golden)) {
    if (tier === UNGUARDED_TIER) continue
    for (const metric of RATIO_METRICS) {
      const [is, was] = [now[tier]![metric]!, ratios[metric]!]
      if (!(is.geometricMean <= was.geometricMean * (1 + TOLERANCE)))
        lines.push(`tier ${tier} ${metric}: ratio was ${was.geometricMean}, is ${is.geometricMean}`)
      if (is.worse > was.worse) lines.push(`tier ${tier} ${metric}: ${was.worse} images were worse, now ${is.worse}`)
    }
  }
  return lines
}
