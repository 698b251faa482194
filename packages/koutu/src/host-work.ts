// What the worker thread does, and the composition root of the local pipeline: it alone chooses codec, engines and
// model store. The caller's thread only passes messages.

import type { MessagePort } from 'node:worker_threads'
import { cutout, toKoutuError } from '@koutu/core'
import { createKernels, createSharpCodec } from '@koutu/node'
import type { StartedInference } from '@koutu/node/inference'
import { createEngines, type Engines } from './engines.ts'
import type { FromHost, RemoveResult, ToHost } from './host-messages.ts'
import { createSource } from './source.ts'

/** Answers messages until the thread ends. `started`: an inference process that is starting already. */
export function serveHost(port: MessagePort, started: StartedInference | undefined): void {
  const codec = createSharpCodec()
  const source = createSource()
  // Compiled while the network loads.
  const kernels = createKernels()
  kernels.catch(() => {})
  const running = new Map<number, AbortController>()

  const post = (message: FromHost, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)

  async function work(
    message: Extract<ToHost, { type: 'remove' | 'warm' | 'close' }>,
    engines: Engines,
  ): Promise<void> {
    const { id } = message
    const controller = new AbortController()
    running.set(id, controller)
    const ctx = {
      signal: controller.signal,
      onEvent: (event: Extract<FromHost, { type: 'event' }>['event']) => post({ type: 'event', id, event }),
    }
    try {
      if (message.type === 'close') {
        for (const other of running.values()) if (other !== controller) other.abort()
        await engines[Symbol.asyncDispose]()
        post({ type: 'result', id, value: null })
      } else if (message.type === 'warm') {
        await engines.for(message.options).warm(message.options, ctx)
        post({ type: 'result', id, value: null })
      } else {
        const { input, options } = message
        const read = async () => ('bytes' in input ? input.bytes : source.read(input.location, options, ctx))
        const value: RemoveResult = await cutout(
          read,
          options,
          { codec, engine: engines.for, source, clock: { nowMs: () => performance.now() }, kernels: () => kernels },
          ctx,
        )
        post({ type: 'result', id, value }, transferable(value))
      }
    } catch (error) {
      post({ type: 'error', id, error: toKoutuError(error).toJSON() })
    } finally {
      running.delete(id)
    }
  }

  port.once('message', ({ idleMs, lanes }: Extract<ToHost, { type: 'open' }>) => {
    const engines = createEngines(codec, { idleMs, started, lanes })
    port.on('message', (message: Exclude<ToHost, { type: 'open' }>) => {
      if (message.type === 'abort') running.get(message.id)?.abort()
      else void work(message, engines)
    })
  })
}

/** Large buffers that JavaScript made change hands, each once; what native code owns is copied. */
function transferable({ raster, alpha, encode }: RemoveResult): ArrayBuffer[] {
  const pixels = [raster.data, alpha.data, ...(encode.layers ?? []).map((layer) => layer.raster.data)]
  return [...new Set(pixels.map(({ buffer }) => buffer))].filter(
    (buffer): buffer is ArrayBuffer => buffer instanceof ArrayBuffer,
  )
}
