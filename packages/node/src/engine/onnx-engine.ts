// The local engine: scales the picture to the network's size, has an inference process run it, hands back coarse alpha.

import {
  type Ctx,
  type Engine,
  type EngineRequest,
  networkSize,
  type Segmentation,
  throwIfAborted,
  type Warning,
} from '@koutu/core'
import { type InferenceClient, inferenceThreads, type StartedInference, startInference } from './inference-client.ts'
import type { Load } from './last-load.ts'
import type { ModelFile } from './messages.ts'
import { scaleTo } from './scale-to.ts'

export interface LocatedModel {
  readonly file: ModelFile
  readonly warnings: readonly Warning[]
}

export interface OnnxEngineDeps {
  /** The graph to run for a request, ready on disk. Errors: MODEL_*. */
  readonly locate: (request: EngineRequest, ctx: Ctx) => Promise<LocatedModel>
  /** Milliseconds without work after which the process and its memory are let go. */
  readonly idleMs: number
  /** A process that was started in advance, to be used first. The engine ends it. */
  readonly started?: StartedInference | undefined
  /** Told of what was loaded, unless it was guessed. */
  readonly onLoad?: ((load: Load) => void) | undefined
  /**
   * Networks that run at the same time, each in a process of its own on its share of the processors. One, the default, is
   * soonest done with one picture; several do more pictures in a time, because threads need not wait for each other.
   */
  readonly lanes?: number | undefined
}

interface Current {
  readonly key: string
  readonly client: InferenceClient
  readonly loaded: Promise<unknown>
}

/** One network at a time, in one process after another. */
interface Lane {
  /** Requests that have not ended. */
  readonly busy: number
  /** Requests take turns: two networks at once on one set of processors are slower than one after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  /** The process that holds this model, started or told to load it where needed. */
  ready(model: LocatedModel): Promise<InferenceClient>
  /** Ends the process and gives its memory back. */
  release(): Promise<void>
}

function createLane(
  threads: number,
  { idleMs, onLoad }: Pick<OnnxEngineDeps, 'idleMs' | 'onLoad'>,
  started: StartedInference | undefined,
): Lane {
  let current: Current | null = null
  let spare = started?.client
  let turn: Promise<unknown> = Promise.resolve()
  let idle: NodeJS.Timeout | undefined
  let busy = 0

  const release = async (): Promise<void> => {
    clearTimeout(idle)
    const clients = [current?.client, spare]
    current = null
    spare = undefined
    await Promise.all(clients.map((client) => client?.[Symbol.asyncDispose]()))
  }

  const begin = (key: string, client: InferenceClient, loaded: Promise<unknown>): Current => {
    if (client === spare) spare = undefined
    const next: Current = { key, client, loaded }
    current = next
    loaded.catch(() => {
      if (current !== next) return
      current = null
      // What it could not load does not keep it from loading something else.
      spare = client
    })
    return next
  }

  if (started?.guess?.threads === threads) {
    const { client, guess } = started
    begin(JSON.stringify(guess.model), client, guess.loaded)
  }

  return {
    get busy() {
      return busy
    },
    release,
    inTurn(work) {
      clearTimeout(idle)
      busy++
      const mine = turn.then(work, work)
      turn = mine.catch(() => {})
      const after = turn
      after.then(() => {
        busy--
        if (turn !== after) return
        idle = setTimeout(release, idleMs)
        idle.unref()
      })
      return mine
    },
    async ready({ file }) {
      const key = JSON.stringify(file)
      if (current?.key === key && !current.client.isEnded) {
        await current.loaded
        return current.client
      }
      const client = [current?.client, spare].find((candidate) => candidate?.isEnded === false) ?? startInference()
      await begin(key, client, client.call('load', { model: file, threads })).loaded
      onLoad?.({ model: file, threads })
      return client
    },
  }
}

export function createOnnxEngine({ locate, idleMs, started, onLoad, lanes = 1 }: OnnxEngineDeps): Engine {
  const locating = new Map<string, Promise<LocatedModel>>()
  const threads = Math.max(1, Math.floor(inferenceThreads() / lanes))
  const all = Array.from({ length: lanes }, (_, i) =>
    createLane(threads, { idleMs, onLoad }, i === 0 ? started : undefined),
  )
  const leastBusy = () => all.reduce((best, lane) => (lane.busy < best.busy ? lane : best))

  /**
   * Calls at the same time share one location. It has no signal: one caller's abort must not fail the others.
   * Nothing is remembered after it: a file may be damaged or removed between two calls.
   */
  const locateOnce = (request: EngineRequest, ctx: Ctx): Promise<LocatedModel> => {
    const key = JSON.stringify(request)
    const pending = locating.get(key)
    if (pending) return pending
    const fresh = locate(request, ctx.onEvent ? { onEvent: ctx.onEvent } : {}).finally(() => locating.delete(key))
    locating.set(key, fresh)
    return fresh
  }

  return {
    specVersion: 1,
    id: 'onnx',
    produces: 'alpha',
    async warm(request, ctx) {
      const model = await locateOnce(request, ctx)
      throwIfAborted(ctx.signal)
      const lane = leastBusy()
      await lane.inTurn(() => lane.ready(model))
    },
    async segment(picture, request, ctx) {
      const model = await locateOnce(request, ctx)
      const { file, warnings } = model
      const begin = performance.now()
      const size = networkSize(file.input, picture)
      const pixels = await scaleTo(picture, size.width, size.height)
      const resizeMs = performance.now() - begin
      throwIfAborted(ctx.signal)
      const lane = leastBusy()
      const answer = await lane.inTurn(async () => {
        throwIfAborted(ctx.signal)
        const client = await lane.ready(model)
        return client.call('run', { pixels, ...size }, ctx)
      })
      return {
        alpha: { width: answer.width, height: answer.height, data: answer.alpha },
        foreground: null,
        model: file.id,
        precision: file.precision,
        timingsMs: { resize: resizeMs, infer: answer.inferMs },
        warnings,
      } satisfies Segmentation
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((lane) => lane.release()))
    },
  }
}
