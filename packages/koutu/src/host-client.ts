// A remover's end of its worker thread: starts it and calls it.

import type { Worker } from 'node:worker_threads'
import { KoutuError } from '@koutu/core'
import { type AnswerMessage, type Caller, createCaller } from '@koutu/core/channel'
import type { HostCalls, HostSettings } from './host-calls.ts'

/** The thread keeps the program alive while a call is under way, and only then. Once it `isEnded`, make another. */
export interface HostClient extends Pick<Caller<HostCalls>, 'isEnded' | 'call'> {
  /** Ends the thread; what is under way fails with this reason. */
  end(reason: KoutuError): Promise<void>
}

/** `thread`: started, and told nothing yet. */
export function openHost(thread: Worker, settings: HostSettings): HostClient {
  const caller = createCaller<HostCalls>({
    post: (message, transfer) => thread.postMessage(message, transfer),
    hold: (isBusy) => {
      if (isBusy) thread.ref()
      else thread.unref()
    },
  })
  const lost = (detail: string, cause?: Error) => caller.end(new KoutuError('ENGINE_FAILED', { detail, cause }))
  thread.on('message', (message: AnswerMessage) => caller.receive(message))
  thread.on('error', (error: Error) => lost(error.message, error))
  thread.on('exit', (code) => lost(`the worker thread ended with code ${code}`))
  thread.postMessage(settings)
  return {
    get isEnded() {
      return caller.isEnded
    },
    call: caller.call,
    async end(reason) {
      caller.end(reason)
      await thread.terminate()
    },
  }
}
