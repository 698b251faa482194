// What the worker thread does: it runs the pipeline for a remover, whose own thread only passes messages.

import type { MessagePort } from 'node:worker_threads'
import { type CallMessage, createResponder, type Responder } from '@koutu/core/channel'
import { createKernels } from '@koutu/node'
import type { StartedInference } from '@koutu/node/inference'
import { collectGarbageIfLarge, readMemory } from '@koutu/node/memory'
import type { Encoded } from './cutout.ts'
import { type HostCalls, type HostSettings, layersOf, ownBuffers, type RemoveResult } from './host-calls.ts'
import { openPipeline } from './pipeline.ts'
import type { ResultMemory } from './result-memory.ts'

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
    /** Of results that have not been encoded, by the ids of their calls. */
    const results = new Map<number, ResultMemory>()
    const responder = createResponder<HostCalls>(
      {
        remove({ id, input, options, coarse, alpha }, ctx) {
          const result = pipeline.results.open()
          results.set(id, result)
          return pipeline.cutout(input, options, ctx, { coarse, alpha, result }).finally(collectGarbageIfLarge)
        },
        async warm({ options }, ctx) {
          await pipeline.warm(options, ctx)
          return null
        },
        async encode({ id, raster, request }, ctx) {
          const result = results.get(id)
          results.delete(id)
          const bytes = await pipeline.encode(raster, request, ctx, result).finally(collectGarbageIfLarge)
          return { bytes, raster, layers: request.layers }
        },
        async settle({ id }) {
          results.get(id)?.release()
          results.delete(id)
          return null
        },
        async close() {
          responder.abortAll()
          await pipeline.release()
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
