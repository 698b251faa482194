// What the worker thread does: it runs the pipeline for a remover, whose own thread only passes messages.

import type { MessagePort } from 'node:worker_threads'
import { type CallMessage, createResponder, type Responder } from '@koutu/core/channel'
import { createKernels } from '@koutu/node'
import type { StartedInference } from '@koutu/node/inference'
import { collectGarbageIfLarge, readMemory } from '@koutu/node/memory'
import type { Encoded } from './cutout.ts'
import { type HostCalls, type HostSettings, layersOf, ownBuffers, type RemoveResult } from './host-calls.ts'
import { openPipeline } from './pipeline.ts'

/** The settings come first, then calls. */
export type HostMessage = HostSettings | CallMessage

/**
 * Returns what receives the messages of the remover's thread; `port` takes the answers. `started`: an inference process that is
 * starting already.
 */
export function serveHost(port: MessagePort, started: StartedInference | undefined): (message: HostMessage) => void {
  // Compiled while the network loads.
  const kernels = createKernels()
  const open = ({ reservedBytes, ...settings }: HostSettings): Responder => {
    const { bytes, isLimited } = readMemory()
    const memory = { bytes: bytes - reservedBytes, isLimited }
    const pipeline = openPipeline({ ...settings, started, memory }, kernels)
    const responder = createResponder<HostCalls>(
      {
        remove: ({ input, options, coarse, alpha }, ctx) =>
          pipeline.cutout(input, options, ctx, { coarse, alpha }).finally(collectGarbageIfLarge),
        async warm({ options }, ctx) {
          await pipeline.warm(options, ctx)
          return null
        },
        async encode({ raster, request }, ctx) {
          const bytes = await pipeline.encode(raster, request, ctx).finally(collectGarbageIfLarge)
          return { bytes, raster, layers: request.layers }
        },
        async close() {
          responder.abortAll()
          await pipeline.leave()
          return null
        },
      },
      { post: (message, transfer) => port.postMessage(message, transfer), transfer: buffersOf },
    )
    return responder
  }
  let responder: Responder | null = null
  return (message) => {
    if (responder) responder.receive(message as CallMessage)
    else responder = open(message as HostSettings)
  }
}

/** `given`: what a call answers. */
function buffersOf(given: unknown): ArrayBuffer[] {
  if (given === null) return []
  const answer = given as RemoveResult | Encoded
  if ('bytes' in answer) return ownBuffers(answer.bytes, answer.raster.data, ...layersOf(answer))
  const coarse = answer.coarse ? [answer.coarse.data] : []
  return ownBuffers(answer.raster.data, answer.alpha.data, ...coarse, ...layersOf(answer.encode))
}
