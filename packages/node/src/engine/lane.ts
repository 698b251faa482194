// One network at a time in a process of its own: started when it is needed, one request after another, let go when idle.

import { type Accelerator, type Ctx, KoutuError, type Warning } from '@koutu/core'
import { type InferenceClient, type StartedInference, startInference } from './inference-client.ts'
import type { Load, ModelFile } from './messages.ts'
import { modelKey } from './model-key.ts'

export interface LocatedModel {
  readonly file: ModelFile
  readonly warnings: readonly Warning[]
}

export interface LaneOptions {
  /** Milliseconds without work after which the process and its memory are let go. */
  readonly idleMs: number
  /** Told of what was loaded, unless it was guessed. */
  readonly onLoad?: ((load: Load) => void) | undefined
  /** What runs the network in place of the processor. */
  readonly device?: Accelerator | undefined
}

/** A network whose files keep changing while it runs gives no answer. */
const MAX_RUNS = 3

interface Current {
  readonly key: string
  readonly client: InferenceClient
  readonly loaded: Promise<unknown>
}

/** One network at a time, in one process after another. */
export interface Lane {
  /** Requests that have not ended. */
  readonly busy: number
  /** Requests take turns: two networks at once on one set of processors are slower than one after the other. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
  /** Starts a process that holds this model, or has one load it, where needed. */
  ready(model: LocatedModel): Promise<unknown>
  /** Calls the process that holds this model. Again where its files have changed meanwhile. Errors: MODEL_CORRUPT, those of `call`. */
  run<T>(model: LocatedModel, call: (client: InferenceClient) => Promise<T>): Promise<T>
  /** Ends the process and gives its memory back. */
  release(): Promise<void>
}

export function createLane(threads: number, { idleMs, onLoad, device }: LaneOptions, started?: StartedInference): Lane {
  let current: Current | null = null
  let spare = started?.client
  let turn: Promise<unknown> = Promise.resolve()
  let idle: NodeJS.Timeout | undefined
  let busy = 0

  /** Until those that were let go are gone. */
  let parting: Promise<unknown> = Promise.resolve()
  const release = async (): Promise<void> => {
    clearTimeout(idle)
    const clients = [current?.client, spare].filter((client) => client !== undefined)
    current = null
    spare = undefined
    parting = Promise.all([parting, ...clients.map((client) => client[Symbol.asyncDispose]())])
    await parting
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
    begin(modelKey(guess.model), client, guess.loaded)
  }

  const ready = async ({ file }: LocatedModel): Promise<Current> => {
    const key = modelKey(file)
    if (current?.key === key && !current.client.isEnded) {
      const held = current
      await held.loaded
      return held
    }
    const client =
      [current?.client, spare].find((candidate) => candidate?.isEnded === false) ?? startInference({ device })
    const loading = begin(key, client, client.call('load', { model: file, threads, device }))
    await loading.loaded
    onLoad?.({ model: file, threads, device })
    return loading
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
    ready,
    run: (model, call) => unchanged(model, async () => call((await ready(model)).client)),
  }
}

/** Weights are mapped, not copied: whoever overwrites them changes what is running. */
async function unchanged<T>({ file }: LocatedModel, work: () => Promise<T>): Promise<T> {
  for (let run = 1; run <= MAX_RUNS; run++) {
    const key = modelKey(file)
    const answer = await work()
    if (modelKey(file) === key) return answer
  }
  throw new KoutuError('MODEL_CORRUPT', { detail: `the files of ${file.id} keep changing while they are used` })
}

/**
 * `locate`, whose calls at the same time share one answer. It gets no signal: one caller's abort must not fail the others.
 * Nothing is remembered after it: a file may be damaged or removed between two calls.
 */
export function shareCalls<Request>(
  locate: (request: Request, ctx: Ctx) => Promise<LocatedModel>,
): (request: Request, ctx: Ctx) => Promise<LocatedModel> {
  const locating = new Map<string, Promise<LocatedModel>>()
  return (request, ctx) => {
    const key = JSON.stringify(request)
    const pending = locating.get(key)
    if (pending) return pending
    const fresh = locate(request, ctx.onEvent ? { onEvent: ctx.onEvent } : {}).finally(() => locating.delete(key))
    locating.set(key, fresh)
    return fresh
  }
}
