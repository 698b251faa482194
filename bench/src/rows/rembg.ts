// koutu beside rembg, the tool that most people use: cold, a folder, memory, warm calls without and with alpha matting, and the
// quality of what both wrote.

import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join, parse } from 'node:path'
import type { MetricId } from '@koutu/core'
import { type Context, Skipped } from '../context.ts'
import { alternate } from '../measure/alternate.ts'
import { LOOPS, PROGRAMS, run, runLoop, type StartOptions } from '../measure/run.ts'
import { compare, type Versus } from '../measure/statistics.ts'
import { type Picture, spread } from '../pictures.ts'
import { installRembg, type Rembg } from '../rembg.ts'
import { readTruths, scoreResult, type Truth } from '../truth.ts'
import { withPeak } from './memory.ts'

export interface RembgRow {
  readonly version: string
  readonly onnxruntime: string
  readonly cold: Versus
  readonly pictures: number
  /** Whole time of a folder over its images; pairs are rounds. */
  readonly msPerPicture: Versus
  /** Of all processes of a run, highest resident sets added up: one image, and the folder. */
  readonly oneMib: Versus | null
  readonly folderMib: Versus | null
  readonly warm: Versus
  readonly warmMatting: Versus
  readonly quality: readonly TierQuality[]
}

/** Geometric means over images of rembg's error over koutu's: above 1, koutu is nearer to the truth. */
interface TierQuality {
  readonly tier: string
  readonly images: number
  readonly plain: Ratios
  readonly matting: Ratios
}

type Ratios = Readonly<Record<(typeof METRICS)[number], number>>

const METRICS = ['sad', 'grad'] as const satisfies readonly MetricId[]
/** So small an error is none: a ratio to it says nothing. */
const NO_ERROR = 1e-3

type Variant = 'koutu' | 'plain' | 'matting'

export async function rembg(context: Context): Promise<RembgRow> {
  const { settings, pictures, env, folder, cacheFolder } = context
  const peer = await installRembg(env, folder, cacheFolder)
  const largest = pictures
    .filter(({ name }) => /\.jpe?g$/i.test(name))
    .toSorted((a, b) => b.megapixels - a.megapixels)[0]
  if (!largest) throw new Skipped('there is no JPEG among the images')
  const cold = await coldRuns(context, peer, largest)
  const chosen = spread(pictures, settings.rembgPictures)
  const runs = await folderRuns(context, peer, chosen)
  const warm = await warmRuns(context, peer, spread(chosen, settings.rembgWarmPictures))
  const truths = (await readTruths(dirname(largest.path))) ?? []
  return {
    version: peer.version,
    onnxruntime: peer.onnxruntime,
    ...cold,
    pictures: chosen.length,
    ...runs,
    ...warm,
    quality: await qualityOf(
      folder,
      truths.filter(({ image }) => chosen.some(({ name }) => name === image)),
    ),
  }
}

type Started = Pick<StartOptions, 'onStart'>

function start(variant: Variant, peer: Rembg, env: NodeJS.ProcessEnv, args: readonly string[], started: Started) {
  const [command, before, own] =
    variant === 'koutu' ? [process.execPath, PROGRAMS.koutu, env] : [peer.command, [], peer.env]
  return run(command, [...before, ...args], { env: own, ...started })
}

/** The run's time, and the memory of all its processes where the system tells. */
async function measured(run: (started: Started) => Promise<{ readonly ms: number }>) {
  const { value, peak } = await withPeak(run)
  return { ms: value.ms, mib: peak?.hwmMib ?? null }
}

async function coldRuns({ settings, env, folder, log }: Context, peer: Rembg, { path }: Picture) {
  const runs = await alternate(['koutu', 'plain'], settings.coldRounds, async (variant, round) => {
    const out = join(folder, `rembg-cold-${variant}.png`)
    const args = variant === 'koutu' ? [path, '-o', out, '--overwrite'] : ['i', '-m', 'isnet-general-use', path, out]
    const one = await measured((started) => start(variant, peer, env, args, started))
    log(`rembg, cold, round ${round + 1}, ${variant}: ${one.ms.toFixed(0)} ms`)
    return one
  })
  return {
    cold: compare(
      runs.koutu.map(({ ms }) => ms),
      runs.plain.map(({ ms }) => ms),
    ),
    oneMib: compareMemory(runs.koutu, runs.plain),
  }
}

/** Results of the last round stay for their quality; alpha matting is for quality only, and runs once. */
async function folderRuns({ settings, env, folder, log }: Context, peer: Rembg, chosen: readonly Picture[]) {
  const source = join(folder, 'rembg-folder')
  await mkdir(source)
  for (const { name, path } of chosen) await copyFile(path, join(source, name))
  const one = async (variant: Variant) => {
    const out = resultsOf(folder, variant)
    const flags = variant === 'matting' ? ['-a'] : []
    const args =
      variant === 'koutu' ? [source, '-o', `${out}/`] : ['p', '-m', 'isnet-general-use', ...flags, source, out]
    // Both leave out what is done already.
    await rm(out, { recursive: true, force: true })
    await mkdir(out)
    const run = await measured((started) => start(variant, peer, env, args, started))
    const done = (await readdir(out)).length
    if (done !== chosen.length) throw new Error(`${variant} wrote ${done} of ${chosen.length} results`)
    log(`rembg, folder, ${variant}: ${(run.ms / done).toFixed(0)} ms an image`)
    return run
  }
  const runs = await alternate(['koutu', 'plain'], settings.folderRounds, one)
  await one('matting')
  const each = (list: readonly { readonly ms: number }[]) => list.map(({ ms }) => ms / chosen.length)
  return { msPerPicture: compare(each(runs.koutu), each(runs.plain)), folderMib: compareMemory(runs.koutu, runs.plain) }
}

function resultsOf(folder: string, variant: Variant): string {
  return join(folder, `rembg-results-${variant}`)
}

function compareMemory(
  ours: readonly { mib: number | null }[],
  theirs: readonly { mib: number | null }[],
): Versus | null {
  const known = (list: readonly { mib: number | null }[]) => list.flatMap(({ mib }) => mib ?? [])
  const [our, their] = [known(ours), known(theirs)]
  return our.length > 0 && our.length === their.length ? compare(our, their) : null
}

async function warmRuns({ env, log }: Context, peer: Rembg, chosen: readonly Picture[]) {
  const paths = chosen.map(({ path }) => path)
  const runs = await alternate(['koutu', 'plain', 'matting'], 1, async (variant) => {
    const times = variant === 'koutu' ? await ourLoop(paths, env) : await theirLoop(variant, paths, peer)
    log(`rembg, warm, ${variant}: ${times.length} images`)
    return times
  })
  const [koutu, plain, matting] = [runs.koutu[0]!, runs.plain[0]!, runs.matting[0]!]
  return { warm: compare(koutu, plain), warmMatting: compare(koutu, matting) }
}

async function ourLoop(paths: readonly string[], env: NodeJS.ProcessEnv): Promise<number[]> {
  const answers = await runLoop(LOOPS.koutu, { pictures: paths, warmUps: 1, options: {} }, env)
  return answers.map((answer) => {
    if ('error' in answer) throw new Error(answer.error)
    return answer.ms
  })
}

async function theirLoop(variant: Variant, paths: readonly string[], { python, loop, env }: Rembg): Promise<number[]> {
  const { stdout } = await run(python, [loop, variant, ...paths], { env })
  const lines = stdout.trim().split('\n')
  return lines.map((line) => (JSON.parse(line) as { ms: number }).ms)
}

async function qualityOf(folder: string, truths: readonly Truth[]): Promise<TierQuality[]> {
  const scored = await Promise.all(
    truths.map(async (truth) => {
      const of = async (variant: Variant) => scoreResult(await resultPath(resultsOf(folder, variant), truth), truth)
      const [koutu, plain, matting] = [await of('koutu'), await of('plain'), await of('matting')]
      return { tier: truth.tier, koutu, plain, matting }
    }),
  )
  return [...new Set(scored.map(({ tier }) => tier))].sort().map((tier) => {
    const own = scored.filter((one) => one.tier === tier)
    const ratios = (variant: 'plain' | 'matting') =>
      Object.fromEntries(
        METRICS.map((id) => [
          id,
          geometricMean(own.map((one) => Math.max(NO_ERROR, one[variant][id]) / Math.max(NO_ERROR, one.koutu[id]))),
        ]),
      ) as unknown as Ratios
    return { tier, images: own.length, plain: ratios('plain'), matting: ratios('matting') }
  })
}

/** Both name results after their images, each in its way. */
async function resultPath(folder: string, { image }: Truth): Promise<string> {
  const { name } = parse(basename(image))
  const found = (await readdir(folder)).find((file) => file.startsWith(`${name}.`))
  if (!found) throw new Error(`expected a result of ${image} in ${folder}`)
  return join(folder, found)
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}
