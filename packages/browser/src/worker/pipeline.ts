// The composition root of the worker: it alone chooses codec, kernels, engine, files and source.

import { KoutuError, throwIfAborted } from '@koutu/core/errors'
import { createKernels, loadKernels } from '@koutu/core/kernels'
import { type GroupedOptions, OWN_REFINER } from '@koutu/core/options'
import { type CoarseAlpha, coarseFinder, cutout, type PipelineResult } from '@koutu/core/pipeline'
import type { Codec, Ctx } from '@koutu/core/ports'
import { type BrowserCodec, createBrowserCodec, type Extras } from '../codec/browser-codec.ts'
import { decodePixels } from '../codec/decode.ts'
import { chooseModel } from '../engine/choose-model.ts'
import { type Choose, createLane, createTurn, hasPlanOn } from '../engine/lane.ts'
import type { openRunner } from '../engine/open-runner.ts'
import { createWebEngine } from '../engine/web-engine.ts'
import { importCode } from '../files/import-code.ts'
import type { AssetFile } from '../files/manifest.ts'
import type { OpenMessage, WireInput } from '../messages.ts'
import { createDevices } from './devices.ts'
import { openFiles } from './files.ts'
import { once } from './once.ts'
import { checkPageOptions } from './page-options.ts'
import { createScratch } from './scratch.ts'
import { createFetchSource } from './source.ts'

export interface Pipeline {
  /** `coarse` stands in for the engine. */
  cutout(input: WireInput, options: GroupedOptions, ctx: Ctx, coarse?: CoarseAlpha): Promise<PipelineResult>
  /** Loads what the engine of these options needs. */
  warm(options: GroupedOptions, ctx: Ctx): Promise<void>
  preload(options: GroupedOptions, ctx: Ctx): Promise<void>
  isCached(options: GroupedOptions): Promise<boolean>
  encode: BrowserCodec['encodeStored']
}

export function openPipeline({ baseUrl, pageUrl, manifest, device }: OpenMessage): Pipeline {
  const files = openFiles(baseUrl)
  const kernels = once(() =>
    loadKernels(
      () => files.read(manifest.kernels),
      (ms, work) => {
        const timer = setTimeout(work, ms)
        return () => clearTimeout(timer)
      },
    ),
  )
  const extras = once(() => importCode<Extras>(files.urlOf(manifest.extras)))
  const codec = createBrowserCodec({ kernels, extras, avif: manifest.avif, files })
  const opener = once(() => importCode<{ readonly openRunner: typeof openRunner }>(files.urlOf(manifest.engine)))
  // WebGPU knows floats only.
  const isInFloat = manifest.models.some(({ precision }) => precision !== 'int8')
  const devices = createDevices(device === 'auto' && !isInFloat ? 'wasm' : device, async (candidate, onBytes) =>
    (await opener()).openRunner(manifest, candidate, files, onBytes),
  )
  const lanes = { ...devices, files, inTurn: createTurn() }
  const engine = createWebEngine({ models: manifest.models, lane: createLane(lanes), files, kernels })
  const refinerLane = createLane(lanes)
  const refinerOf = async (name: string) => (await extras()).chooseRefiner(manifest.refiners, name)
  const source = createFetchSource(pageUrl)
  const clock = { nowMs: () => performance.now() }
  /** Of a network and of what runs it. */
  const networkFiles = async (choose: Choose): Promise<readonly AssetFile[]> => {
    const likely = await devices.likely(hasPlanOn(choose))
    const { graph, weights, plan } = choose(likely).model
    if (likely.products && plan) {
      const { wasm, wide } = manifest.integers
      return [likely.products === 'wide' ? wide : wasm, plan, weights]
    }
    const tests = manifest.selfTests.map(({ graph }) => graph)
    return [...tests, manifest.runtimes[likely.name].wasm, graph, weights]
  }
  const filesFor = async ({ subject, edge, output }: GroupedOptions): Promise<readonly AssetFile[]> => {
    const encoder = output.format === 'avif' ? [manifest.avif.wasm] : []
    const network = await networkFiles((device) => chooseModel(manifest.models, subject, device))
    const refiner =
      edge.refiner === OWN_REFINER
        ? []
        : await refinerOf(edge.refiner).then((model) => networkFiles(() => ({ model, warnings: [] })))
    return [manifest.kernels, ...network, ...refiner, ...encoder]
  }
  const isCached = async (options: GroupedOptions) => {
    for (const file of await filesFor(options)) if (!(await files.isCached(file))) return false
    return true
  }
  return {
    async cutout(input, options, ctx, coarse) {
      checkPageOptions(options)
      if (options.network.offline && !(await isCached(options))) {
        throw new KoutuError('OFFLINE', {
          detail: 'offline: files would have to be downloaded; preload() does so before',
        })
      }
      const read = async (inner: Ctx) => {
        if (input.type === 'url') return source.read(input.url, options, inner)
        if (input.type === 'blob') return new Uint8Array(await input.blob.arrayBuffer())
        return input.type === 'bytes' ? input.bytes : new Uint8Array()
      }
      const scratch = createScratch()
      const deps = {
        codec: scratch.codec(codecFor(codec, input, extras)),
        engine: () => engine,
        finder: coarse && coarseFinder(coarse),
        openRefiner: async (name: string, inner: Ctx) =>
          (await extras()).openEdgeRefiner(await refinerOf(name), refinerLane, inner),
        source,
        clock,
        kernels: async () => scratch.kernels(await createKernels(kernels())),
      }
      const result = await cutout(read, options, deps, ctx)
      scratch.free(result)
      return result
    },
    warm: (options, ctx) => engine.warm(options.subject, ctx),
    async preload(options, ctx) {
      const needed = await filesFor(options)
      for (const file of needed) {
        throwIfAborted(ctx.signal)
        await files.read(file, (phase, done) =>
          ctx.onEvent?.({ type: 'model', id: file.name, phase, done, total: file.bytes }),
        )
      }
    },
    isCached,
    encode: codec.encodeStored,
  }
}

/** The codec. Where the input is pixels, the first image is decoded already. */
function codecFor(codec: BrowserCodec, input: WireInput, extras: () => Promise<Extras>): Codec {
  const pixels = input.type === 'bitmap' ? input.bitmap : input.type === 'pixels' ? input.pixels : null
  if (!pixels) return codec
  let isTaken = false
  return {
    ...codec,
    async decode(bytes, request, ctx) {
      if (isTaken) return codec.decode(bytes, request, ctx)
      isTaken = true
      return decodePixels(pixels, request, extras)
    },
  }
}
