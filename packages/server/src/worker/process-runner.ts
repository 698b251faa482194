// A runner in a child process: whatever native code does there, this process goes on. One process serves every picture;
// a picture that is suspected of having ended one gets a process to itself, so that it takes nobody with it.

import { type ChildProcess, fork } from 'node:child_process'
import { type Ctx, fromJSON, KoutuError, throwIfAborted } from '@koutu/core'
import type { Runner, RunResult } from '../ports/ports.ts'
import type { FromProcess, ToProcess } from './process-messages.ts'

export interface ProcessRunnerSettings {
  /** Module that calls `serveRunner`. */
  readonly entry: URL
  /** Given to the module as its arguments. */
  readonly args?: readonly string[]
  /** A process that does not say within this time that it has stopped a picture is frozen, and ended. */
  readonly abortTimeoutMs?: number
}

interface Pending {
  readonly ctx: Ctx
  resolve(result: RunResult | null): void
  reject(error: unknown): void
}

type Distribute<T> = T extends unknown ? Omit<T, 'id'> : never
type Request = Distribute<Extract<ToProcess, { type: 'warm' | 'run' }>>

export function createProcessRunner(settings: ProcessRunnerSettings): Runner {
  let shared: RunnerProcess | null = null
  const alone = new Set<RunnerProcess>()
  let isClosed = false

  const getShared = (): RunnerProcess => {
    if (isClosed) throw new KoutuError('ABORTED', { detail: 'the runner has been closed' })
    if (!shared || shared.isEnded) shared = startProcess(settings)
    return shared
  }

  return {
    async warm(ctx) {
      await getShared().ask({ type: 'warm' }, ctx)
    },
    async run({ input, options, isIsolated }, ctx) {
      throwIfAborted(ctx.signal)
      const request = { type: 'run', input, options } as const
      if (!isIsolated) return expectResult(await getShared().ask(request, ctx))
      const own = startProcess(settings)
      alone.add(own)
      try {
        return expectResult(await own.ask(request, ctx))
      } finally {
        alone.delete(own)
        own.kill()
      }
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      for (const one of [shared, ...alone]) one?.kill()
    },
  }
}

interface RunnerProcess {
  readonly isEnded: boolean
  ask(request: Request, ctx: Ctx): Promise<RunResult | null>
  kill(): void
}

const ABORT_TIMEOUT_MS = 10_000

function startProcess({ entry, args = [], abortTimeoutMs = ABORT_TIMEOUT_MS }: ProcessRunnerSettings): RunnerProcess {
  const child: ChildProcess = fork(entry, args, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // The program's own flags are not for this process.
    execArgv: [],
  })
  const pending = new Map<number, Pending>()
  let nextId = 0
  let isEnded = false
  /** Pictures that are to be stopped, with what ends the process when it does not do so. */
  const stopping = new Map<number, NodeJS.Timeout>()

  const stop = (id: number) => {
    if (isEnded) return
    child.send({ type: 'abort', id } satisfies ToProcess, () => {})
    stopping.set(id, setTimeout(() => child.kill('SIGKILL'), abortTimeoutMs).unref())
  }
  const end = (reason: string) => {
    isEnded = true
    for (const { reject } of pending.values()) reject(new KoutuError('RUNNER_CRASHED', { detail: reason }))
    pending.clear()
    for (const timer of stopping.values()) clearTimeout(timer)
    stopping.clear()
  }
  child.on('error', (error) => end(error.message))
  child.on('exit', (code, signal) => end(signal === null ? `it ended with code ${code}` : `it was ended by ${signal}`))
  child.on('message', (message: FromProcess) => {
    if (message.type !== 'event') {
      clearTimeout(stopping.get(message.id))
      stopping.delete(message.id)
    }
    const call = pending.get(message.id)
    if (!call) return
    if (message.type === 'event') call.ctx.onEvent?.(message.event)
    else if (message.type === 'result') call.resolve(message.result)
    else call.reject(fromJSON(message.error))
  })

  return {
    get isEnded() {
      return isEnded
    },
    async ask(request, ctx) {
      throwIfAborted(ctx.signal)
      const id = nextId++
      const { promise, resolve, reject } = Promise.withResolvers<RunResult | null>()
      const onAbort = () => {
        stop(id)
        reject(new KoutuError('ABORTED', { cause: ctx.signal?.reason }))
      }
      pending.set(id, { ctx, resolve, reject })
      ctx.signal?.addEventListener('abort', onAbort, { once: true })
      // A process that is ending refuses the message; its end is told by `exit`.
      child.send({ ...request, id } as ToProcess, () => {})
      try {
        return await promise
      } finally {
        pending.delete(id)
        ctx.signal?.removeEventListener('abort', onAbort)
      }
    },
    kill() {
      child.kill('SIGKILL')
    },
  }
}

function expectResult(result: RunResult | null): RunResult {
  if (!result) throw new KoutuError('INTERNAL', { detail: 'the process answered without a picture' })
  return result
}
