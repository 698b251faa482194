// The library's face: one call, or a remover that keeps its worker thread, process and network between calls.

import type { Worker } from 'node:worker_threads'
import {
  type Ctx,
  type EncodeRequest,
  FORMAT_FILES,
  fromJSON,
  type GroupedOptions,
  KoutuError,
  type OutputFormat,
  type Plane,
  type Raster,
  type Report,
  throwIfAborted,
  type Warning,
} from '@koutu/core'
import {
  type FromHost,
  type HostAnswers,
  type HostSettings,
  layersOf,
  ownBuffers,
  type RemoveResult,
  type ToHost,
} from './host-messages.ts'
import { startHost } from './host-thread.ts'
import { plainInput, type RemoverInput } from './inputs.ts'
import { guardListener } from './listener.ts'
import { type Options, resolve as resolveOptions } from './options.ts'

export interface CutoutImage {
  readonly format: OutputFormat
  readonly mimeType: string
  readonly width: number
  readonly height: number
  /** The encoded file. Encoded at the first call, off the caller's thread; the same bytes afterwards. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>
  /** The encoded file with its media type. */
  blob(): Promise<Blob>
  /** The encoded file as a stream of bytes. Encoded when it is first read. */
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>
}

export interface Cutout {
  readonly image: CutoutImage
  /** Foreground share of each pixel of the whole picture, in [0, 1], at full resolution. The caller owns it. */
  readonly alpha: Plane
  readonly report: Report
  readonly warnings: readonly Warning[]
}

export interface RemoverSettings {
  /** Milliseconds without work after which the network's memory is let go. Default 60 000. */
  readonly idleMs?: number
  /**
   * Networks that run at the same time, each on its share of the processors and with 0.4 GB of its own. 1, the default, is
   * soonest done with one picture; 2 do about a fifth more pictures in a time where calls overlap.
   */
  readonly lanes?: number
  /**
   * Whether one picture is all: the network's memory is let go as soon as it has answered, while edges are still being
   * refined. Another picture is no error, but loads the network anew. Default false.
   */
  readonly once?: boolean
}

export interface Remover extends AsyncDisposable {
  /** Cuts the subject out of one picture. Calls may overlap. Errors: any KoutuError. */
  remove(input: RemoverInput, options?: Options, ctx?: Ctx): Promise<Cutout>
  /** Loads the network, so that the first picture does not wait for it. */
  warm(options?: Options, ctx?: Ctx): Promise<void>
}

type Answer = HostAnswers[keyof HostAnswers]

interface Pending {
  readonly ctx: Ctx
  resolve(value: Answer): void
  reject(error: unknown): void
}

type Distribute<T> = T extends unknown ? Omit<T, 'id'> : never

/**
 * A remover with defaults for its calls.
 * @example
 * await using remover = await createRemover({ crop: true })
 * const { image } = await remover.remove('photo.jpg')
 */
export async function createRemover(defaults: Options = {}, settings: RemoverSettings = {}): Promise<Remover> {
  const { engine } = resolveOptions(defaults)
  const { idleMs = 60_000, lanes = 1, once = false } = settings
  return startRemover(defaults, { idleMs, lanes, once }, engine.id === 'onnx')
}

let shared: Remover | null = null

/**
 * Cuts the subject out of one picture with a shared remover that lets its network go after ten idle seconds.
 * @example
 * const { image } = await removeBackground('photo.jpg')
 * await writeFile('photo.png', await image.bytes())
 */
export async function removeBackground(input: RemoverInput, options?: Options, ctx?: Ctx): Promise<Cutout> {
  shared ??= startRemover({}, { idleMs: 10_000, lanes: 1, once: false }, (options?.engine ?? 'onnx') === 'onnx')
  return shared.remove(input, options, ctx)
}

function startRemover(defaults: Options, settings: HostSettings, startsInference: boolean): Remover {
  const pending = new Map<number, Pending>()
  let nextId = 0
  let worker: Worker | null = null
  let closed = false

  const failAll = (error: unknown) => {
    worker = null
    for (const { reject } of pending.values()) reject(error)
    pending.clear()
  }

  /** Started at the first call, and again after a crash. */
  const host = (): Worker => {
    if (worker) return worker
    const fresh = startHost({ startsInference })
    fresh.postMessage({ type: 'open', ...settings } satisfies ToHost)
    fresh.on('message', (message: FromHost) => receive(message))
    fresh.on('error', (error) => failAll(new KoutuError('ENGINE_FAILED', { detail: error.message, cause: error })))
    fresh.on('exit', (code) => {
      if (worker === fresh)
        failAll(new KoutuError('ENGINE_FAILED', { detail: `the worker thread ended with code ${code}` }))
    })
    worker = fresh
    return fresh
  }

  const receive = (message: FromHost) => {
    const call = pending.get(message.id)
    if (!call) return
    if (message.type === 'event') {
      call.ctx.onEvent?.(message.event)
      return
    }
    pending.delete(message.id)
    // An idle remover must not keep the program alive.
    if (pending.size === 0) worker?.unref()
    if (message.type === 'result') call.resolve(message.value)
    else call.reject(fromJSON(message.error))
  }

  const ask = async <T extends keyof HostAnswers>(
    message: Distribute<Extract<ToHost, { type: T }>>,
    ctx: Ctx,
    transfer: ArrayBuffer[] = [],
  ): Promise<HostAnswers[T]> => {
    throwIfAborted(ctx.signal)
    // Reading the input took a while: the remover may have been disposed of since.
    if (closed && message.type !== 'close') throw disposed()
    const id = nextId++
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const thread = host()
    pending.set(id, { ctx, resolve, reject })
    thread.ref()
    const onAbort = () => {
      pending.delete(id)
      thread.postMessage({ type: 'abort', id } satisfies ToHost)
      if (pending.size === 0) thread.unref()
      reject(new KoutuError('ABORTED', { cause: ctx.signal?.reason }))
    }
    ctx.signal?.addEventListener('abort', onAbort, { once: true })
    thread.postMessage({ ...message, id } as ToHost, transfer)
    try {
      return (await promise) as HostAnswers[T]
    } finally {
      ctx.signal?.removeEventListener('abort', onAbort)
    }
  }

  const resolve = (options: Options | undefined): GroupedOptions => {
    if (closed) throw disposed()
    return resolveOptions({ ...defaults, ...options })
  }

  /** Where the codec is loaded already; here, once the thread has gone. */
  const encode: Encode = async (raster, request) => {
    if (!closed)
      return ask<'encode'>({ type: 'encode', raster, request }, {}, ownBuffers(raster.data, ...layersOf(request)))
    const { createSharpCodec } = await import('@koutu/node/codec')
    return createSharpCodec().encode(raster, request, {})
  }

  return {
    async remove(input, options, given = {}) {
      const { ctx, warnings } = guardListener(given)
      const resolved = resolve(options)
      const plain = await plainInput(input, resolved.limits.maxBytes, ctx.signal)
      const own = 'bytes' in plain && plain.isOwn ? ownBuffers(plain.bytes) : []
      const result = await ask<'remove'>({ type: 'remove', input: plain, options: resolved }, ctx, own)
      const report = { ...result.report, warnings: [...result.report.warnings, ...warnings] }
      return toCutout({ ...result, report }, encode)
    },
    async warm(options, ctx = {}) {
      await ask<'warm'>({ type: 'warm', options: resolve(options) }, guardListener(ctx).ctx)
    },
    async [Symbol.asyncDispose]() {
      closed = true
      if (!worker) return
      const thread = worker
      await ask<'close'>({ type: 'close' }, {})
      worker = null
      for (const { reject } of pending.values()) reject(disposed())
      pending.clear()
      await thread.terminate()
    },
  }
}

function disposed(): KoutuError {
  return new KoutuError('ABORTED', { detail: 'the remover has been disposed of' })
}

type Encode = (raster: Raster, request: EncodeRequest) => Promise<Uint8Array>

function toCutout({ raster, alpha, report, encode: request }: RemoveResult, encode: Encode): Cutout {
  const timingsMs: Record<string, number> = { ...report.timingsMs }
  let encoded: Promise<Uint8Array<ArrayBuffer>> | null = null
  const encodeNow = async (): Promise<Uint8Array<ArrayBuffer>> => {
    const begin = performance.now()
    const bytes = await encode(raster, request)
    timingsMs.encode = performance.now() - begin
    return isUnshared(bytes) ? bytes : new Uint8Array(bytes)
  }
  const bytes = () => {
    encoded ??= encodeNow()
    return encoded
  }
  const mimeType = FORMAT_FILES[request.format].mimeType
  return {
    image: {
      format: request.format,
      mimeType,
      width: raster.width,
      height: raster.height,
      bytes,
      blob: async () => new Blob([await bytes()], { type: mimeType }),
      stream: () =>
        new ReadableStream(
          {
            async pull(controller) {
              // A copy: whoever reads a stream may transfer what it gave.
              controller.enqueue((await bytes()).slice())
              controller.close()
            },
          },
          { highWaterMark: 0 },
        ),
    },
    alpha,
    report: { ...report, timingsMs },
    warnings: report.warnings,
  }
}

function isUnshared(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
}
