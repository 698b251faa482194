// A client of one inference process: sends it one request at a time, and kills it when a request is aborted.

import { availableParallelism } from 'node:os'
import { type Caller, createCaller } from '@koutu/core/channel'
import { KoutuError } from '@koutu/core/errors'
import type { Accelerator } from '@koutu/core/options'
import type { DeviceTrial } from '../device/device-trial.ts'
import { createFreezeWatch, readProcessState } from './freeze-watch.ts'
import { forkInference, type InferenceLink, type StartSettings } from './inference-link.ts'
import { readLastLoad } from './last-load.ts'
import { borrowInference, type LentInference } from './lent-inference.ts'
import type { InferenceCalls, Load, TrialResult } from './messages.ts'

/**
 * The process keeps its parent alive while a call is under way, and only then. When a call is aborted the process is killed:
 * a network cannot be interrupted. Once it `isEnded`, make another.
 */
export interface InferenceClient extends Pick<Caller<InferenceCalls>, 'isEnded' | 'call'>, AsyncDisposable {
  /** Of the process; undefined when it could not be started. */
  readonly pid: number | undefined
}

export function startInference(settings: StartSettings = {}): InferenceClient {
  return clientOf(forkInference(settings), settings)
}

interface ClientSettings {
  readonly device?: Accelerator | undefined
  /** What the process does already. */
  readonly loading?: Promise<unknown> | undefined
}

/** `link`: of a process that this thread or another has started. */
export function clientOf(link: InferenceLink, { device, loading }: ClientSettings = {}): InferenceClient {
  const exited = Promise.withResolvers<void>()
  let hasCalls = false
  const freezeWatch = createFreezeWatch({
    read: () => readProcessState(link.pid),
    onFreeze: () => {
      end('the inference process was frozen')
      link.kill()
    },
  })
  const caller = createCaller<InferenceCalls>({
    post: link.post,
    hold(isBusy) {
      hasCalls = isBusy
      // A graphics processor computes unseen.
      if (isBusy && !device) freezeWatch.start()
      else freezeWatch.stop()
      link.hold(isBusy)
    },
    onAbort: () => {
      end('the inference process was stopped to abort an image')
      link.kill()
      return undefined
    },
  })
  if (loading) {
    freezeWatch.start()
    const stop = () => !hasCalls && freezeWatch.stop()
    loading.then(stop, stop)
  }
  const end = (detail: string, data = {}) => caller.end(new KoutuError('ENGINE_FAILED', { detail, data }))
  link.listen({
    message: caller.receive,
    end({ detail, signal }) {
      end(detail, signal === null ? {} : { signal })
      exited.resolve()
    },
  })
  return {
    pid: link.pid,
    get isEnded() {
      return caller.isEnded
    },
    call: caller.call,
    async [Symbol.asyncDispose]() {
      end('the inference process was released')
      link.kill()
      await exited.promise
    },
  }
}

/** A process that was started before anybody knew what for. */
export interface StartedInference {
  readonly client: InferenceClient
  /** What it is loading already, on a guess. */
  readonly guess: (Load & { readonly loaded: Promise<unknown> }) | null
}

/** Has a process load what the last one has loaded: a new one, or what another thread has started. */
export function startOnGuess(cacheDir: string, lent?: LentInference): StartedInference {
  if (lent) {
    const link = borrowInference(lent)
    return { client: clientOf(link, { loading: link.guess?.loaded }), guess: link.guess }
  }
  const client = startInference()
  const load = readLastLoad(cacheDir)
  if (!load) return { client, guess: null }
  const loaded = client.call('load', load)
  loaded.catch(() => {})
  return { client, guess: { ...load, loaded } }
}

/** Tries in a process of its own what int8 is worth on this processor. Errors: ENGINE_FAILED. */
export async function tryProcessor(): Promise<TrialResult> {
  await using client = startInference()
  return await client.call('try', { threads: inferenceThreads() })
}

/** A driver that has not answered by then never will. */
const DEVICE_TRIAL_TIMEOUT_MS = 120_000

/** Tries out an accelerator in a process of its own, which a driver may take down. Errors: ENGINE_FAILED, ABORTED where it hangs. */
export async function tryDevice(device: Accelerator): Promise<DeviceTrial> {
  await using client = startInference({ device, isQuiet: true })
  const signal = AbortSignal.timeout(DEVICE_TRIAL_TIMEOUT_MS)
  return await client.call('tryDevice', { device, threads: inferenceThreads() }, { signal })
}

/** All processors of this machine: one network runs at a time. */
export function inferenceThreads(): number {
  return availableParallelism()
}
