// Bytes in, cutout in memory: View → Answer → Cut → Plan → Result. Knows ports only.

import { excerpt, KoutuError } from '../errors/koutu-error.ts'
import type { GroupedOptions } from '../options/grouped.ts'
import { type EdgeOptions, type OutputOptions, OWN_REFINER } from '../options/groups.ts'
import type { Plane, Raster } from '../pixels/raster.ts'
import type {
  Clock,
  Codec,
  Ctx,
  EncodeRequest,
  Engine,
  MatteKernels,
  Picture,
  Source,
  Warning,
} from '../ports/ports.ts'
import type { Answer } from './answer.ts'
import { makeBackdrop, pictureReader } from './backdrop.ts'
import { type CoarseAlpha, toCoarse } from './coarse.ts'
import { engineFinder, type Finder } from './finder.ts'
import { typescriptKernels } from './kernels.ts'
import { type Cut, cutOut } from './matte.ts'
import { type Plan, planResult } from './plan.ts'
import { type EdgeRefiner, refineAnswer } from './refine.ts'
import type { Report } from './report.ts'
import { type Result, render } from './result.ts'
import { createSteps, type Steps } from './steps.ts'
import { type View, viewOf } from './view.ts'

export interface PipelineDeps {
  readonly codec: Codec
  /** The engine these options ask for. Errors: ENGINE_UNAVAILABLE, OFFLINE. */
  readonly engine: (options: GroupedOptions) => Engine
  /** Says where the subject is in place of an engine. */
  readonly finder?: Finder | undefined
  readonly source: Source
  readonly clock: Clock
  /** Loads the network that options name as refiner, where the runtime has any. Errors: MODEL_*, ABORTED. */
  readonly openRefiner?: ((name: string, ctx: Ctx) => Promise<EdgeRefiner>) | undefined
  /** Faster ones than core's own, where the runtime has them. Asked for when first needed. */
  readonly kernels?: (() => Promise<MatteKernels>) | undefined
  /** Waits for room for the arrays that a result is made of. Called before the first of them. Errors: ABORTED. */
  readonly roomForResult?: (() => Promise<void>) | undefined
}

export interface PipelineResult {
  /** What is to be encoded. */
  readonly raster: Raster
  /** The whole image's alpha at full resolution, before any crop. */
  readonly alpha: Plane
  /** What the network found, to make the result again without it; null where an engine answered with a finished cutout. */
  readonly coarse: CoarseAlpha | null
  readonly report: Report
  /** How to encode `raster` as the options ask. */
  readonly encode: EncodeRequest
}

/** Runs the whole job on one image. `read` gives its bytes and is called once. */
export async function cutout(
  read: (ctx: Ctx) => Promise<Uint8Array>,
  options: GroupedOptions,
  deps: PipelineDeps,
  outer: Ctx = {},
): Promise<PipelineResult> {
  const { codec, clock, kernels = async () => typescriptKernels, roomForResult = async () => {} } = deps
  const openRefiner = openerOf(options.edge, deps)
  const steps = createSteps(clock, outer, openRefiner !== null)
  const { ctx } = steps
  const readPicture = pictureReader(options, deps, ctx)

  const finder = deps.finder ?? engineFinder(deps.engine(options), options.subject, kernels)
  const bytes = await steps.run('read', () => read(ctx))
  // The model loads while the image is decoded; its failure is awaited below, not lost.
  const warming = Promise.all([finder.warm(ctx), openRefiner?.(options.edge.refiner, ctx)])
  warming.catch(() => {})
  const view: View = await steps.run('decode', async () => {
    const picture = await codec.decode(bytes, { ...options.colors, limits: options.limits }, ctx)
    return viewOf(picture, options.hints, readPicture)
  })
  const { picture } = view
  // Scales the image while the model loads, and waits for it itself.
  const asking = finder.find(view, ctx)
  asking.catch(() => {})
  const [, refiner] = await steps.run('model', () => warming)
  const answer: Answer = await steps.run('segment', () => asking)
  const refined = refiner
    ? await steps.run('refine', async () => {
        await roomForResult()
        return refineAnswer(view, answer, options, await kernels(), refiner, ctx)
      })
    : null
  const { cut, plan, result, kernelWarnings } = await steps.run('matte', async () => {
    await roomForResult()
    const matteKernels = await kernels()
    const cut: Cut = cutOut(view, answer, refined?.alpha ?? null, options, matteKernels)
    const plan: Plan = planResult(picture, cut, options)
    const backdrop = await makeBackdrop(picture, plan.layout, options.output, codec, readPicture, ctx)
    const result: Result = render(picture, cut, plan, backdrop, options)
    return { cut, plan, result, kernelWarnings: matteKernels.warnings ?? [] }
  })
  const warnings = [
    ...kernelWarnings,
    ...(refined?.warnings ?? []),
    ...warningsOf(picture, answer, cut, plan, options.output),
  ]
  steps.done(warnings)
  return {
    raster: result.raster,
    alpha: cut.alpha,
    coarse: toCoarse(finder.engine, answer, view),
    report: {
      ...reportOf(picture, finder, answer, cut, plan, steps.timingsMs, warnings),
      subject: isFound(cut, plan, options.output),
      refiner: refined?.alpha && refiner ? refiner.model : OWN_REFINER,
    },
    encode: encodeRequest(picture, result, options.output),
  }
}

/** Null where our own solver is asked for. */
function openerOf(
  { refiner }: EdgeOptions,
  { openRefiner }: PipelineDeps,
): NonNullable<PipelineDeps['openRefiner']> | null {
  if (refiner === OWN_REFINER) return null
  if (openRefiner) return openRefiner
  throw new KoutuError('ENGINE_UNAVAILABLE', {
    detail: `no matting network can run here, but '${excerpt(refiner)}' was asked for`,
  })
}

function warningsOf(picture: Picture, answer: Answer, cut: Cut, plan: Plan, output: OutputOptions): Warning[] {
  const unmet = unmetOptions(picture, output)
  const warnings = [...picture.warnings, ...answer.warnings, ...cut.warnings, ...unmet, ...plan.warnings]
  if (isFound(cut, plan, output)) return warnings
  return [...warnings, { code: 'no-subject', message: 'No subject was found in the image.' }]
}

/** Whether there is a subject, also where it is removed. */
function isFound({ subjects }: Cut, { subject }: Plan, { invert }: OutputOptions): boolean {
  return invert ? subjects.length > 0 : subject.subject
}

/** What was asked for and cannot be had with this image and format. */
function unmetOptions({ icc, metadata }: Picture, { format, background, mask }: OutputOptions): Warning[] {
  const warnings: Warning[] = []
  if (format === 'tiff' && (metadata.exif || metadata.xmp)) {
    warnings.push({
      code: 'metadata-not-kept',
      message: 'EXIF is not written to TIFF; use PNG, JPEG, WebP or AVIF to keep it.',
    })
  }
  if (icc && !mask && (background.type === 'color' || background.type === 'picture')) {
    warnings.push({
      code: 'background-not-converted',
      message: "The background's sRGB values were used unconverted in the color space of the image.",
    })
  }
  return warnings
}

function reportOf(
  { width, height, format }: Picture,
  { engine }: Finder,
  { model, precision, timingsMs }: Answer,
  { subjects }: Cut,
  { subject, resultBox, fullSize }: Plan,
  stepsMs: Steps['timingsMs'],
  warnings: readonly Warning[],
): Omit<Report, 'refiner'> {
  const input = { width, height, format }
  return {
    ...subject,
    subjects,
    resultBox,
    fullSize,
    input,
    engine,
    model,
    precision,
    timingsMs: { ...stepsMs, ...timingsMs },
    warnings,
  }
}

function encodeRequest(
  { icc, metadata, densityPpi }: Picture,
  { layers }: Result,
  output: OutputOptions,
): EncodeRequest {
  const { format, lossyQuality, mask } = output
  return { format, lossyQuality, icc: mask ? null : icc, metadata, densityPpi, ...(layers ? { layers } : {}) }
}
