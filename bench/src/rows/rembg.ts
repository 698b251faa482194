// koutu beside rembg, the tool that most people use, without and with alpha matting: cold, a folder, memory, warm calls, and the
// quality of what all wrote.

import { copyFile, mkdir, readdir, rm } from 'node:fs/promises'
import { dirname, join, parse } from 'node:path'
import type { Scores } from '@koutu/core'
import { type Ratios, ratiosOf } from '../../../packages/koutu/src/eval/ratios.ts'
import { type Context, Skipped } from '../context.ts'
import { alternate } from '../measure/alternate.ts'
import { LOOPS, PROGRAMS, run, runLoop, runNode, type StartOptions } from '../measure/run.ts'
import { compare, type Versus } from '../measure/statistics.ts'
import { type Picture, spread } from '../pictures.ts'
import { installRembg, MODEL, type Rembg, VARIANTS, type Variant } from '../rembg.ts'
import { readTruths, scoreResult, type Truth } from '../truth.ts'
import { withPeak } from './memory.ts'

export interface RembgRow {
  readonly version: string
  readonly onnxruntime: string
  /** The largest JPEG, from the start of the process to the written file; pairs are rounds. Matting takes minutes for it. */
  readonly cold: Versus
  readonly pictures: number
  /** Whole time of a folder over its images; pairs are rounds. */
  readonly msPerPicture: Beside
  /** Of all processes of a run, highest resident sets added up: one image, and the folder. */
  readonly oneMib: Versus | null
  readonly folderMib: Beside | null
  readonly warm: Beside
  readonly quality: Quality
}

/** koutu's cost beside that of rembg without and with alpha matting. */
interface Beside {
  readonly plain: Versus
  readonly matting: Versus
}

/** Errors beside those of the plain network in 32-bit floats. */
interface Quality {
  readonly tiers: readonly {
    readonly tier: string
    readonly images: number
    readonly ratios: Readonly<Record<Variant, Ratios | null>>
  }[]
  /** All tiers together. */
  readonly images: number
  readonly all: Readonly<Record<Variant, Ratios | null>>
}

/** Truths of this tier are small and noisy: to be looked at, not averaged. */
const SEPARATE_TIER = 'T'

export async function rembg(context: Context): Promise<RembgRow> {
  const { settings, pictures, env, folder, cacheFolder } = context
  const peer = await installRembg(env, folder, cacheFolder)
  const largest = pictures
    .filter(({ name }) => /\.jpe?g$/i.test(name))
    .toSorted((a, b) => b.megapixels - a.megapixels)[0]
  if (!largest) throw new Skipped('there is no JPEG among the images')
  const data = dirname(largest.path)
  const chosen = spread(pictures, settings.rembgPictures)
  return {
    version: peer.version,
    onnxruntime: peer.onnxruntime,
    ...(await coldRuns(context, peer, largest)),
    pictures: chosen.length,
    ...(await folderRuns(context, peer, chosen)),
    warm: await warmRuns(context, peer, spread(chosen, settings.rembgWarmPictures)),
    quality: await qualityOf(context, data, chosen),
  }
}

/** A run of a command to its end, its time alone: looking at its memory would slow it. */
async function timeOf(variant: Variant, peer: Rembg, env: NodeJS.ProcessEnv, args: readonly string[]): Promise<number> {
  const { ms } = await start(variant, peer, env, args)
  return ms
}

/** Memory of all processes of a run of its own; none where the system does not tell. */
async function memoryOf(
  variant: Variant,
  peer: Rembg,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
): Promise<readonly number[]> {
  const { peak } = await withPeak((started) => start(variant, peer, env, args, started))
  return peak ? [peak.hwmMib] : []
}

function start(
  variant: Variant,
  peer: Rembg,
  env: NodeJS.ProcessEnv,
  args: readonly string[],
  started: Pick<StartOptions, 'onStart'> = {},
) {
  return variant === 'koutu'
    ? runNode([...PROGRAMS.koutu, ...args], { env, ...started })
    : run(peer.command, args, { env: peer.env, ...started })
}

function flagsOf(variant: Variant): readonly string[] {
  return ['-m', MODEL, ...(variant === 'matting' ? ['-a'] : [])]
}

async function coldRuns({ settings, env, folder, log }: Context, peer: Rembg, { path }: Picture) {
  const variants = ['koutu', 'plain'] as const
  const argsOf = (variant: Variant) => {
    const out = join(folder, `rembg-cold-${variant}.png`)
    return variant === 'koutu' ? [path, '-o', out, '--overwrite'] : ['i', ...flagsOf(variant), path, out]
  }
  const times = await alternate(variants, settings.coldRounds, async (variant, round) => {
    const ms = await timeOf(variant, peer, env, argsOf(variant))
    log(`rembg, cold, round ${round + 1}, ${variant}: ${ms.toFixed(0)} ms`)
    return ms
  })
  const memory: Figures = {}
  for (const variant of variants) memory[variant] = await memoryOf(variant, peer, env, argsOf(variant))
  return { cold: against(times, 'plain')!, oneMib: against(memory, 'plain') }
}

/** Results of the last round stay for their quality. */
async function folderRuns({ settings, env, folder, log }: Context, peer: Rembg, chosen: readonly Picture[]) {
  const source = join(folder, 'rembg-folder')
  await mkdir(source)
  for (const { name, path } of chosen) await copyFile(path, join(source, name))
  const fill = async <T>(variant: Variant, fillBy: (args: readonly string[]) => Promise<T>): Promise<T> => {
    const out = resultsOf(folder, variant)
    // Both leave out what is done already.
    await rm(out, { recursive: true, force: true })
    await mkdir(out)
    const figure = await fillBy(
      variant === 'koutu' ? [source, '-o', `${out}/`] : ['p', ...flagsOf(variant), source, out],
    )
    const done = (await readdir(out)).length
    if (done !== chosen.length) throw new Error(`${variant} wrote ${done} of ${chosen.length} results`)
    return figure
  }
  const memory: Figures = {}
  for (const variant of VARIANTS) {
    memory[variant] = await fill(variant, (args) => memoryOf(variant, peer, env, args))
    log(`rembg, folder, ${variant}: ${memory[variant].map((mib) => mib.toFixed(0))} MiB`)
  }
  const times = await alternate(VARIANTS, settings.rembgFolderRounds, async (variant) => {
    const ms = (await fill(variant, (args) => timeOf(variant, peer, env, args))) / chosen.length
    log(`rembg, folder, ${variant}: ${ms.toFixed(0)} ms an image`)
    return ms
  })
  return { msPerPicture: beside(times)!, folderMib: beside(memory) }
}

function resultsOf(folder: string, variant: Variant): string {
  return join(folder, `rembg-results-${variant}`)
}

type Figures = Partial<Record<Variant, readonly number[]>>

function beside(figures: Figures): Beside | null {
  const [plain, matting] = [against(figures, 'plain'), against(figures, 'matting')]
  return plain && matting && { plain, matting }
}

/** Null where the system does not tell. */
function against(figures: Figures, variant: Variant): Versus | null {
  const [ours = [], theirs = []] = [figures.koutu, figures[variant]]
  return ours.length > 0 && ours.length === theirs.length ? compare(ours, theirs) : null
}

async function warmRuns({ env, log }: Context, peer: Rembg, chosen: readonly Picture[]): Promise<Beside> {
  const paths = chosen.map(({ path }) => path)
  const times = {} as Record<Variant, readonly number[]>
  for (const variant of VARIANTS) {
    times[variant] = variant === 'koutu' ? await ourLoop(paths, env) : await theirLoop(variant, paths, peer)
    log(`rembg, warm, ${variant}: ${times[variant].map((ms) => ms.toFixed(0)).join(', ')} ms`)
  }
  return { plain: compare(times.koutu, times.plain), matting: compare(times.koutu, times.matting) }
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

async function qualityOf({ env, folder, log }: Context, data: string, chosen: readonly Picture[]): Promise<Quality> {
  const truths = (await readTruths(data)) ?? []
  const used = truths.filter(({ tier, image }) => tier !== SEPARATE_TIER && chosen.some(({ name }) => name === image))
  if (used.length === 0) return { tiers: [], images: 0, all: { koutu: null, plain: null, matting: null } }
  const networks = await networkScores(env, data, used)
  log(`rembg: ${used.length} images scored beside the network alone`)
  const scored = await Promise.all(
    used.map(async (truth) => {
      const scores = {} as Record<Variant, Scores>
      for (const variant of VARIANTS) {
        scores[variant] = await scoreResult(await resultPath(resultsOf(folder, variant), truth), truth)
      }
      return { ...truth, scores }
    }),
  )
  const ratios = (images: typeof scored) => {
    const of = (variant: Variant) =>
      ratiosOf(images.map(({ id, scores }) => ({ id, scores: scores[variant], network: networks.get(id)! })))
    return { koutu: of('koutu'), plain: of('plain'), matting: of('matting') }
  }
  const tiers = [...Map.groupBy(scored, ({ tier }) => tier)].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    tiers: tiers.map(([tier, images]) => ({ tier, images: images.length, ratios: ratios(images) })),
    images: scored.length,
    all: ratios(scored),
  }
}

/** What one pass of the network alone scores, in 32-bit floats, by the id of the image. */
async function networkScores(
  env: NodeJS.ProcessEnv,
  data: string,
  truths: readonly Truth[],
): Promise<ReadonlyMap<string, Scores>> {
  const only = truths.map(({ id }) => id).join(',')
  const { stdout } = await runNode([...PROGRAMS.koutu, 'eval', data, '--only', only, '--baseline', '--json'], { env })
  const { pictures } = JSON.parse(stdout) as { pictures: readonly { id: string; network: Scores }[] }
  return new Map(pictures.map(({ id, network }) => [id, network]))
}

/** Both name results after their images, each in its way. */
async function resultPath(folder: string, { image }: Truth): Promise<string> {
  const { name } = parse(image)
  const found = (await readdir(folder)).find((file) => file.startsWith(`${name}.`))
  if (!found) throw new Error(`expected a result of ${image} in ${folder}`)
  return join(folder, found)
}
