// What the worker thread does: it runs the pipeline for a remover, whose own thread only passes messages.

import type { MessagePort } from 'node:worker_threads'
import { type Ctx, toKoutuError } from '@koutu/core'
import { createKernels } from '@koutu/node'
import type { StartedInference } from '@koutu/node/inference'
import { type FromHost, type HostAnswers, layersOf, ownBuffers, type ToHost } from './host-messages.ts'
import { openPipeline, type Pipeline } from './pipeline.ts'

type Job = Exclude<ToHost, { type: 'open' | 'abort' }>

/** Answers messages until the thread ends. `started`: an inference process that is starting already. */
export function serveHost(port: MessagePort, started: StartedInference | undefined): void {
  // Compiled while the network loads.
  const kernels = createKernels()
  const running = new Map<number, AbortController>()

  const post = (message: FromHost, transfer: ArrayBuffer[] = []) => port.postMessage(message, transfer)

  async function answer(message: Job, ctx: Ctx, pipeline: Pipeline): Promise<HostAnswers[Job['type']]> {
    switch (message.type) {
      case 'close':
        for (const [id, other] of running) if (id !== message.id) other.abort()
        await pipeline.release()
        return null
      case 'warm':
        await pipeline.warm(message.options, ctx)
        return null
      case 'encode':
        return pipeline.encode(message.raster, message.request, ctx)
      case 'remove':
        return pipeline.cutout(message.input, message.options, ctx)
    }
  }

  async function work(message: Job, pipeline: Pipeline, once: boolean): Promise<void> {
    const { id } = message
    const controller = new AbortController()
    running.set(id, controller)
    const ctx = {
      signal: controller.signal,
      onEvent: (event: Extract<FromHost, { type: 'event' }>['event']) => {
        // Giving its memory back takes a process a while: it does so while edges are refined.
        if (once && event.type === 'stage' && event.step === 'matte') void pipeline.release()
        post({ type: 'event', id, event })
      },
    }
    try {
      const value = await answer(message, ctx, pipeline)
      post({ type: 'result', id, value }, buffersOf(value))
    } catch (error) {
      post({ type: 'error', id, error: toKoutuError(error).toJSON() })
    } finally {
      running.delete(id)
    }
  }

  port.once('message', ({ idleMs, lanes, once }: Extract<ToHost, { type: 'open' }>) => {
    const pipeline = openPipeline({ idleMs, started, lanes }, kernels)
    port.on('message', (message: Exclude<ToHost, { type: 'open' }>) => {
      if (message.type === 'abort') running.get(message.id)?.abort()
      else void work(message, pipeline, once)
    })
  })
}

function buffersOf(value: HostAnswers[Job['type']]): ArrayBuffer[] {
  if (value === null) return []
  if (value instanceof Uint8Array) return ownBuffers(value)
  return ownBuffers(value.raster.data, value.alpha.data, ...layersOf(value.encode))
}
