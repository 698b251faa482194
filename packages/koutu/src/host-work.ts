// What the worker thread does, and the composition root of the local pipeline: it alone chooses codec, engines and
// model store. The caller's thread only passes messages.

import type { MessagePort } from 'node:worker_threads'
import { type Ctx, cutout, toKoutuError } from '@koutu/core'
import { createKernels, createSharpCodec } from '@koutu/node'
import type { StartedInference } from '@koutu/node/inference'
import { createEngines, type Engines } from './engines.ts'
import { type FromHost, type HostAnswers, layersOf, ownBuffers, type ToHost } from './host-messages.ts'
import { createSource } from './source.ts'

type Job = Exclude<ToHost, { type: 'open' | 'abort' }>

/** Answers messages until the thread ends. `started`: an inference process that is starting already. */
export function serveHost(port: MessagePort, started: StartedInference | undefined): void {
  const codec = createSharpCodec()
  const source = createSource()
  // Compiled while the network loads.
  const kernels = createKernels()
  kernels.catch(() => {})
  const running = new Map<number, AbortController>()

  const post = (message: FromHost, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)

  async function answer(message: Job, ctx: Ctx, engines: Engines): Promise<HostAnswers[Job['type']]> {
    switch (message.type) {
      case 'close':
        for (const [id, other] of running) if (id !== message.id) other.abort()
        await engines[Symbol.asyncDispose]()
        return null
      case 'warm':
        await engines.for(message.options).warm(message.options, ctx)
        return null
      case 'encode':
        return codec.encode(message.raster, message.request, ctx)
      case 'remove': {
        const { input, options } = message
        const read = async () => ('bytes' in input ? input.bytes : source.read(input.location, options, ctx))
        const clock = { nowMs: () => performance.now() }
        return cutout(read, options, { codec, engine: engines.for, source, clock, kernels: () => kernels }, ctx)
      }
    }
  }

  async function work(message: Job, engines: Engines, once: boolean): Promise<void> {
    const { id } = message
    const controller = new AbortController()
    running.set(id, controller)
    const ctx = {
      signal: controller.signal,
      onEvent: (event: Extract<FromHost, { type: 'event' }>['event']) => {
        // Giving its memory back takes a process a while: it does so while edges are refined.
        if (once && event.type === 'stage' && event.step === 'matte') void engines[Symbol.asyncDispose]()
        post({ type: 'event', id, event })
      },
    }
    try {
      const value = await answer(message, ctx, engines)
      post({ type: 'result', id, value }, buffersOf(value))
    } catch (error) {
      post({ type: 'error', id, error: toKoutuError(error).toJSON() })
    } finally {
      running.delete(id)
    }
  }

  port.once('message', ({ idleMs, lanes, once }: Extract<ToHost, { type: 'open' }>) => {
    const engines = createEngines(codec, { idleMs, started, lanes })
    port.on('message', (message: Exclude<ToHost, { type: 'open' }>) => {
      if (message.type === 'abort') running.get(message.id)?.abort()
      else void work(message, engines, once)
    })
  })
}

function buffersOf(value: HostAnswers[Job['type']]): ArrayBuffer[] {
  if (value === null) return []
  if (value instanceof Uint8Array) return ownBuffers(value)
  return ownBuffers(value.raster.data, value.alpha.data, ...layersOf(value.encode))
}
