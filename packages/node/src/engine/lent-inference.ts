// An inference process that one thread starts and another uses: a worker thread takes 40 ms to start, and the process, which takes
// longest of all, need not wait for it. The first thread passes messages on.

import threads, { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { AnswerMessage, CallMessage } from '@koutu/core/channel'
import { fromJSON, KoutuError } from '@koutu/core/errors'
import { type Ending, forkInference, type InferenceLink } from './inference-link.ts'
import { readLastLoad } from './last-load.ts'
import type { Load } from './messages.ts'

/** Data for the other thread; the port is to be transferred. */
export interface LentInference {
  readonly pid: number | undefined
  /** What it is loading already, on a guess. */
  readonly load: Load | null
  readonly port: MessagePort
}

type ToProcess = CallMessage | 'kill'
type FromProcess = AnswerMessage | { readonly type: 'end'; readonly ending: Ending }

/** Of the call that is made for the other thread; callers count from 0. */
const GUESS_ID = -1

/** Starts a process for another thread, and has it load what the last one has loaded. It ends with that thread. */
export function lendInference(cacheDir: string): LentInference {
  const link = forkInference()
  const load = readLastLoad(cacheDir)
  if (load) link.post({ type: 'call', id: GUESS_ID, name: 'load', request: load })
  const { port1, port2 } = new MessageChannel()
  port1.on('message', (message: ToProcess) => {
    if (message === 'kill') link.kill()
    else link.post(message)
  })
  port1.on('close', link.kill)
  port1.unref()
  const send = (message: FromProcess) => port1.postMessage(message, buffersOf(message))
  link.listen({
    message: send,
    end(ending) {
      send({ type: 'end', ending })
      port1.close()
    },
  })
  return { pid: link.pid, load, port: port2 }
}

export interface BorrowedInference extends InferenceLink {
  readonly guess: (Load & { readonly loaded: Promise<void> }) | null
}

/** The process, in the other thread. */
export function borrowInference({ pid, load, port }: LentInference): BorrowedInference {
  const post = (message: ToProcess) => port.postMessage(message)
  const loaded = Promise.withResolvers<void>()
  loaded.promise.catch(() => {})
  return {
    pid,
    guess: load && { ...load, loaded: loaded.promise },
    post,
    hold(isBusy) {
      if (isBusy) port.ref()
      else port.unref()
    },
    kill() {
      port.ref()
      post('kill')
    },
    listen({ message, end }) {
      port.on('message', (received: FromProcess) => {
        if (received.type === 'end') {
          loaded.reject(new KoutuError('ENGINE_FAILED', { detail: received.ending.detail }))
          end(received.ending)
          port.close()
        } else if (received.id !== GUESS_ID) message(received)
        else if (received.type === 'answer') loaded.resolve()
        else if (received.type === 'error') loaded.reject(fromJSON(received.error))
      })
      port.unref()
    },
  }
}

/** Alpha changes hands; what lies in Node's pool of small buffers is copied. */
function buffersOf(message: FromProcess): ArrayBuffer[] {
  const { alpha } = (message.type === 'answer' ? (message.answer ?? {}) : {}) as {
    readonly alpha?: Float32Array | Uint8Array
  }
  const buffer = alpha?.buffer
  return buffer instanceof ArrayBuffer && !threads.isMarkedAsUntransferable(buffer) ? [buffer] : []
}
