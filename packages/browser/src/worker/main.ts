// The worker: answers calls until the page ends it.

import { type AnswerMessage, type CallMessage, createResponder, type Responder } from '@koutu/core/channel'
import { decodeTexts, describeOptions, Options, resolve } from '@koutu/core/options'
import type { Raster } from '@koutu/core/pixels'
import type { EncodeRequest } from '@koutu/core/ports'
import * as z from 'zod'
import { toRgba } from '../codec/rgba.ts'
import { freeBuffer } from '../free-buffer.ts'
import type { AliveMessage, OpenMessage, RemoveResult, StoredRaster, StoredRequest, WorkerCalls } from '../messages.ts'
import { openPipeline } from './pipeline.ts'
import { rastersOf } from './scratch.ts'

// Pages may forbid code made of strings.
z.config({ jitless: true })

const scope = globalThis as unknown as {
  postMessage(message: AnswerMessage | AliveMessage, transfer: Transferable[]): void
  onmessage: ((event: MessageEvent<OpenMessage | CallMessage>) => void) | null
}
const descriptors = describeOptions(Options)
const resolveTexts = (options: Options) => resolve(decodeTexts(descriptors, options) as Options)

let responder: Responder | null = null

function open(message: OpenMessage): Responder {
  const { cutout, warm, preload, isCached, encode } = openPipeline(message)
  const tell = (holdsLock: boolean) => scope.postMessage({ type: 'alive', holdsLock }, [])
  // Held until the worker has ended, which the page learns by it. Some pages have no locks, or may not use them.
  const holding = navigator.locks?.request(message.lifeLock, () => {
    tell(true)
    return new Promise(() => {})
  })
  Promise.resolve(holding).then(
    () => tell(false),
    () => tell(false),
  )
  return createResponder<WorkerCalls>(
    {
      async remove({ input, options, coarse }, ctx) {
        const { raster, encode, ...result } = await cutout(input, resolveTexts(options), ctx, coarse)
        const stored = { ...result, raster: store(raster), encode: storeRequest(encode) }
        for (const { data } of rastersOf({ raster, encode })) freeBuffer(data.buffer)
        return stored
      },
      async warm({ options }, ctx) {
        await warm(resolveTexts(options), ctx)
        return null
      },
      async preload({ options }, ctx) {
        await preload(resolveTexts(options), ctx)
        return null
      },
      cached: async ({ options }) => isCached(resolveTexts(options)),
      encode: async ({ raster, request }, { signal }) => encode(await load(raster), await loadRequest(request), signal),
      rgba: async ({ raster }) => toRgba(await load(raster)).buffer,
    },
    { post: (answer, transfer) => scope.postMessage(answer, transfer), transfer: buffersOf },
  )
}

function store({ data, ...raster }: Raster): StoredRaster {
  const bytesPerSample = data.BYTES_PER_ELEMENT === 1 ? 1 : 2
  return { ...raster, bytesPerSample, data: new Blob([data as Uint8Array<ArrayBuffer>]) }
}

async function load({ data, bytesPerSample, ...raster }: StoredRaster): Promise<Raster> {
  const buffer = await data.arrayBuffer()
  return { ...raster, data: bytesPerSample === 1 ? new Uint8Array(buffer) : new Uint16Array(buffer) }
}

function storeRequest({ layers = [], ...request }: EncodeRequest): StoredRequest {
  return { ...request, layers: layers.map(({ raster, ...layer }) => ({ ...layer, raster: store(raster) })) }
}

async function loadRequest({ layers, ...request }: StoredRequest): Promise<EncodeRequest> {
  const loaded = layers.map(async ({ raster, ...layer }) => ({ ...layer, raster: await load(raster) }))
  return { ...request, layers: await Promise.all(loaded) }
}

function buffersOf(answer: unknown): ArrayBuffer[] {
  if (answer instanceof ArrayBuffer) return [answer]
  const { alpha, coarse } = (answer ?? {}) as Partial<RemoveResult>
  return [alpha, coarse].flatMap((one) => (one ? [one.data.buffer as ArrayBuffer] : []))
}

scope.onmessage = ({ data: message }) => {
  if (message.type === 'open') responder = open(message)
  else responder?.receive(message)
}
