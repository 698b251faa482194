// The composition root of the local pipeline: it alone chooses codec, kernels, engines and model store. The worker thread,
// the evaluation and tests open the same one.

import {
  alphaFinder,
  alphaOf,
  type CoarseAlpha,
  type Ctx,
  coarseFinder,
  cutout,
  type EncodeRequest,
  type Engine,
  edgeRefiner,
  type GroupedOptions,
  inspectPicture,
  type KoutuEvent,
  type Limits,
  type MatteKernels,
  type PictureHeader,
  type PipelineResult,
  type Plane,
  type Raster,
} from '@koutu/core'
import { cacheFolder, createKernels, createSharpCodec } from '@koutu/node'
import { type Memory, readMemory } from '@koutu/node/memory'
import type { PlainAlpha } from './alpha-input.ts'
import { createByteBudget } from './byte-budget.ts'
import { createEngines, type EngineSettings } from './engines.ts'
import { checkMemory, encodingBytes, fitsBesideNetwork, imageBytes, resultBytes } from './image-memory.ts'
import type { PlainInput } from './inputs.ts'
import { storePixels } from './raw-pixels.ts'
import { createResultMemories, type ResultMemories, type ResultMemory } from './result-memory.ts'
import { createSource } from './source.ts'

interface CutoutExtras {
  /** Put around the engine of this call: to listen to it, or to ask it more. */
  readonly around?: (engine: Engine) => Engine
  /** Stands in for the engine: what one found before, or the alpha itself. */
  readonly coarse?: CoarseAlpha | undefined
  readonly alpha?: PlainAlpha | undefined
  /** For its result, to be released by the caller. Default: released with the answer. */
  readonly result?: ResultMemory | undefined
}

export interface Pipeline extends AsyncDisposable {
  cutout(input: PlainInput, options: GroupedOptions, ctx?: Ctx, extras?: CutoutExtras): Promise<PipelineResult>
  /** `result`: what holds its memory already. It is released in the end. Errors: those of the codec. */
  encode(raster: Raster, request: EncodeRequest, ctx: Ctx, result?: ResultMemory): Promise<Uint8Array>
  /** Memory for the results of `cutout`. */
  readonly results: ResultMemories
  /** Loads what the engine of these options needs. */
  warm(options: GroupedOptions, ctx?: Ctx): Promise<void>
  /** Lets the networks and their memory go; the next call loads them again. */
  release(): Promise<void>
}

/** What one pixel of an image takes while it waits for the network: its colors, perhaps with 16 bits or as sRGB beside, and alpha. */
const BYTES_PER_PIXEL = 8
/** Five photos of 12 megapixels: enough to keep a network or two busy. */
const MAX_DECODED_BYTES = 512 * 2 ** 20

/** And that much of all memory where there is little. */
const DECODED_SHARE = 1 / 4

export interface PipelineSettings extends EngineSettings {
  /** What decoded images may take together; further calls wait with the bytes of their files. Default: up to 512 MiB. */
  readonly maxDecodedBytes?: number | undefined
  /** Images in progress at once, from which the memory for results follows. Default 4. */
  readonly concurrency?: number | undefined
  /** What images and networks may take together. Default: the memory of the container or machine. */
  readonly memory?: Memory | undefined
  /** Whether one image is all: the network's memory is released as soon as it has answered. */
  readonly once?: boolean | undefined
}

/** `kernels` may have been begun before: they are compiled while the network loads. */
export function openPipeline(settings: PipelineSettings, kernels: Promise<MatteKernels> = createKernels()): Pipeline {
  const codec = createSharpCodec()
  const source = createSource()
  const clock = { nowMs: () => performance.now() }
  const engines = createEngines(codec, settings)
  const cacheWarning = cacheFolder().warning
  let isTold = cacheWarning === null
  const openRefiner = async (name: string, ctx: Ctx) => edgeRefiner(await engines.refiners().open(name, ctx))
  const { memory = readMemory(), once = false, concurrency = Number.POSITIVE_INFINITY } = settings
  const decoded = createByteBudget(
    settings.maxDecodedBytes ?? Math.min(MAX_DECODED_BYTES, memory.bytes * DECODED_SHARE),
  )
  const results = createResultMemories(concurrency, memory.bytes)
  /** Calls whose network has not answered yet. */
  let asking = 0
  const release = async () => engines[Symbol.asyncDispose]()
  const bytesOf = async (input: PlainInput, options: GroupedOptions, ctx: Ctx) => {
    if ('location' in input) return source.read(input.location, options, ctx)
    return 'pixels' in input ? storePixels(input.pixels) : input.bytes
  }
  return {
    results,
    async encode(raster, request, ctx, result = results.open(true)) {
      try {
        await result.take(encodingBytes(raster, request), ctx.signal)
        return await codec.encode(raster, request, ctx)
      } finally {
        result.release()
      }
    },
    async cutout(input, options, ctx = {}, extras = {}) {
      const { around = (engine: Engine) => engine, coarse, alpha } = extras
      const memoryOfResult = extras.result ?? results.open()
      const readAlpha = async (given: PlainAlpha, inner: Ctx): Promise<Plane> => {
        if ('plane' in given) return given.plane
        const bytes = await bytesOf(given, options, inner)
        return alphaOf(await codec.decode(bytes, { keepIcc: false, keepMetadata: false, limits }, inner))
      }
      let leaveBudget = () => {}
      let neededBytes = 0
      let ownBytes = 0
      const read = async (inner: Ctx) => {
        const bytes = await bytesOf(input, options, inner)
        const header = headerOf(bytes, limits)
        if (!header) return bytes
        neededBytes = imageBytes(header, bytes.length, options)
        checkMemory(neededBytes, memory)
        ownBytes = resultBytes(header, bytes.length, options)
        leaveBudget = await decoded.take(header.width * header.height * BYTES_PER_PIXEL, inner.signal)
        return bytes
      }
      const finder = alpha ? alphaFinder((inner) => readAlpha(alpha, inner)) : coarse && coarseFinder(coarse)
      let isAsking = finder === undefined
      if (isAsking) asking++
      const answered = () => {
        if (isAsking) asking--
        isAsking = false
      }
      const onEvent = (event: KoutuEvent) => {
        if (event.type === 'stage' && event.step === 'matte') {
          answered()
          // Giving its memory back takes a process a while: it does so while edges are refined.
          if (asking === 0 && (once || !fitsBesideNetwork(neededBytes, memory.bytes))) void release()
        }
        ctx.onEvent?.(event)
      }
      const isRaw = 'pixels' in input || ('bytes' in input && input.isRaw === true)
      const limits = isRaw ? { ...options.limits, maxBytes: Number.POSITIVE_INFINITY } : options.limits
      const engine = () => around(engines.for(options))
      const roomForResult = () => memoryOfResult.take(ownBytes, ctx.signal)
      const deps = { codec, engine, finder, openRefiner, source, clock, kernels: () => kernels, roomForResult }
      try {
        const result = await cutout(read, { ...options, limits }, deps, { ...ctx, onEvent })
        if (cacheWarning === null || result.report.engine !== 'onnx') return result
        if (!isTold) ctx.onEvent?.({ type: 'warning', warning: cacheWarning })
        isTold = true
        return { ...result, report: { ...result.report, warnings: [...result.report.warnings, cacheWarning] } }
      } finally {
        answered()
        leaveBudget()
        if (!extras.result) memoryOfResult.release()
      }
    },
    async warm(options, ctx = {}) {
      await engines.for(options).warm(options.subject, ctx)
    },
    release,
    [Symbol.asyncDispose]: release,
  }
}

/** Null for what the codec will refuse. */
function headerOf(bytes: Uint8Array, limits: Limits): PictureHeader | null {
  try {
    return inspectPicture(bytes, limits)
  } catch {
    return null
  }
}
