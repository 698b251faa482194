// A runner in a child process, so that a crash of native code does not end the worker. One process serves all images; an image
// suspected of a crash gets a process of its own.

import { fork } from 'node:child_process'
import { KoutuError } from '@koutu/core'
import { type AnswerMessage, type Caller, createCaller } from '@koutu/core/channel'
import type { Runner } from '../ports/ports.ts'
import type { RunnerCalls } from './runner-calls.ts'

export interface ProcessRunnerSettings {
  /** Module that calls `serveRunner`. */
  readonly entry: URL
  /** Given to the module as its arguments. */
  readonly args?: readonly string[]
  /** A process that does not confirm within this time that it has stopped an aborted image is frozen, and killed. */
  readonly abortTimeoutMs?: number
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
      if (!isIsolated) return getShared().call('run', request, ctx)
      const own = startProcess(settings)
      isolated.add(own)
      try {
        return await own.call('run', request, ctx)
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
  kill(): void
}

const ABORT_TIMEOUT_MS = 10_000

function startProcess({ entry, args = [], abortTimeoutMs = ABORT_TIMEOUT_MS }: ProcessRunnerSettings): RunnerProcess {
  const child = fork(entry, args, {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    // The program's own flags are not for this process.
    execArgv: [],
  })
  const kill = () => void child.kill('SIGKILL')
  const caller = createCaller<RunnerCalls>({
    // A process that is ending refuses the message; its end is told by `exit`.
    post: (message) => child.send(message, () => {}),
    onAbort: () => {
      const timer = setTimeout(kill, abortTimeoutMs).unref()
      return () => clearTimeout(timer)
    },
  })
  const end = (detail: string) => caller.end(new KoutuError('RUNNER_CRASHED', { detail }))
  child.on('error', (error) => end(error.message))
  child.on('exit', (code, signal) => end(signal === null ? `it ended with code ${code}` : `killed by ${signal}`))
  child.on('message', (message) => caller.receive(message as AnswerMessage))
  return {
    get isEnded() {
      return caller.isEnded
    },
    call: caller.call,
    kill,
  }
}
