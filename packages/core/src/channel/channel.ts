// Calls between two threads or processes: ids, answers, events, aborts, errors, and the end of the other side. Knows no
// transport: messages are plain data that structured clone can carry.

import { type ErrorJson, fromJSON, KoutuError, throwIfAborted, toKoutuError } from '../errors/koutu-error.ts'
import type { ErrorCode } from '../errors/table.ts'
import type { Ctx, KoutuEvent } from '../ports/ports.ts'

/** What can be called, as a type of functions: name, request and answer. */
export type Calls = Record<string, (request: never) => unknown>
type Name<C extends Calls> = keyof C & string
type Request<C extends Calls, N extends Name<C>> = Parameters<C[N]>[0]
type Answer<C extends Calls, N extends Name<C>> = ReturnType<C[N]>

/** From the caller to the responder. */
export type CallMessage =
  | { readonly type: 'call'; readonly id: number; readonly name: string; readonly request: unknown }
  | { readonly type: 'abort'; readonly id: number }

/** From the responder to the caller. Events come before the one answer or error of a call. */
export type AnswerMessage =
  | { readonly type: 'event'; readonly id: number; readonly event: KoutuEvent }
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'error'; readonly id: number; readonly error: ErrorJson }

export interface CallerSettings {
  /** Sends to the responder. May throw where the message cannot be cloned; a side that has ended is told by `end`. */
  readonly post: (message: CallMessage, transfer: ArrayBuffer[]) => void
  /** Called when the first of the calls under way begins and when the last ends: whether the other side keeps the program alive. */
  readonly hold?: (isBusy: boolean) => void
  /**
   * Called for each aborted call, after the responder was told. What it returns is called when the responder has ended the
   * call, or has ended itself.
   */
  readonly onAbort?: () => (() => void) | undefined
}

export interface Caller<C extends Calls> {
  readonly isEnded: boolean
  /** Errors: what the responder threw; ABORTED as soon as the signal fires; the reason of `end`. */
  call<N extends Name<C>>(name: N, request: Request<C, N>, ctx?: Ctx, transfer?: ArrayBuffer[]): Promise<Answer<C, N>>
  receive(message: AnswerMessage): void
  /** The other side is gone: fails what is under way and every later call. Only the first reason counts. */
  end(reason: KoutuError): void
}

interface Pending {
  readonly ctx: Ctx
  resolve(answer: unknown): void
  reject(error: unknown): void
}

export function createCaller<C extends Calls>({ post, hold, onAbort }: CallerSettings): Caller<C> {
  const pending = new Map<number, Pending>()
  /** Calls that were aborted and not answered yet. */
  const aborted = new Map<number, (() => void) | undefined>()
  let nextId = 0
  let ended: KoutuError | null = null

  const settle = (id: number): Pending | undefined => {
    const call = pending.get(id)
    if (pending.delete(id) && pending.size === 0) hold?.(false)
    return call
  }
  const abort = (id: number, reason: unknown) => {
    const call = settle(id)
    // Answered already, though the answer has not reached its caller yet.
    if (!call) return
    call.reject(new KoutuError('ABORTED', { cause: reason }))
    post({ type: 'abort', id }, [])
    aborted.set(id, onAbort?.())
  }

  return {
    get isEnded() {
      return ended !== null
    },
    async call(name, request, ctx = {}, transfer = []) {
      const { signal } = ctx
      throwIfAborted(signal)
      if (ended) throw ended
      const id = nextId++
      const { promise, resolve, reject } = Promise.withResolvers<unknown>()
      pending.set(id, { ctx, resolve, reject })
      if (pending.size === 1) hold?.(true)
      const onSignal = () => abort(id, signal?.reason)
      signal?.addEventListener('abort', onSignal, { once: true })
      try {
        post({ type: 'call', id, name, request }, transfer)
        return (await promise) as Answer<C, typeof name>
      } catch (error) {
        throw toKoutuError(error)
      } finally {
        settle(id)
        signal?.removeEventListener('abort', onSignal)
      }
    },
    receive(message) {
      if (message.type === 'event') return pending.get(message.id)?.ctx.onEvent?.(message.event)
      aborted.get(message.id)?.()
      aborted.delete(message.id)
      const call = settle(message.id)
      if (message.type === 'answer') call?.resolve(message.answer)
      else call?.reject(fromJSON(message.error))
    },
    end(reason) {
      if (ended) return
      ended = reason
      for (const [id] of pending) settle(id)?.reject(reason)
      for (const release of aborted.values()) release?.()
      aborted.clear()
    },
  }
}

/** What answers the calls. `ctx.signal` fires when the caller has aborted; the answer is discarded then. */
export type Handlers<C extends Calls> = {
  readonly [N in Name<C>]: (request: Request<C, N>, ctx: Required<Ctx>) => Answer<C, N> | Promise<Answer<C, N>>
}

export interface ResponderSettings {
  readonly post: (message: AnswerMessage, transfer: ArrayBuffer[]) => void
  /** Buffers of an answer that change hands instead of being copied. */
  readonly transfer?: (answer: unknown) => ArrayBuffer[]
  /** Code of an error that is no KoutuError. Default INTERNAL. */
  readonly fallback?: ErrorCode
}

export interface Responder {
  receive(message: CallMessage): void
  /** Fires the signals of all calls under way. */
  abortAll(): void
}

export function createResponder<C extends Calls>(handlers: Handlers<C>, settings: ResponderSettings): Responder {
  const { post, transfer = () => [], fallback = 'INTERNAL' } = settings
  const running = new Map<number, AbortController>()

  const respond = async (id: number, name: string, request: unknown) => {
    const controller = new AbortController()
    running.set(id, controller)
    const onEvent = (event: KoutuEvent) => post({ type: 'event', id, event }, [])
    try {
      if (!Object.hasOwn(handlers, name)) throw new KoutuError('INTERNAL', { detail: `nothing answers '${name}'` })
      const answer = await handlers[name as Name<C>](request as never, { signal: controller.signal, onEvent })
      post({ type: 'answer', id, answer }, transfer(answer))
    } catch (thrown) {
      const error = toKoutuError(thrown, fallback).toJSON()
      try {
        post({ type: 'error', id, error }, [])
      } catch {
        // The data of the error cannot be cloned. Silence would be worse than an error without them.
        post({ type: 'error', id, error: { ...error, data: {} } }, [])
      }
    } finally {
      running.delete(id)
    }
  }

  return {
    receive(message) {
      if (message.type === 'abort') running.get(message.id)?.abort()
      else void respond(message.id, message.name, message.request)
    },
    abortAll() {
      for (const controller of running.values()) controller.abort()
    },
  }
}
