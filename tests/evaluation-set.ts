// The evaluation images as tests use them: where they lie, how they are matted and scored. Knows no expectations.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Engine, METRICS, type MetricId, type Plane, resizePlane } from '@koutu/core'
import { createSharpCodec, tryProcessor, type WeightLimit, weightLimitFor } from '@koutu/node'
import sharp from 'sharp'
import { createEngines } from '../packages/koutu/src/engines.ts'
import { resolve as resolveOptions } from '../packages/koutu/src/options.ts'
import { openPipeline } from '../packages/koutu/src/pipeline.ts'

export const ROOT = resolve(import.meta.dirname, '..')
export const DATA = process.env.KOUTU_DATA ?? resolve(ROOT, '../shared/data')
export const isMissing = !existsSync(join(DATA, 'manifest.json'))
export const reason = isMissing ? ` (skipped: no images in ${DATA}; set KOUTU_DATA)` : ''

export type Scores = Readonly<Record<MetricId, number>>
export type TierScores = Readonly<Record<string, Scores>>

export interface Item {
  readonly id: string
  readonly image: string
  readonly alpha: string
  readonly tier: string
}

/** The images with known alpha, as the folder's manifest lists them. */
async function listItems(): Promise<readonly Item[]> {
  const { items } = JSON.parse(await readFile(join(DATA, 'manifest.json'), 'utf8')) as { items: readonly Item[] }
  return items
}

// A mask has the alpha of a cutout; only the colors, which are not scored, are left out.
const OPTIONS = resolveOptions({ mask: true, precision: 'int8' })

/** The largest int8 weight with which this processor computes exactly, as the library's trial finds it. */
export const processorLimit = async (): Promise<WeightLimit> => weightLimitFor(await tryProcessor())

interface Matte {
  /** What users get. */
  readonly product: Plane
  /** The network's answer in int8, before any matting. */
  readonly int8: Plane
  /** The network's answer in fp32, where it was wanted. */
  readonly fp32: Plane | null
}

export interface Matting extends AsyncDisposable {
  matte(path: string): Promise<Matte>
}

export interface MattingSettings {
  /** The largest int8 weight. */
  readonly limit: WeightLimit
  /** A second network answers each image in fp32. */
  readonly comparesFloat?: boolean
}

/** The product's own pipeline in int8. */
export function openMatting({ limit, comparesFloat = false }: MattingSettings): Matting {
  const trial = async () => ({ saturates: limit === 63, int8Ms: 0, fp32Ms: 1 })
  const settings = { idleMs: 60_000, lanes: 1, soloNetwork: false, trial }
  const pipeline = openPipeline(settings)
  // An engine of its own, so that neither has to change its network between images.
  const others = createEngines(createSharpCodec(), settings)
  return {
    async matte(path) {
      let int8: Plane | undefined
      let fp32: Plane | null = null
      const listening = (engine: Engine): Engine => ({
        ...engine,
        async segment(picture, request, ctx) {
          const answer = await engine.segment(picture, request, ctx)
          if (request.isSecondLook) return answer
          int8 = answer.alpha
          if (comparesFloat) {
            const float = await others.for(OPTIONS).segment(picture, { ...request, precision: 'fp32' }, ctx)
            fp32 = float.alpha
          }
          return answer
        },
      })
      const { alpha } = await pipeline.cutout({ location: path }, OPTIONS, {}, { around: listening })
      return { product: alpha, int8: int8!, fp32 }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([pipeline[Symbol.asyncDispose](), others[Symbol.asyncDispose]()])
    },
  }
}

/** A network's answer alone, brought to full size. */
export function atFullSize(coarse: Plane, { width, height }: Plane): Plane {
  const resized = resizePlane(coarse, width, height, 'cubic')
  return { ...resized, data: resized.data.map((v) => Math.min(1, Math.max(0, v))) }
}

/** The wanted metrics, not a number in the place of others. */
export function measure(alpha: Plane, truth: Plane, wanted: readonly MetricId[]): Scores {
  return Object.fromEntries(
    METRICS.map(({ id, measure }) => [id, wanted.includes(id) ? measure(alpha, truth) : Number.NaN]),
  ) as Scores
}

export async function readTruth(path: string): Promise<Plane> {
  const { data, info } = await sharp(path).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true })
  if (info.channels !== 1) throw new Error(`expected a gray image but ${path} has ${info.channels} channels`)
  return { width: info.width, height: info.height, data: Float32Array.from(data, (v) => v / 255) }
}

/** Does `work` on every item, two at a time: one is scored while the network works on the other. */
export async function forEachItem<T>(
  work: (item: Item) => Promise<T>,
  isWanted: (item: Item) => boolean = () => true,
): Promise<T[]> {
  const items = (await listItems()).filter(isWanted)
  const queue = items.values()
  const done: T[] = []
  const worker = async () => {
    for (const item of queue) done.push(await work(item))
  }
  await Promise.all([worker(), worker()])
  return done
}

export function meansByTier(scored: readonly { tier: string; scores: Scores }[]): TierScores {
  const tiers = [...Map.groupBy(scored, ({ tier }) => tier)].sort(([a], [b]) => (a < b ? -1 : 1))
  const mean = (members: readonly { scores: Scores }[], id: MetricId) =>
    members.reduce((sum, { scores }) => sum + scores[id], 0) / members.length
  return Object.fromEntries(
    tiers.map(([tier, members]) => [
      tier,
      Object.fromEntries(METRICS.map(({ id }) => [id, mean(members, id)])) as Scores,
    ]),
  )
}
