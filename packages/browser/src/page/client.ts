// The page's end of the worker: starts it, sends requests, ends it. It passes messages and computes nothing.

import { fromJSON, KoutuError, throwIfAborted, toKoutuError } from '@koutu/core/errors'
import type { Ctx } from '@koutu/core/ports'
import type { FromWorker, RequestName, Requests, ToWorker } from '../messages.ts'

export interface Client {
  /** Errors: what the worker answers, ENGINE_FAILED where it ends, ABORTED, ASSET_*. */
  request<K extends RequestName>(
    type: K,
    ask: Requests[K]['ask'],
    ctx: Ctx,
    transfer?: Transferable[],
  ): Promise<Requests[K]['answer']>
  /** Ends the worker, and with it what it is doing. */
  close(): void
}

interface Pending {
  readonly ctx: Ctx
  resolve(answer: never): void
  reject(error: unknown): void
}

/** `open` starts a worker. It is ended after `idleMs` without requests; the next request starts another. */
export function createClient(open: () => Promise<Worker>, idleMs: number): Client {
  const pending = new Map<number, Pending>()
  let nextId = 0
  let current: Promise<Worker> | null = null
  let idle: ReturnType<typeof setTimeout> | undefined

  const end = (error: KoutuError | null) => {
    clearTimeout(idle)
    current?.then((worker) => worker.terminate()).catch(() => {})
    current = null
    for (const { reject } of pending.values()) reject(error)
    pending.clear()
  }

  const receive = (message: FromWorker) => {
    const call = pending.get(message.id)
    if (!call) return
    if (message.type === 'event') {
      call.ctx.onEvent?.(message.event)
      return
    }
    if (message.type === 'answer') call.resolve(message.answer as never)
    else call.reject(fromJSON(message.error))
  }

  const start = async (): Promise<Worker> => {
    const worker = await open()
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => receive(data)
    worker.onerror = (event) => {
      event.preventDefault()
      end(new KoutuError('ENGINE_FAILED', { detail: event.message || 'the worker could not be started' }))
    }
    return worker
  }

  const ready = (): Promise<Worker> => {
    if (current) return current
    const starting = start()
    current = starting
    starting.catch(() => {
      if (current === starting) current = null
    })
    return starting
  }

  /** Nothing interrupts a running network but the end of its worker, which is put off only for the sake of other calls. */
  const abort = (id: number, worker: Worker | null) => {
    pending.delete(id)
    if (pending.size === 0) end(null)
    else worker?.postMessage({ type: 'abort', id } satisfies ToWorker)
  }

  return {
    async request(type, ask, ctx, transfer = []) {
      throwIfAborted(ctx.signal)
      clearTimeout(idle)
      const id = nextId++
      const { promise, resolve, reject } = Promise.withResolvers<never>()
      pending.set(id, { ctx, resolve, reject })
      let worker: Worker | null = null
      const onAbort = () => {
        abort(id, worker)
        reject(new KoutuError('ABORTED', { cause: ctx.signal?.reason }))
      }
      ctx.signal?.addEventListener('abort', onAbort, { once: true })
      try {
        const opening = ready().then((opened) => {
          worker = opened
          if (pending.has(id)) opened.postMessage({ type, id, ask } as ToWorker, transfer)
        })
        opening.catch((error: unknown) => reject(toKoutuError(error)))
        return await promise
      } finally {
        ctx.signal?.removeEventListener('abort', onAbort)
        pending.delete(id)
        if (pending.size === 0 && current) {
          clearTimeout(idle)
          idle = setTimeout(end, idleMs, null)
        }
      }
    },
    close() {
      end(new KoutuError('ABORTED', { detail: 'the remover has been disposed of' }))
    },
  }
}
