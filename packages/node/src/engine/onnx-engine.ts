// The local engine: scales the picture to the network's size, has an inference process run it, hands back coarse alpha.

import {
  type Ctx,
  type Engine,
  KoutuError,
  networkSize,
  type ResolvedOptions,
  type Segmentation,
  throwIfAborted,
  type Warning,
} from '@koutu/core'
import { type InferenceClient, inferenceThreads, startInference } from './inference-client.ts'
import type { ModelFile } from './messages.ts'
import { scaleTo } from './scale-to.ts'

export interface LocatedModel {
  readonly file: ModelFile
  readonly warnings: readonly Warning[]
}

export interface OnnxEngineDeps {
  /** The graph to run for these options, ready on disk. Errors: MODEL_*. */
  readonly locate: (options: ResolvedOptions, ctx: Ctx) => Promise<LocatedModel>
  /** Milliseconds without work after which the process and its memory are let go. */
  readonly idleMs: number
  /** A process that was started in advance, to be used first. The engine ends it. */
  readonly started?: InferenceClient | undefined
}

interface Current {
  readonly key: string
  readonly client: InferenceClient
  readonly loaded: Promise<unknown>
}

export function createOnnxEngine({ locate, idleMs, started }: OnnxEngineDeps): Engine {
  const locating = new Map<string, Promise<LocatedModel>>()
  let current: Current | null = null
  let spare = started
  let turn: Promise<unknown> = Promise.resolve()
  let idle: NodeJS.Timeout | undefined

  /**
   * Calls at the same time share one location. It has no signal: one caller's abort must not fail the others.
   * Nothing is remembered after it: a file may be damaged or removed between two calls.
   */
  const locateOnce = (options: ResolvedOptions, ctx: Ctx): Promise<LocatedModel> => {
    const { model, precision, modelSize, modelMean, modelStd, modelOutput } = options
    const key = JSON.stringify([model, precision, modelSize, modelMean, modelStd, modelOutput])
    const pending = locating.get(key)
    if (pending) return pending
    const fresh = locate(options, ctx.onEvent ? { onEvent: ctx.onEvent } : {}).finally(() => locating.delete(key))
    locating.set(key, fresh)
    return fresh
  }

  /** The process that holds this model, started or told to load it where needed. */
  const ready = async ({ file }: LocatedModel): Promise<InferenceClient> => {
    const key = JSON.stringify(file)
    if (current?.key !== key || current.client.isGone) {
      const client = [current?.client, spare].find((candidate) => candidate?.isGone === false) ?? startInference()
      if (client === spare) spare = undefined
      const next: Current = {
        key,
        client,
        loaded: client.send({ type: 'load', model: file, threads: inferenceThreads() }),
      }
      current = next
      next.loaded.catch(() => {
        if (current === next) current = null
      })
    }
    const { client, loaded } = current
    await loaded
    return client
  }

  /** Requests take turns: two networks at once on one set of processors are slower than one after the other. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    clearTimeout(idle)
    const mine = turn.then(work, work)
    turn = mine.catch(() => {})
    const after = turn
    after.then(() => {
      if (turn !== after) return
      idle = setTimeout(release, idleMs)
      idle.unref()
    })
    return mine
  }

  const release = async (): Promise<void> => {
    clearTimeout(idle)
    const clients = [current?.client, spare]
    current = null
    spare = undefined
    await Promise.all(clients.map((client) => client?.[Symbol.asyncDispose]()))
  }

  return {
    specVersion: 1,
    id: 'onnx',
    produces: 'alpha',
    async warm(options, ctx) {
      const model = await locateOnce(options, ctx)
      throwIfAborted(ctx.signal)
      await inTurn(() => ready(model))
    },
    async segment(picture, options, ctx) {
      const model = await locateOnce(options, ctx)
      const { file, warnings } = model
      const begin = performance.now()
      const size = networkSize(file.input, picture)
      const pixels = await scaleTo(picture, size.width, size.height)
      const resizeMs = performance.now() - begin
      throwIfAborted(ctx.signal)
      const answer = await inTurn(async () => {
        throwIfAborted(ctx.signal)
        const client = await ready(model)
        return client.send({ type: 'run', pixels, ...size }, ctx.signal)
      })
      if (answer.type !== 'ran')
        throw new KoutuError('INTERNAL', { detail: `expected a result but received '${answer.type}'` })
      return {
        alpha: { width: answer.width, height: answer.height, data: answer.alpha },
        foreground: null,
        model: file.id,
        precision: file.precision,
        timingsMs: { resize: resizeMs, infer: answer.inferMs },
        warnings,
      } satisfies Segmentation
    },
    [Symbol.asyncDispose]: release,
  }
}
