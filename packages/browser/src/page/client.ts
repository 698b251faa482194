// The page's end of the worker: starts it, calls it, ends it. It passes messages and computes nothing.

import { type AnswerMessage, type Caller, createCaller } from '@koutu/core/channel'
import { KoutuError, toKoutuError } from '@koutu/core/errors'
import type { AliveMessage, WorkerCalls } from '../messages.ts'

export interface OpenedWorker {
  readonly worker: Worker
  /** Name of the lock that the worker holds as long as it lives. */
  readonly lifeLock: string
}

export interface Client {
  /** Starts the worker where there is none. Errors: what the worker throws, ENGINE_FAILED where it ends, ABORTED, ASSET_*. */
  readonly call: Caller<WorkerCalls>['call']
  /** Ends the worker, and with it what it is doing. */
  close(): void
}

/** The worker is ended after `idleMs` without calls; the next call starts another. */
export function createClient(open: () => Promise<OpenedWorker>, idleMs: number): Client {
  let current: Connection | null = null
  return {
    call(...call) {
      current = current && !current.caller.isEnded ? current : connect(open, idleMs)
      return current.caller.call(...call)
    },
    close() {
      current?.end(new KoutuError('ABORTED', { detail: 'the remover has been disposed of' }))
      current = null
    },
  }
}

/** From a worker's start to its first message; its file has to be downloaded in between. */
const START_TIMEOUT_MS = 60_000

interface Connection {
  readonly caller: Caller<WorkerCalls>
  end(reason: KoutuError): void
}

function connect(open: () => Promise<OpenedWorker>, idleMs: number): Connection {
  const opening = open()
  let isBusy = false
  let idle: ReturnType<typeof setTimeout> | undefined
  let starting: ReturnType<typeof setTimeout> | undefined
  const end = (reason: KoutuError) => {
    caller.end(reason)
    // The last call has ended with it, which sets one.
    clearTimeout(idle)
    clearTimeout(starting)
    opening.then(({ worker }) => worker.terminate()).catch(() => {})
  }
  const caller = createCaller<WorkerCalls>({
    post(message, transfer) {
      opening
        .then(({ worker }) => worker.postMessage(message, transfer))
        .catch((error: unknown) => end(toKoutuError(error)))
    },
    hold(busy) {
      isBusy = busy
      clearTimeout(idle)
      if (!busy) idle = setTimeout(end, idleMs, new KoutuError('ABORTED', { detail: 'the worker was idle' }))
    },
    onAbort() {
      // Nothing interrupts a running network but the end of its worker, which is put off only for the sake of other calls.
      if (!isBusy) end(new KoutuError('ABORTED'))
      return undefined
    },
  })
  opening.then(
    ({ worker, lifeLock }) => {
      // A worker that is killed sends nothing. One that has not said that it lives has no lock to wait for.
      if (!caller.isEnded) {
        starting = setTimeout(end, START_TIMEOUT_MS, ended(`the worker did not start in ${START_TIMEOUT_MS / 1000} s`))
      }
      worker.onmessage = ({ data }: MessageEvent<AnswerMessage | AliveMessage>) => {
        if (data.type !== 'alive') return caller.receive(data)
        clearTimeout(starting)
        // Granted when the worker has ended, however it ended.
        if (data.holdsLock)
          void navigator.locks.request(lifeLock, () => end(ended('the worker ended, most likely for want of memory')))
      }
      // The answer of a call that cannot be read would never come.
      worker.onmessageerror = () => end(ended('an answer of the worker could not be read'))
      worker.onerror = (event) => {
        event.preventDefault()
        end(ended(event.message || 'the worker could not be started'))
      }
    },
    (error: unknown) => end(toKoutuError(error)),
  )
  return { caller, end }
}

function ended(detail: string): KoutuError {
  return new KoutuError('ENGINE_FAILED', { detail })
}
