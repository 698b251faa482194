// The worker: answers calls until the page ends it.

import { type AnswerMessage, type CallMessage, createResponder, type Responder } from '@koutu/core/channel'
import { decodeTexts, describeOptions, Options, resolve } from '@koutu/core/options'
import * as z from 'zod'
import { storeRequest } from '../codec/browser-codec.ts'
import { toRgba } from '../codec/rgba.ts'
import { loadRows, storeRaster } from '../codec/stored-raster.ts'
import { freeBuffer } from '../free-buffer.ts'
import type { AliveMessage, OpenMessage, RemoveResult, WorkerCalls } from '../messages.ts'
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
        const stored = { ...result, raster: await storeRaster(raster), encode: await storeRequest(encode) }
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
      encode: ({ raster, request }, { signal }) => encode(raster, request, signal),
      rgba: async ({ raster }) => toRgba(await loadRows(raster)).buffer,
    },
    { post: (answer, transfer) => scope.postMessage(answer, transfer), transfer: buffersOf },
  )
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
