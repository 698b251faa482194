// The matte alone: koutu's beside pymatting's closed form, KNN and multi-level foreground estimation. All start from what koutu's
// network found; pymatting gets a trimap that is made of it.

import { mkdir } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'
import { type Ratios, ratiosOf } from '../../../packages/koutu/src/eval/ratios.ts'
import { type Context, Skipped } from '../context.ts'
import { LOOPS, run, runNode } from '../measure/run.ts'
import { compare, type Sample, summarize, type Versus } from '../measure/statistics.ts'
import { spread } from '../pictures.ts'
import type { Matted, MatteRequest } from '../programs/koutu-matte.ts'
import { installRembg } from '../rembg.ts'
import { readTruths, scoreMask, type Truth } from '../truth.ts'

export interface PymattingRow {
  readonly version: string
  readonly images: number
  readonly megapixels: Sample
  /** Share of the pixels that the trimap leaves open. */
  readonly unknownShare: Sample
  /** Alpha and foreground colors; pairs are images. */
  readonly methods: readonly { readonly method: Method; readonly ms: Versus; readonly errors: Ratios | null }[]
  /** koutu's own errors, beside the network's answer alone as those of the methods. */
  readonly errors: Ratios | null
  /** Multi-level foreground estimation, which is part of the time of both methods. */
  readonly foregroundMs: Sample
}

const METHODS = ['closed-form', 'knn'] as const
type Method = (typeof METHODS)[number]

/** As matte.py prints it. */
interface TheirTimes {
  readonly name: string
  readonly ms: Readonly<Record<Method | 'foreground', number>>
}

/** Truths of tier C are masks: they say nothing of soft edges. */
const SOFT_TIERS = ['A', 'B']
/** KNN keeps some twenty neighbors of each pixel: at 2 megapixels that is several gigabytes. */
const MAX_MEGAPIXELS = 1.5

export async function pymatting(context: Context): Promise<PymattingRow> {
  const { env, folder, cacheFolder, log } = context
  const peer = await installRembg(env, folder, cacheFolder)
  const chosen = await choose(context)
  const work = join(folder, 'pymatting')
  await mkdir(work)
  const names = chosen.map(({ path }) => parse(path).name)
  const request: MatteRequest = { folder: work, images: chosen.map(({ path }, i) => ({ path, name: names[i]! })) }
  const ours = await runNode([LOOPS.koutuMatte, JSON.stringify(request)], { env })
  const mattes = jsonLines<Matted>(ours.stdout)
  log(`pymatting: koutu did ${mattes.length} images`)
  const theirs = await run(peer.python, [peer.matte, work, ...names], { env: peer.env, onLine: log })
  const times = jsonLines<TheirTimes>(theirs.stdout)
  const foreground = times.map(({ ms }) => ms.foreground)
  return {
    version: peer.pymatting,
    images: chosen.length,
    megapixels: summarize(chosen.map(({ megapixels }) => megapixels)),
    unknownShare: summarize(mattes.map(({ unknownShare }) => unknownShare)),
    methods: await Promise.all(
      METHODS.map(async (method) => ({
        method,
        ms: compare(
          mattes.map(({ matteMs }) => matteMs),
          times.map(({ ms }, i) => ms[method] + foreground[i]!),
        ),
        errors: await errorsOf(work, method, chosen),
      })),
    ),
    errors: await errorsOf(work, 'koutu', chosen),
    foregroundMs: summarize(foreground),
  }

  async function errorsOf(work: string, what: string, images: readonly Chosen[]): Promise<Ratios | null> {
    const scored = await Promise.all(
      images.map(async ({ truth }, i) => ({
        id: names[i]!,
        scores: await scoreMask(join(work, `${names[i]}.${what}.png`), truth),
        network: await scoreMask(join(work, `${names[i]}.coarse.png`), truth),
      })),
    )
    return ratiosOf(scored)
  }
}

interface Chosen {
  readonly path: string
  readonly megapixels: number
  readonly truth: Truth
}

async function choose({ settings, pictures }: Context): Promise<Chosen[]> {
  const truths = (await readTruths(dirname(pictures[0]?.path ?? ''))) ?? []
  const suited = pictures.flatMap(({ name, path, megapixels }) => {
    const truth = truths.find(({ image }) => image === name)
    return truth && SOFT_TIERS.includes(truth.tier) && megapixels <= MAX_MEGAPIXELS ? [{ path, megapixels, truth }] : []
  })
  if (suited.length === 0) throw new Skipped('no image has a soft truth')
  return spread(suited, settings.mattePictures)
}

/** Between them pymatting prints warnings. */
function jsonLines<T>(text: string): T[] {
  const lines = text.split('\n').filter((line) => line.startsWith('{'))
  return lines.map((line) => JSON.parse(line) as T)
}
