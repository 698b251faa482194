// Answers that are sent before the request's body has arrived. Closing a connection on which data is still coming resets
// it: the client loses the answer, or the next request that it has already sent. So the rest of the body is read and
// discarded first, within bounds (RFC 9112 section 9.6), and `Connection: close` says when the connection will not be kept.

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'

export interface DiscardLimits {
  readonly maxBytes: number
  /** Longest silence of the sender. */
  readonly idleMs: number
  readonly totalMs: number
}

/** Times as nginx's `lingering_timeout` and `lingering_time`. */
export const DISCARD_LIMITS: DiscardLimits = { maxBytes: 64 * 2 ** 20, idleMs: 5_000, totalMs: 30_000 }

const REQUEST_TIMEOUT = 408
const LATE_IDLE_MS = 1_000
const LATE_TOTAL_MS = 5_000

/** Requests that have been answered although their body has not ended. */
export type AnsweredEarly = WeakSet<object>

/** For the `request` and the `checkContinue` event: `100 Continue` is sent when the body is first read, not before. */
export function discardingBodies(listener: RequestListener, answered: AnsweredEarly, limits = DISCARD_LIMITS) {
  return (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const waitsForContinue = incoming.headers.expect?.toLowerCase() === '100-continue'
    const hasBody = bodyBytes(incoming) !== 0
    let isContinued = !waitsForContinue
    if (waitsForContinue) {
      const read = incoming._read
      incoming._read = (size) => {
        if (!isContinued && !outgoing.headersSent) outgoing.writeContinue()
        isContinued = true
        read.call(incoming, size)
      }
    }
    if (hasBody) {
      answerEarly(incoming, outgoing, {
        limits,
        answered,
        // A client that was not told to continue may send the body or not: where the next request begins is unknown.
        willSend: () => isContinued,
      })
    }
    listener(incoming, outgoing)
  }
}

interface EarlyAnswer {
  readonly limits: DiscardLimits
  readonly answered: AnsweredEarly
  readonly willSend: () => boolean
}

function answerEarly(incoming: IncomingMessage, outgoing: ServerResponse, { limits, answered, willSend }: EarlyAnswer) {
  const writeHead = outgoing.writeHead
  const end = outgoing.end
  outgoing.writeHead = ((...args: Parameters<typeof writeHead>) => {
    const isTooMuch = bodyBytes(incoming) > limits.maxBytes
    if (!incoming.complete && (isTooMuch || !willSend() || args[0] === REQUEST_TIMEOUT))
      outgoing.shouldKeepAlive = false
    return writeHead.apply(outgoing, args)
  }) as typeof writeHead
  outgoing.end = ((...args: unknown[]) => {
    const finish = () => end.apply(outgoing, args as Parameters<typeof end>)
    outgoing.end = end
    if (incoming.complete) {
      discard(incoming)
      return finish()
    }
    answered.add(incoming.socket)
    // Everything is sent now, and the message ends when the request has: an early answer has a Content-Length.
    const [chunk] = args
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) outgoing.write(args.shift())
    else outgoing.flushHeaders()
    discardAll(incoming, outgoing.statusCode === REQUEST_TIMEOUT ? briefly(limits) : limits, () => {
      answered.delete(incoming.socket)
      if (incoming.complete) finish()
      else incoming.socket.destroySoon()
    })
    return outgoing
  }) as typeof end
}

/** Who sent too slowly has been waited for already, and may still be sending. */
function briefly({ maxBytes, idleMs, totalMs }: DiscardLimits): DiscardLimits {
  return { maxBytes, idleMs: Math.min(idleMs, LATE_IDLE_MS), totalMs: Math.min(totalMs, LATE_TOTAL_MS) }
}

/** For a reader of the body that has been abandoned. */
function discard(incoming: IncomingMessage): void {
  incoming.removeAllListeners('data')
  incoming.resume()
}

function discardAll(incoming: IncomingMessage, { maxBytes, idleMs, totalMs }: DiscardLimits, onEnd: () => void): void {
  let bytes = 0
  const finish = (): void => {
    clearTimeout(idle)
    clearTimeout(total)
    incoming.off('data', onData).off('close', finish).off('end', finish).off('error', finish)
    onEnd()
  }
  const idle = setTimeout(finish, idleMs)
  const total = setTimeout(finish, totalMs)
  const onData = (piece: Uint8Array): void => {
    bytes += piece.length
    idle.refresh()
    if (bytes > maxBytes) finish()
  }
  discard(incoming)
  incoming.on('data', onData).on('end', finish).on('close', finish).on('error', finish)
}

/** Infinity where only the end of the body will tell. */
function bodyBytes({ headers }: IncomingMessage): number {
  if (headers['transfer-encoding'] !== undefined) return Number.POSITIVE_INFINITY
  return Number(headers['content-length'] ?? 0)
}
