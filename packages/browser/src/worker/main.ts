// The worker: answers messages until the page ends it.

import { toKoutuError } from '@koutu/core/errors'
import { decodeTexts, describeOptions, Options, resolve } from '@koutu/core/options'
import type { Raster } from '@koutu/core/pixels'
import type { Ctx } from '@koutu/core/ports'
import * as z from 'zod'
import { toRgba } from '../codec/rgba.ts'
import type { FromWorker, RemoveResult, RequestName, Requests, StoredRaster, ToWorker } from '../messages.ts'
import { openPipeline, type Pipeline } from './pipeline.ts'

// Pages may forbid code made of strings.
z.config({ jitless: true })

type Job = Extract<ToWorker, { readonly ask: unknown }>
type Answer = Requests[RequestName]['answer']

const scope = globalThis as unknown as {
  postMessage(message: FromWorker, transfer: Transferable[]): void
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null
}
const descriptors = describeOptions(Options)
const running = new Map<number, AbortController>()
let pipeline: Pipeline | null = null

const resolveTexts = (options: Options) => resolve(decodeTexts(descriptors, options) as Options)

async function answer(
  job: Job,
  ctx: Ctx & { readonly signal: AbortSignal },
  { cutout, warm, encode }: Pipeline,
): Promise<Answer> {
  switch (job.type) {
    case 'warm':
      await warm(resolveTexts(job.ask.options), ctx)
      return null
    case 'remove': {
      const { raster, alpha, report, encode } = await cutout(job.ask.input, resolveTexts(job.ask.options), ctx)
      return { raster: store(raster), alpha, report, encode } satisfies RemoveResult
    }
    case 'encode':
      return encode(await load(job.ask.raster), job.ask.request, ctx.signal)
    case 'rgba':
      return toRgba(await load(job.ask.raster)).buffer
  }
}

async function work(job: Job, opened: Pipeline): Promise<void> {
  const { id } = job
  const controller = new AbortController()
  running.set(id, controller)
  const ctx = {
    signal: controller.signal,
    onEvent: (event: Extract<FromWorker, { type: 'event' }>['event']) =>
      scope.postMessage({ type: 'event', id, event }, []),
  }
  try {
    const value = await answer(job, ctx, opened)
    scope.postMessage({ type: 'answer', id, answer: value }, buffersOf(value))
  } catch (error) {
    const { code, message, data } = toKoutuError(error).toJSON()
    scope.postMessage({ type: 'failed', id, error: { code, message, data } }, [])
  } finally {
    running.delete(id)
  }
}

function store({ data, ...raster }: Raster): StoredRaster {
  const bytesPerSample = data.BYTES_PER_ELEMENT === 1 ? 1 : 2
  return { ...raster, bytesPerSample, data: new Blob([data as Uint8Array<ArrayBuffer>]) }
}

async function load({ data, bytesPerSample, ...raster }: StoredRaster): Promise<Raster> {
  const buffer = await data.arrayBuffer()
  return { ...raster, data: bytesPerSample === 1 ? new Uint8Array(buffer) : new Uint16Array(buffer) }
}

function buffersOf(value: Answer): Transferable[] {
  if (value === null || value instanceof Blob) return []
  return value instanceof ArrayBuffer ? [value] : [value.alpha.data.buffer as ArrayBuffer]
}

scope.onmessage = ({ data: message }) => {
  if (message.type === 'open') pipeline = openPipeline(message)
  else if (message.type === 'abort') running.get(message.id)?.abort()
  else if (pipeline) void work(message, pipeline)
}
