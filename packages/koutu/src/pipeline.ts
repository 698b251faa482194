// The composition root of the local pipeline: it alone chooses codec, kernels, engines and model store. The worker thread,
// the evaluation and tests open the same one.

import {
  type Codec,
  type Ctx,
  cutout,
  type Engine,
  type GroupedOptions,
  type MatteKernels,
  type PipelineResult,
} from '@koutu/core'
import { createKernels, createSharpCodec } from '@koutu/node'
import { createEngines, type EngineSettings } from './engines.ts'
import type { PlainInput } from './inputs.ts'
import { storePixels } from './raw-pixels.ts'
import { createSource } from './source.ts'

export interface Pipeline extends Pick<Codec, 'encode'>, AsyncDisposable {
  /** `around` is put around the engine of this call: to listen to it, or to ask it more. */
  cutout(
    input: PlainInput,
    options: GroupedOptions,
    ctx?: Ctx,
    around?: (engine: Engine) => Engine,
  ): Promise<PipelineResult>
  /** Loads what the engine of these options needs. */
  warm(options: GroupedOptions, ctx?: Ctx): Promise<void>
  /** Lets the networks and their memory go; the next call loads them again. */
  release(): Promise<void>
}

/** `kernels` may have been begun before: they are compiled while the network loads. */
export function openPipeline(settings: EngineSettings, kernels: Promise<MatteKernels> = createKernels()): Pipeline {
  const codec = createSharpCodec()
  const source = createSource()
  const clock = { nowMs: () => performance.now() }
  const engines = createEngines(codec, settings)
  const release = async () => engines[Symbol.asyncDispose]()
  kernels.catch(() => {})
  return {
    encode: codec.encode,
    async cutout(input, options, ctx, around = (engine) => engine) {
      const read = async (inner: Ctx) => {
        if ('location' in input) return source.read(input.location, options, inner)
        return 'pixels' in input ? storePixels(input.pixels) : input.bytes
      }
      const isRaw = 'pixels' in input || ('bytes' in input && input.isRaw === true)
      const limits = isRaw ? { ...options.limits, maxBytes: Number.POSITIVE_INFINITY } : options.limits
      const engine = () => around(engines.for(options))
      return cutout(read, { ...options, limits }, { codec, engine, source, clock, kernels: () => kernels }, ctx)
    },
    async warm(options, ctx = {}) {
      await engines.for(options).warm(options.subject, ctx)
    },
    release,
    [Symbol.asyncDispose]: release,
  }
}
