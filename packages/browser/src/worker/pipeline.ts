// The composition root of the worker: it alone chooses codec, kernels, engine and source.

import { createKernels, loadKernels } from '@koutu/core/kernels'
import type { GroupedOptions } from '@koutu/core/options'
import { cutout, type PipelineResult } from '@koutu/core/pipeline'
import type { Raster } from '@koutu/core/pixels'
import type { Codec, Ctx, EncodeRequest } from '@koutu/core/ports'
import { type BrowserCodec, checkFormat, createBrowserCodec } from '../codec/browser-codec.ts'
import { decodePixels } from '../codec/decode.ts'
import { loadRuntime, type RuntimeFiles } from '../engine/runtime.ts'
import { createWebEngine, type Provider } from '../engine/web-engine.ts'
import { fetchFile } from '../files/fetch-file.ts'
import type { OpenMessage, WireInput } from '../messages.ts'
import { createFetchSource } from './source.ts'
import { threadsOf } from './threads.ts'

export interface Pipeline {
  cutout(input: WireInput, options: GroupedOptions, ctx: Ctx): Promise<PipelineResult>
  /** Loads what the engine of these options needs. */
  warm(options: GroupedOptions, ctx: Ctx): Promise<void>
  encode(raster: Raster, request: EncodeRequest, signal: AbortSignal): Promise<Blob>
}

export function openPipeline({ baseUrl, pageUrl, manifest }: OpenMessage): Pipeline {
  const urlOf: RuntimeFiles['urlOf'] = ({ name }) => new URL(name, baseUrl).href
  const filesFor = (ctx: Ctx, id: string): RuntimeFiles => ({
    urlOf,
    read: (file) =>
      fetchFile(file, baseUrl, (done) =>
        ctx.onEvent?.({ type: 'model', id, phase: 'download', done, total: file.bytes }),
      ),
  })
  const kernels = once(() =>
    loadKernels(
      () => fetchFile(manifest.kernels, baseUrl, () => {}),
      (ms, work) => {
        const timer = setTimeout(work, ms)
        return () => clearTimeout(timer)
      },
    ),
  )
  const codec = createBrowserCodec(kernels)
  const provider = once(async (): Promise<Provider> => {
    const { count, warnings } = threadsOf(crossOriginIsolated, navigator.hardwareConcurrency)
    const runtime = await loadRuntime(manifest.runtimes.wasm, count, filesFor({}, 'runtime'))
    return { name: 'wasm', runtime, warnings }
  })
  const engine = createWebEngine({ models: manifest.models, provider, files: filesFor })
  const source = createFetchSource(pageUrl)
  const clock = { nowMs: () => performance.now() }
  return {
    cutout(input, options, ctx) {
      checkFormat(options.output.format)
      const read = async (inner: Ctx) => {
        if (input.type === 'url') return source.read(input.url, options, inner)
        if (input.type === 'blob') return new Uint8Array(await input.blob.arrayBuffer())
        return input.type === 'bytes' ? input.bytes : new Uint8Array()
      }
      const deps = {
        codec:
          input.type === 'bitmap'
            ? decoding(codec, input.bitmap)
            : input.type === 'pixels'
              ? decoding(codec, input.pixels)
              : codec,
        engine: () => engine,
        source,
        clock,
        kernels: () => createKernels(kernels()),
      }
      return cutout(read, options, deps, ctx)
    },
    warm: (options, ctx) => engine.warm(options.subject, ctx),
    encode: codec.encodeBlob,
  }
}

/** The codec, whose next image has been decoded by somebody else. */
function decoding(codec: BrowserCodec, pixels: ImageBitmap | ImageData): Codec {
  let isTaken = false
  return {
    ...codec,
    async decode(bytes, request, ctx) {
      if (isTaken) return codec.decode(bytes, request, ctx)
      isTaken = true
      return decodePixels(pixels, request)
    },
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => {
    made ??= make().catch((error: unknown) => {
      made = null
      throw error
    })
    return made
  }
}
