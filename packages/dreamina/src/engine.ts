// The service as an engine of koutu: image in, finished cutout (or its alpha alone) out.
// Decoding and encoding come in as ports; nothing here knows a file or a library.

import {
  type Codec,
  type Ctx,
  type Engine,
  KoutuError,
  type Limits,
  type Picture,
  type Segmentation,
  type Size,
  throwIfAborted,
  toKoutuError,
  type Warning,
} from '@koutu/core'
import type { DreaminaClient, DreaminaResult } from './client/client.ts'
import type { DreaminaCtx, DreaminaEvent } from './client/config.ts'

/**
 * Longer side of what is uploaded, in pixels. The service's own limit is not known; 2048 is the size its results are
 * seen in, so more would not come back.
 */
export const DREAMINA_MAX_SIDE = 2048
/** A result whose sides differ from the image's in ratio by more than this cannot lie over it. */
const RATIO_TOLERANCE = 0.02

export interface DreaminaEngineDeps {
  readonly client: Pick<DreaminaClient, 'segment'>
  readonly codec: Codec
  readonly nowMs: () => number
  /**
   * The image's sRGB pixels scaled so that the longer side is `maxSide`, encoded losslessly as PNG. Asked only for
   * images that are larger. The same image must give the same bytes: they find earlier tasks again.
   */
  readonly resize: (picture: Picture, maxSide: number, ctx: Ctx) => Promise<Uint8Array>
}

export interface DreaminaEngineOptions {
  /** What a result may hold. */
  readonly limits: Limits
  readonly maxSide?: number
  /**
   * Only the alpha of the result is used: koutu refines it at the image's full resolution and takes the colors from
   * the image (`--dreamina-upscale`). Without it a result of the image's own size is used as it is.
   */
  readonly upscale?: boolean
  readonly onEvent?: (event: DreaminaEvent) => void
}

/** Shares of the engine's progress that are reached when a step begins. */
const PROGRESS: Readonly<Partial<Record<string, number>>> = {
  token: 0.05,
  apply: 0.08,
  upload: 0.1,
  commit: 0.3,
  generate: 0.35,
  query: 0.4,
  download: 0.9,
}

/** Errors of `segment`: those of the client, ENGINE_RESULT_OPAQUE, and ENGINE_ANSWER_INVALID for a result of another shape. */
export function createDreaminaEngine(deps: DreaminaEngineDeps, options: DreaminaEngineOptions): Engine {
  const { client, codec, nowMs, resize } = deps
  const { limits, maxSide = DREAMINA_MAX_SIDE, upscale = false } = options

  function forwardTo(ctx: Ctx): DreaminaCtx {
    let fraction = 0
    return {
      ...(ctx.signal ? { signal: ctx.signal } : {}),
      onEvent(event) {
        options.onEvent?.(event)
        if (event.type === 'queue' && event.position !== null) {
          ctx.onEvent?.({ type: 'queue', position: event.position, length: event.length })
        }
        if (event.type !== 'step') return
        // Polls come many times: each takes a tenth of what is left before the download.
        const reached =
          event.step === 'query' && fraction >= 0.4 ? fraction + (0.9 - fraction) / 10 : (PROGRESS[event.step] ?? 0)
        if (reached <= fraction) return
        fraction = reached
        ctx.onEvent?.({ type: 'progress', fraction })
      },
    }
  }

  async function encode(picture: Picture, ctx: Ctx): Promise<Uint8Array> {
    if (Math.max(picture.width, picture.height) > maxSide) return resize(picture, maxSide, ctx)
    const metadata = { exif: null, xmp: null }
    return codec.encode(picture.srgb, { format: 'png', lossyQuality: 100, icc: null, metadata }, ctx)
  }

  async function decode(result: DreaminaResult, ctx: Ctx): Promise<Picture> {
    const request = { keepIcc: false, keepMetadata: false, limits }
    try {
      return await codec.decode(result.bytes, request, ctx)
    } catch (error) {
      const failure = toKoutuError(error)
      if (failure.code === 'ABORTED') throw failure
      throw new KoutuError('ENGINE_ANSWER_INVALID', {
        detail: `the result of task ${result.submitId} could not be read (${failure.message})`,
        data: { task: result.submitId },
        cause: failure,
      })
    }
  }

  return {
    specVersion: 1,
    id: 'dreamina',
    produces: upscale ? 'alpha' : 'cutout',
    async warm(_request, ctx) {
      throwIfAborted(ctx.signal)
    },
    async segment(picture, _request, ctx): Promise<Segmentation> {
      const beginMs = nowMs()
      const upload = await encode(picture, ctx)
      const encodedMs = nowMs()
      const result = await client.segment(upload, forwardTo(ctx))
      const answeredMs = nowMs()
      const cut = await decode(result, ctx)
      checkShape(picture, cut, result.submitId)
      return {
        alpha: transparency(cut, result.submitId),
        foreground: !upscale && colorsFit(picture) && sameSize(picture, cut) ? cut.srgb : null,
        model: 'dreamina-cutout',
        precision: 'remote',
        timingsMs: {
          'dreamina-encode': encodedMs - beginMs,
          'dreamina-service': answeredMs - encodedMs,
          'dreamina-decode': nowMs() - answeredMs,
        },
        warnings: warningsOf(picture, cut, result, upscale),
      }
    },
    async [Symbol.asyncDispose]() {},
  }
}

/** The result is 8-bit sRGB: its colors suit no image that keeps a profile or 16 bits. */
function colorsFit(picture: Picture): boolean {
  return picture.icc === null && picture.color.data instanceof Uint8Array
}

function sameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height
}

function transparency(cut: Picture, task: string): Segmentation['alpha'] {
  if (cut.alpha) return cut.alpha
  throw new KoutuError('ENGINE_RESULT_OPAQUE', {
    detail: `expected an image with transparent pixels but every pixel of the result is opaque; Dreamina probably found nothing to cut out. Task ${task}.`,
    data: { task },
  })
}

function checkShape(picture: Picture, cut: Picture, task: string): void {
  const ratio = (cut.width * picture.height) / (cut.height * picture.width)
  // One pixel of rounding at either side is no other shape, however small the image.
  const rounding = 1 / Math.min(cut.width, cut.height) + 1 / Math.min(picture.width, picture.height)
  if (Math.abs(Math.log(ratio)) <= Math.max(RATIO_TOLERANCE, rounding)) return
  throw new KoutuError('ENGINE_ANSWER_INVALID', {
    detail: `expected a result with the aspect ratio of ${picture.width} x ${picture.height} but received ${cut.width} x ${cut.height}; \`koutu dreamina resume ${task}\` fetches it as it is`,
    data: { task, width: cut.width, height: cut.height },
  })
}

function warningsOf(picture: Picture, cut: Picture, result: DreaminaResult, upscale: boolean): Warning[] {
  const warnings: Warning[] = []
  if (result.reused) {
    warnings.push({
      code: 'dreamina-reused',
      message: `The result of the earlier task ${result.submitId} of the same image was used; nothing was paid.`,
    })
  }
  if (upscale) return warnings
  if (!sameSize(picture, cut)) {
    warnings.push({
      code: 'dreamina-size',
      message: `Dreamina answered ${cut.width} x ${cut.height} for an image of ${picture.width} x ${picture.height}: its alpha was upscaled, the colors are those of the image. --dreamina-upscale refines the alpha at full size.`,
    })
  } else if (!colorsFit(picture)) {
    warnings.push({
      code: 'dreamina-colors',
      message: 'The image keeps a color profile or 16 bits, so only the alpha of the result was used.',
    })
  }
  return warnings
}
