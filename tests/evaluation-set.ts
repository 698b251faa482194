// The evaluation pictures as tests use them: where they lie, how they are matted and scored. Knows no expectations.

import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import {
  cutout,
  type Engine,
  METRICS,
  type MetricId,
  type Plane,
  type ResolvedOptions,
  resizePlane,
  resolveOptions,
} from '@koutu/core'
import {
  cacheDir,
  createKernels,
  createModelLocator,
  createModelStore,
  createOnnxEngine,
  createSharpCodec,
  findRecipe,
  tryProcessor,
} from '@koutu/node'
import sharp from 'sharp'

export const ROOT = resolve(import.meta.dirname, '..')
export const DATA = process.env.KOUTU_DATA ?? resolve(ROOT, '../shared/data')
export const isMissing = !existsSync(join(DATA, 'manifest.json'))
export const reason = isMissing ? ` (skipped: no pictures in ${DATA}; set KOUTU_DATA)` : ''

export type Scores = Readonly<Record<MetricId, number>>
export type TierScores = Readonly<Record<string, Scores>>

export interface Item {
  readonly image: string
  readonly alpha: string
  readonly tier: string
}

/** The pictures with known alpha, as the folder's manifest lists them. */
async function listItems(): Promise<readonly Item[]> {
  const { items } = JSON.parse(await readFile(join(DATA, 'manifest.json'), 'utf8')) as { items: readonly Item[] }
  return items
}

/** An engine on this machine's cache, as the library wires it. */
export function createEngine(): Engine {
  const store = createModelStore({ cacheDir: cacheDir(), offline: true, importPack: (name) => import(name) })
  const locate = createModelLocator({
    store,
    trial: tryProcessor,
    findRecipe: (id, sha256) => findRecipe(cacheDir(), id, sha256),
  })
  return createOnnxEngine({ locate, idleMs: 60_000 })
}

// A mask has the alpha of a cut-out; only the colors, which are not scored, are left out.
const OPTIONS: ResolvedOptions = resolveOptions({ mask: true, precision: 'int8' })

export interface Matte {
  /** What users get. */
  readonly product: Plane
  /** The answers of the engines, in their order, before any matting. */
  readonly coarse: readonly Plane[]
}

const kernels = createKernels()

/** Runs the pipeline with the first engine, in int8; the others are asked for the same decoded picture, in fp32. */
export async function matte(path: string, [first, ...others]: readonly [Engine, ...Engine[]]): Promise<Matte> {
  const coarse: Plane[] = []
  const listening: Engine = {
    ...first,
    async segment(picture, given, ctx) {
      const answer = await first.segment(picture, given, ctx)
      coarse.push(answer.alpha)
      for (const other of others)
        coarse.push((await other.segment(picture, { ...given, precision: 'fp32' }, ctx)).alpha)
      return answer
    },
  }
  const { alpha } = await cutout(() => readFile(path), OPTIONS, {
    codec: createSharpCodec(),
    engine: () => listening,
    source: { read: () => Promise.reject(new Error('no picture is read by name')) },
    clock: { nowMs: () => performance.now() },
    kernels: () => kernels,
  })
  return { product: alpha, coarse }
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
  if (info.channels !== 1) throw new Error(`expected a grey picture but ${path} has ${info.channels} channels`)
  return { width: info.width, height: info.height, data: Float32Array.from(data, (v) => v / 255) }
}

/** Does `work` on every item, two at a time: one is scored while the network works on the other. */
export async function forEachItem<T>(work: (item: Item) => Promise<T>): Promise<T[]> {
  const items = await listItems()
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
