// The app on a socket, plain or TLS: time limits of the connection, and answers to what is no HTTP at all.

import { createServer, type RequestListener, type Server, type ServerOptions, STATUS_CODES } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { ERRORS, type ErrorCode, invalidOptions, KoutuError } from '@koutu/core'
import { createTurns } from '../limits/turns.ts'
import { type AnsweredEarly, DISCARD_LIMITS, discardingBodies } from './early-answer.ts'
import { PROBLEM_TYPE, problemResponse, toProblem } from './problem.ts'

type FetchCallback = Parameters<typeof getRequestListener>[0]

export interface ListenSettings {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** For a whole request, body included; the app has shorter limits of its own. */
  readonly requestTimeoutMs: number
  /** A connection whose client reads nothing of what is to be sent is closed after this time. */
  readonly unreadTimeoutMs?: number
  /** Certificate and private key, both PEM. Null speaks plain HTTP. */
  readonly tls: TlsFiles | null
}

export interface TlsFiles {
  readonly certificate: string
  readonly key: string
}

export interface Listener {
  readonly server: Server
  readonly port: number
}

const HEADERS_TIMEOUT_MS = 15_000
const KEEP_ALIVE_MS = 10_000
/** As nginx's `send_timeout`. */
const UNREAD_TIMEOUT_MS = 60_000
const MAX_HEADER_BYTES = 16_384
/** Bodies wait in as many buffers as they have chunks, which may be of one byte each and then take 500 bytes of memory. */
const MAX_WAITING_BYTES = 2 ** 14
const MAX_CONNECTIONS = 1_024
/** Begun at once: a few milliseconds of work. */
const REQUESTS_A_TURN = 16

/** Errors: ADDRESS_UNAVAILABLE, INVALID_OPTIONS for a certificate and a key that do not belong together. */
export async function listen(
  fetch: FetchCallback,
  { host, port, requestTimeoutMs, unreadTimeoutMs = UNREAD_TIMEOUT_MS, tls }: ListenSettings,
): Promise<Listener> {
  const options = {
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    highWaterMark: MAX_WAITING_BYTES,
    connectionsCheckingInterval: 1_000,
  }
  const answered: AnsweredEarly = new WeakSet()
  const respond = getRequestListener(fetch, {
    hostname: host,
    overrideGlobalObjects: false,
    // It closes connections while the next request is under way.
    autoCleanupIncoming: false,
    errorHandler: (error) =>
      problemResponse(error instanceof Error && error.name === 'RequestError' ? noAddress(error) : error),
  })
  const limits = { ...DISCARD_LIMITS, idleMs: Math.min(DISCARD_LIMITS.idleMs, requestTimeoutMs) }
  const listener = inTurns(discardingBodies(respond, answered, limits))
  const server = tls ? tlsServer(tls, options, listener) : createServer(options, listener)
  server.on('checkContinue', listener)
  server.maxConnections = MAX_CONNECTIONS
  // Also fires while a client waits for its image: then there is nothing to be sent.
  server.setTimeout(unreadTimeoutMs, (socket: Socket) => {
    if (socket.writableLength > 0) socket.destroy()
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // A second answer would be read as that of the next request.
    if (answered.has(socket)) socket.destroy()
    else refuse(error, socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(new KoutuError('ADDRESS_UNAVAILABLE', { detail: `${host}:${port}, ${error.code}`, cause: error })),
    )
    server.listen(port, host, resolve)
  })
  return { server, port: (server.address() as AddressInfo).port }
}

/** Many requests at the same moment leave the network its turns, and requests from other addresses theirs. */
function inTurns(listener: RequestListener): RequestListener {
  const turns = createTurns(REQUESTS_A_TURN)
  return (incoming, outgoing) => {
    const turn = turns.take(1, incoming.socket.remoteAddress)
    if (!turn) return listener(incoming, outgoing)
    void turn.then(() => {
      if (!incoming.socket.destroyed) listener(incoming, outgoing)
    })
  }
}

function tlsServer({ certificate, key }: TlsFiles, options: ServerOptions, listener: RequestListener): Server {
  try {
    return createTlsServer({ ...options, cert: certificate, key }, listener)
  } catch (error) {
    // The library's message says what is wrong with the files and quotes nothing of them.
    throw invalidOptions([{ path: '--tls-cert, --tls-key', message: (error as Error).message }])
  }
}

/** What the parser refuses never becomes a request: the answer is written by hand. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const code: ErrorCode = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'REQUEST_TIMEOUT' : 'REQUEST_INVALID'
  const isLarge = error.code === 'HPE_HEADER_OVERFLOW'
  const body = JSON.stringify(
    toProblem(
      new KoutuError(code, {
        detail: isLarge ? `expected at most ${MAX_HEADER_BYTES} bytes of headers` : 'it is not HTTP',
      }),
    ),
  )
  const { status } = ERRORS[code]
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

function noAddress(cause: Error): KoutuError {
  return new KoutuError('REQUEST_INVALID', { detail: 'the address or the Host header cannot be read', cause })
}
