// The parent's end of one inference process: starts it, sends it one request at a time, kills it when a request is aborted.

import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type AnswerMessage, type Caller, createCaller } from '@koutu/core/channel'
import { KoutuError } from '@koutu/core/errors'
import type { Accelerator } from '@koutu/core/options'
import type { DeviceTrial } from '../device/device-trial.ts'
import { createFreezeWatch, readProcessState } from './freeze-watch.ts'
import { readLastLoad } from './last-load.ts'
import type { InferenceCalls, Load, TrialResult } from './messages.ts'

/**
 * The process keeps its parent alive while a call is under way, and only then. When a call is aborted the process is killed:
 * a network cannot be interrupted. Once it `isEnded`, make another.
 */
export interface InferenceClient extends Pick<Caller<InferenceCalls>, 'isEnded' | 'call'>, AsyncDisposable {
  /** Of the process; undefined when it could not be started. */
  readonly pid: number | undefined
}

/** Compiled and uncompiled code name the same entry differently. */
const ENTRY = fileURLToPath(
  new URL(`./inference-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
)

/** `device`: what will run its networks, if not the processor. `isQuiet`: what native code prints is not shown. */
export function startInference(device?: Accelerator, isQuiet = false): InferenceClient {
  const child = fork(ENTRY, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', isQuiet ? 'ignore' : 'inherit', 'ipc'],
    execArgv: [],
    // The packs of onnxruntime hold no CUDA.
    env: device === 'cuda' && !process.env.KOUTU_RUNTIME ? { ...process.env, KOUTU_RUNTIME: 'node' } : process.env,
  })
  const freezeWatch = createFreezeWatch({
    read: () => readProcessState(child.pid),
    onFreeze: () => {
      end('the inference process was frozen')
      child.kill('SIGKILL')
    },
  })
  // An idle process must not keep its parent alive.
  const hold = (isBusy: boolean) => {
    // A graphics processor computes unseen.
    if (isBusy && !device) freezeWatch.start()
    else freezeWatch.stop()
    for (const one of [child, child.channel]) {
      // Bun's channel has neither.
      if (isBusy) one?.ref?.()
      else one?.unref?.()
    }
  }
  hold(false)
  const caller = createCaller<InferenceCalls>({
    // A process that is ending refuses the message; `exit` reports its end.
    post: (message) => child.send(message, () => {}),
    hold,
    onAbort: () => {
      end('the inference process was stopped to abort an image')
      child.kill('SIGKILL')
      return undefined
    },
  })
  const end = (detail: string, data = {}) => caller.end(new KoutuError('ENGINE_FAILED', { detail, data }))
  child.on('error', (error) => end(error.message))
  child.on('exit', (code, signal) => end(exitReason(code, signal), signal === null ? {} : { signal }))
  child.on('message', (message) => caller.receive(message as AnswerMessage))

  return {
    pid: child.pid,
    get isEnded() {
      return caller.isEnded
    },
    call: caller.call,
    async [Symbol.asyncDispose]() {
      end('the inference process was released')
      await ended(child)
    },
  }
}

/** A process that was started before anybody knew what for. */
export interface StartedInference {
  readonly client: InferenceClient
  /** What it is loading already, on a guess. */
  readonly guess: (Load & { readonly loaded: Promise<unknown> }) | null
}

/** Starts a process and has it load what the last one has loaded. */
export function startOnGuess(cacheDir: string): StartedInference {
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
  await using client = startInference(device, true)
  const signal = AbortSignal.timeout(DEVICE_TRIAL_TIMEOUT_MS)
  return await client.call('tryDevice', { device, threads: inferenceThreads() }, { signal })
}

/** All processors of this machine: one network runs at a time. */
export function inferenceThreads(): number {
  return availableParallelism()
}

function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'the inference process was killed, most likely because memory ran out'
  return `the inference process ended with ${signal ? `signal ${signal}` : `code ${code}`}`
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.ref()
  child.kill('SIGKILL')
  await exit
}
