// What the worker thread does: it runs the pipeline for a remover, whose own thread only passes messages.

import type { MessagePort } from 'node:worker_threads'
import { type CallMessage, createResponder } from '@koutu/core/channel'
import { createKernels } from '@koutu/node'
import type { StartedInference } from '@koutu/node/inference'
import { type HostCalls, type HostSettings, layersOf, ownBuffers, type RemoveResult } from './host-calls.ts'
import { openPipeline } from './pipeline.ts'

/** Answers calls until the thread ends. `started`: an inference process that is starting already. */
export function serveHost(port: MessagePort, started: StartedInference | undefined): void {
  // Compiled while the network loads.
  const kernels = createKernels()
  port.once('message', ({ idleMs, lanes, once }: HostSettings) => {
    const pipeline = openPipeline({ idleMs, started, lanes }, kernels)
    const responder = createResponder<HostCalls>(
      {
        remove: ({ input, options }, { signal, onEvent }) =>
          pipeline.cutout(input, options, {
            signal,
            onEvent(event) {
              // Giving its memory back takes a process a while: it does so while edges are refined.
              if (once && event.type === 'stage' && event.step === 'matte') void pipeline.release()
              onEvent(event)
            },
          }),
        async warm({ options }, ctx) {
          await pipeline.warm(options, ctx)
          return null
        },
        encode: ({ raster, request }, ctx) => pipeline.encode(raster, request, ctx),
        async close() {
          responder.abortAll()
          await pipeline.release()
          return null
        },
      },
      { post: (message, transfer) => port.postMessage(message, transfer), transfer: buffersOf },
    )
    port.on('message', (message: CallMessage) => responder.receive(message))
  })
}

function buffersOf(answer: unknown): ArrayBuffer[] {
  if (answer === null) return []
  if (answer instanceof Uint8Array) return ownBuffers(answer)
  const { raster, alpha, encode } = answer as RemoveResult
  return ownBuffers(raster.data, alpha.data, ...layersOf(encode))
}
