// The parent's end of one inference process: starts it, sends it one request at a time, kills it when a request is aborted.

import { type ChildProcess, fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { fromJSON, KoutuError } from '@koutu/core/errors'
import { type Load, readLastLoad } from './last-load.ts'
import type { Reply, Request, TrialResult } from './messages.ts'

type Distribute<T> = T extends unknown ? Omit<T, 'id'> : never
type Answer = Exclude<Reply, { type: 'failed' }>

export interface InferenceClient extends AsyncDisposable {
  /** Of the process; undefined when it could not be started. */
  readonly pid: number | undefined
  /** Whether the process has died or was killed: make another. */
  readonly isGone: boolean
  /** The process keeps its parent alive while a request is under way, and only then. Errors: what it answered, ENGINE_FAILED, ABORTED. */
  send(request: Distribute<Request>, signal?: AbortSignal): Promise<Answer>
}

interface Waiting {
  resolve(answer: Answer): void
  reject(error: unknown): void
}

/** Compiled and uncompiled code name the same entry differently. */
const ENTRY = fileURLToPath(
  new URL(`./inference-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
)

export function startInference(): InferenceClient {
  const child = fork(ENTRY, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] })
  // An idle process must not keep its parent alive.
  const hold = (busy: boolean) => {
    if (busy) child.ref()
    else child.unref()
    if (busy) child.channel?.ref()
    else child.channel?.unref()
  }
  hold(false)
  const waiting = new Map<number, Waiting>()
  let nextId = 0
  let isGone = false

  const gone = (detail: string, signal: NodeJS.Signals | null = null) => {
    isGone = true
    const data = signal === null ? {} : { signal }
    for (const { reject } of waiting.values()) reject(new KoutuError('ENGINE_FAILED', { detail, data }))
    waiting.clear()
  }
  child.on('error', (error) => gone(error.message))
  child.on('exit', (code, signal) => gone(exitReason(code, signal), signal))
  child.on('message', (message) => {
    const answer = message as Reply
    const pending = waiting.get(answer.id)
    waiting.delete(answer.id)
    if (waiting.size === 0) hold(false)
    if (answer.type === 'failed') pending?.reject(fromJSON(answer.error))
    else pending?.resolve(answer)
  })

  return {
    pid: child.pid,
    get isGone() {
      return isGone
    },
    async send(request, signal) {
      if (isGone) throw new KoutuError('ENGINE_FAILED', { detail: 'the inference process has ended' })
      const id = nextId++
      const { promise, resolve, reject } = Promise.withResolvers<Answer>()
      waiting.set(id, { resolve, reject })
      hold(true)
      const onAbort = () => {
        waiting.delete(id)
        reject(new KoutuError('ABORTED', { cause: signal?.reason }))
        // The network cannot be interrupted inside the process, so the process goes.
        isGone = true
        child.kill('SIGKILL')
      }
      if (signal?.aborted) onAbort()
      else {
        signal?.addEventListener('abort', onAbort, { once: true })
        child.send({ ...request, id }, (error) => {
          if (error) reject(new KoutuError('ENGINE_FAILED', { detail: error.message, cause: error }))
        })
      }
      try {
        return await promise
      } finally {
        signal?.removeEventListener('abort', onAbort)
      }
    },
    async [Symbol.asyncDispose]() {
      isGone = true
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
  const loaded = client.send({ type: 'load', ...load })
  loaded.catch(() => {})
  return { client, guess: { ...load, loaded } }
}

/** Tries in a process of its own what int8 is worth on this processor. Errors: ENGINE_FAILED. */
export async function tryProcessor(): Promise<TrialResult> {
  await using client = startInference()
  const answer = await client.send({ type: 'try', threads: inferenceThreads() })
  if (answer.type !== 'tried')
    throw new KoutuError('INTERNAL', { detail: `expected a trial but received '${answer.type}'` })
  return answer.result
}

/** All processors of this machine: one network runs at a time. */
export function inferenceThreads(): number {
  return availableParallelism()
}

function exitReason(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal === 'SIGKILL') return 'the inference process was killed, most likely for want of memory'
  return `the inference process ended with ${signal ? `signal ${signal}` : `code ${code}`}`
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.ref()
  child.kill('SIGKILL')
  await exit
}
