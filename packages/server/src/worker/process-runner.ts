// A runner in a child process, so that a crash of native code does not end the worker. One process serves all images; an image
// suspected of a crash gets a process of its own.

import { fork } from 'node:child_process'
import { type Ctx, KoutuError } from '@koutu/core'
import { type AnswerMessage, type Caller, createCaller } from '@koutu/core/channel'
import type { Runner, RunResult } from '../ports/ports.ts'
import { createHeartbeat } from './heartbeat.ts'
import type { RunnerCalls, RunnerRequest } from './runner-calls.ts'

export interface ProcessRunnerSettings {
  /** Module that calls `serveRunner`. */
  readonly entry: URL
  /** Given to the module as its arguments. */
  readonly args?: readonly string[]
  /** A process that does not confirm within this time that it has stopped an aborted image is frozen, and killed. */
  readonly abortTimeoutMs?: number
  /** While it works it is asked this often whether it is alive. One that is silent for too long is frozen, and killed. */
  readonly heartbeatMs?: number
}

export function createProcessRunner(settings: ProcessRunnerSettings): Runner {
  let shared: RunnerProcess | null = null
  const isolated = new Set<RunnerProcess>()
  let isClosed = false

  const getShared = (): RunnerProcess => {
    if (isClosed) throw new KoutuError('ABORTED', { detail: 'the runner has been closed' })
    if (!shared || shared.isEnded) shared = startProcess(settings)
    return shared
  }

  return {
    async warm(ctx) {
      await getShared().call('warm', null, ctx)
    },
    async run({ isIsolated, ...request }, ctx) {
      if (!isIsolated) return runIn(getShared(), request, ctx)
      const own = startProcess(settings)
      isolated.add(own)
      try {
        return await runIn(own, request, ctx)
      } finally {
        isolated.delete(own)
        own.kill()
      }
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      for (const one of [shared, ...isolated]) one?.kill()
    },
  }
}

interface RunnerProcess extends Pick<Caller<RunnerCalls>, 'isEnded' | 'call'> {
  /** Resolves when all aborts have been confirmed, or the process has ended. */
  settled(): Promise<unknown>
  kill(): void
}

/** A timeout of a process that was frozen is a crash: the image may not be the cause. Errors: RUNNER_CRASHED. */
async function runIn(runner: RunnerProcess, request: RunnerRequest, ctx: Ctx): Promise<RunResult> {
  try {
    return await runner.call('run', request, ctx)
  } catch (error) {
    if (!isTimeout(ctx.signal)) throw error
    await runner.settled()
    if (!runner.isEnded) throw error
    throw new KoutuError('RUNNER_CRASHED', { detail: 'it was frozen', cause: error })
  }
}

/** As of `AbortSignal.timeout()`. */
function isTimeout(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && (signal.reason as { name?: unknown } | undefined)?.name === 'TimeoutError'
}

const ABORT_TIMEOUT_MS = 10_000
const HEARTBEAT_MS = 5_000
/** Its thread passes messages only: half a minute of silence is no work. */
const MAX_MISSED = 6
const MAX_MISSED_AT_START = 24

function startProcess(settings: ProcessRunnerSettings): RunnerProcess {
  const { entry, args = [], abortTimeoutMs = ABORT_TIMEOUT_MS, heartbeatMs = HEARTBEAT_MS } = settings
  const child = fork(entry, args, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // The program's own flags are not for this process.
    execArgv: [],
  })
  const kill = () => void child.kill('SIGKILL')
  const aborts = new Set<Promise<void>>()
  const caller = createCaller<RunnerCalls>({
    // A process that is ending refuses the message; `exit` reports its end.
    post: (message) => child.send(message, () => {}),
    onAbort: () => {
      const timer = setTimeout(kill, abortTimeoutMs).unref()
      const { promise, resolve } = Promise.withResolvers<void>()
      aborts.add(promise)
      return () => {
        clearTimeout(timer)
        aborts.delete(promise)
        resolve()
      }
    },
  })
  const end = (detail: string) => caller.end(new KoutuError('RUNNER_CRASHED', { detail }))
  child.on('error', (error) => end(error.message))
  child.on('exit', (code, signal) => end(signal === null ? `it ended with code ${code}` : `killed by ${signal}`))
  const heartbeat = createHeartbeat({
    intervalMs: heartbeatMs,
    maxMissed: MAX_MISSED,
    maxMissedAtStart: MAX_MISSED_AT_START,
    ask: () => void caller.call('ping', null).catch(() => {}),
    onSilence: () => {
      end('it was frozen')
      kill()
    },
  })
  child.on('message', (message) => {
    heartbeat.beat()
    caller.receive(message as AnswerMessage)
  })
  return {
    get isEnded() {
      return caller.isEnded
    },
    async call(...call) {
      using _ = heartbeat.watch()
      return await caller.call(...call)
    },
    settled: () => Promise.all(aborts),
    kill,
  }
}
