// How many responses may be under way at once for one caller: downloads, which take turns, and event streams, which stay
// open for as long as a job takes. A caller that reads nothing holds places of its own only.

import { KoutuError, throwIfAborted } from '@koutu/core'

export interface StreamLimits {
  /** Waits for its turn. The returned function ends it, once. Errors: TOO_MANY_STREAMS after the longest wait, ABORTED. */
  download(caller: string, signal: AbortSignal): Promise<() => void>
  /** Errors: TOO_MANY_STREAMS. */
  events(caller: string): () => void
}

export interface StreamLimitSettings {
  readonly maxDownloads: number
  readonly maxWaitingDownloads: number
  readonly maxEvents: number
  readonly maxWaitMs: number
}

const STREAM_LIMITS: StreamLimitSettings = {
  maxDownloads: 16,
  maxWaitingDownloads: 256,
  maxEvents: 32,
  maxWaitMs: 30_000,
}

interface Line {
  open: number
  readonly waiting: (() => void)[]
}

export function createStreamLimits(given: Partial<StreamLimitSettings> = {}): StreamLimits {
  const settings = { ...STREAM_LIMITS, ...given }
  const downloads = new Map<string, Line>()
  const events = new Map<string, number>()

  const leave = (caller: string, line: Line): void => {
    const next = line.waiting.shift()
    // Its place goes to the next.
    if (next) next()
    else if (--line.open === 0) downloads.delete(caller)
  }

  const waitInLine = async ({ waiting }: Line, signal: AbortSignal): Promise<void> => {
    if (waiting.length >= settings.maxWaitingDownloads) throw tooMany('downloads', settings.maxDownloads)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const giveUp = (error: KoutuError): void => {
      const at = waiting.indexOf(resolve)
      if (at < 0) return
      waiting.splice(at, 1)
      reject(error)
    }
    const onAbort = (): void => giveUp(new KoutuError('ABORTED', { cause: signal.reason }))
    const timer = setTimeout(() => giveUp(tooMany('downloads', settings.maxDownloads)), settings.maxWaitMs)
    signal.addEventListener('abort', onAbort, { once: true })
    waiting.push(resolve)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
  }

  return {
    async download(caller, signal) {
      throwIfAborted(signal)
      const line = downloads.get(caller) ?? { open: 0, waiting: [] }
      downloads.set(caller, line)
      if (line.open < settings.maxDownloads) line.open++
      else await waitInLine(line, signal)
      return once(() => leave(caller, line))
    },
    events(caller) {
      const open = events.get(caller) ?? 0
      if (open >= settings.maxEvents) throw tooMany('event streams', settings.maxEvents)
      events.set(caller, open + 1)
      return once(() => {
        const left = events.get(caller)! - 1
        if (left === 0) events.delete(caller)
        else events.set(caller, left)
      })
    },
  }
}

function once(run: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    run()
  }
}

function tooMany(what: string, limit: number): KoutuError {
  return new KoutuError('TOO_MANY_STREAMS', { detail: `expected at most ${limit} ${what} at once`, data: { limit } })
}
