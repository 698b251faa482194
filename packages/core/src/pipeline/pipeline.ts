// Bytes in, cut-out in memory: decode, segment, matte, compose. Knows ports only.

import { covers, isMoved, type Layout } from '../compose/layout.ts'
import { placeColor } from '../compose/place.ts'
import { KoutuError, throwIfAborted, toKoutuError } from '../errors/koutu-error.ts'
import type { ResolvedOptions } from '../options/options.ts'
import type { Plane, Raster } from '../pixels/raster.ts'
import type {
  Clock,
  Codec,
  Ctx,
  EncodeRequest,
  Engine,
  Limits,
  MatteKernels,
  Picture,
  Source,
  StepName,
  Warning,
} from '../ports/ports.ts'
import { hardenEdge, styleEdge } from './clean-up.ts'
import { typescriptKernels } from './kernels.ts'
import { finish, foregroundOf, matteOf, planResult } from './matte.ts'
import { createProgress } from './progress.ts'
import type { Report } from './report.ts'
import { segmentPicture } from './segment.ts'
import { viewOf } from './view.ts'

export interface PipelineDeps {
  readonly codec: Codec
  /** The engine these options ask for. Errors: ENGINE_UNAVAILABLE. */
  readonly engine: (options: ResolvedOptions) => Engine
  readonly source: Source
  readonly clock: Clock
  /** Faster ones than core's own, where the runtime has them. Asked for when the first matte is to be made. */
  readonly kernels?: (() => Promise<MatteKernels>) | undefined
}

export interface PipelineResult {
  /** What is to be encoded. */
  readonly raster: Raster
  /** The whole picture's alpha at full resolution, before any crop. */
  readonly alpha: Plane
  readonly report: Report
  /** How to encode `raster` as the options ask. */
  readonly encode: EncodeRequest
}

/** Standard deviation of the blurred background, as a share of the picture's longer side. */
const BLUR_SHARE = 0.02

/** Runs the whole job on one picture. `read` gives its bytes and is called once. */
export async function cutout(
  read: (ctx: Ctx) => Promise<Uint8Array>,
  options: ResolvedOptions,
  deps: PipelineDeps,
  ctx: Ctx = {},
): Promise<PipelineResult> {
  const progress = createProgress(ctx.onEvent)
  const timingsMs: Record<string, number> = {}
  const inner: Ctx = {
    ...(ctx.signal ? { signal: ctx.signal } : {}),
    onEvent(event) {
      if (event.type === 'progress') progress.within(event.fraction)
      else if (event.type === 'model' || event.type === 'queue') ctx.onEvent?.(event)
    },
  }
  const step = async <T>(name: StepName, work: () => Promise<T> | T): Promise<T> => {
    throwIfAborted(ctx.signal)
    progress.enter(name)
    const begin = deps.clock.nowMs()
    try {
      return await work()
    } catch (error) {
      throw ctx.signal?.aborted ? new KoutuError('ABORTED', { cause: error }) : toKoutuError(error)
    } finally {
      timingsMs[name] = deps.clock.nowMs() - begin
    }
  }

  const engine = deps.engine(options)
  const bytes = await step('read', () => read(inner))
  // The model loads while the picture is decoded; its failure is awaited below, not lost.
  const warming = engine.warm(options, inner)
  warming.catch(() => {})
  const view = await step('decode', async () => {
    const picture = await deps.codec.decode(bytes, decodeRequest(options), inner)
    return viewOf(picture, options, (source) => readPicture(source, options, deps, inner))
  })
  const { picture } = view
  // Scales the picture while the model loads, and waits for it itself.
  const segmenting = segmentPicture(engine, view.seen, options, inner)
  segmenting.catch(() => {})
  await step('model', () => warming)
  const segmentation = await step('segment', () => segmenting)
  const { alpha, raster, layers, plan } = await step('matte', async () => {
    const kernels = deps.kernels ? await deps.kernels() : typescriptKernels
    const matte = matteOf(view, segmentation, engine.produces === 'alpha', options, kernels)
    const styled = styleEdge(matte, options)
    const foreground = foregroundOf(view, segmentation, matte, styled, options, kernels)
    const alpha = hardenEdge(styled, options)
    const plan = planResult(picture, alpha, options)
    const backdrop = await makeBackdrop(picture, plan.layout, options, deps, inner)
    return { alpha, plan, ...finish(picture, foreground, alpha, backdrop, plan, options) }
  })
  throwIfAborted(ctx.signal)

  const warnings: Warning[] = [
    ...picture.warnings,
    ...segmentation.warnings,
    ...ignoredWishes(picture, options),
    ...plan.warnings,
  ]
  const { subject, resultBox, fullSize } = plan
  if (!subject.subject) {
    warnings.push({ code: 'no-subject', message: 'No subject was found in the picture.' })
  }
  for (const warning of warnings) progress.warn(warning)
  progress.done()
  return {
    raster,
    alpha,
    report: {
      ...subject,
      resultBox,
      fullSize,
      input: { width: picture.width, height: picture.height, format: picture.format },
      engine: engine.id,
      model: segmentation.model,
      precision: segmentation.precision,
      timingsMs: { ...timingsMs, ...segmentation.timingsMs },
      warnings,
    },
    encode: {
      format: options.format,
      lossyQuality: options.lossyQuality,
      icc: options.mask ? null : picture.icc,
      metadata: picture.metadata,
      densityPpi: picture.densityPpi,
      ...(layers ? { layers } : {}),
    },
  }
}

/** What was asked for and cannot be had with this picture and format. */
function ignoredWishes({ icc, metadata }: Picture, { format, background, mask }: ResolvedOptions): Warning[] {
  const warnings: Warning[] = []
  if (format === 'tiff' && (metadata.exif || metadata.xmp)) {
    warnings.push({ code: 'metadata-not-kept', message: 'TIFF results keep no EXIF; another format does.' })
  }
  if (icc && !mask && (background.type === 'color' || background.type === 'picture')) {
    warnings.push({
      code: 'background-not-converted',
      message: "The background's sRGB numbers were used as they are in the picture's own color space.",
    })
  }
  return warnings
}

function decodeRequest(options: ResolvedOptions): { keepIcc: boolean; keepMetadata: boolean; limits: Limits } {
  const { keepIcc, keepMetadata, maxBytes, maxPixels, maxFrames } = options
  return { keepIcc, keepMetadata, limits: { maxBytes, maxPixels, maxFrames } }
}

/** Of the canvas' size; null where the background is no picture. */
async function makeBackdrop(
  picture: Picture,
  layout: Layout,
  options: ResolvedOptions,
  deps: PipelineDeps,
  ctx: Ctx,
): Promise<Raster | null> {
  const { background } = options
  if (options.mask) return null
  if (background.type === 'blur') {
    const blurred = await deps.codec.blur(picture.color, BLUR_SHARE * Math.max(picture.width, picture.height), ctx)
    // Behind a subject that has left its place the photo need not stay in its own; nor where it would leave some free.
    const stays = !isMoved(options) && covers(picture, layout)
    return stays ? placeColor(blurred, layout) : deps.codec.cover(blurred, layout, ctx)
  }
  if (background.type !== 'picture') return null
  const behind = await readPicture(background.source, options, deps, ctx)
  return deps.codec.cover(behind.srgb, layout, ctx)
}

/** A picture that an option names: within the same limits, as sRGB. */
async function readPicture(
  source: string | Uint8Array,
  options: ResolvedOptions,
  deps: PipelineDeps,
  ctx: Ctx,
): Promise<Picture> {
  const bytes = typeof source === 'string' ? await deps.source.read(source, options, ctx) : source
  return deps.codec.decode(bytes, { ...decodeRequest(options), keepIcc: false, keepMetadata: false }, ctx)
}
