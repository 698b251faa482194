// Fetches URLs given by users, but nothing of this machine's own network: each address is checked when connecting, so that a
// name that resolves differently the second time gains nothing. Proxies are not used, because they would resolve names.

import { lookup as dnsLookup, type LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { excerpt, isKoutuError, KoutuError, throwIfAborted } from '@koutu/core'
import type { Agent, Dispatcher, request } from 'undici'
import { authorization, withoutCredentials } from './credentials.ts'
import { displayUrl } from './display-url.ts'
import { isPublicAddress } from './public-address.ts'
import { redirectTarget } from './redirect.ts'

export interface FetchLimits {
  readonly maxBytes: number
  /** For everything: names, redirects, body. */
  readonly timeoutMs: number
  readonly maxRedirects: number
  /** Lets private and loopback addresses through. */
  readonly allowPrivate: boolean
  readonly signal?: AbortSignal | undefined
  /** Resolves names; the system's resolver by default. */
  readonly resolve?: Resolve
}

export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

/** Large hosts refuse requests without one. */
const USER_AGENT = 'koutu (background removal; fetches images on request of its user)'

/** The bytes behind an http(s) URL in one block. Errors: as `fetchStream`. */
export async function fetchBytes(url: string, limits: FetchLimits): Promise<Uint8Array> {
  // One growing block: a list would let a hostile server make millions of one-byte pieces.
  let block = new Uint8Array(Math.min(FIRST_BLOCK_BYTES, limits.maxBytes))
  let bytes = 0
  for await (const piece of fetchStream(url, limits)) {
    const needed = bytes + piece.length
    if (needed > block.length) {
      const larger = new Uint8Array(Math.min(limits.maxBytes, Math.max(needed, block.length * 2)))
      larger.set(block)
      block = larger
    }
    block.set(piece, bytes)
    bytes = needed
  }
  return block.slice(0, bytes)
}

/**
 * The bytes behind an http(s) URL as they arrive. Leaving the loop closes the connection.
 * Errors: URL_REFUSED, FETCH_FAILED, FETCH_TIMEOUT, IMAGE_TOO_MANY_BYTES, ABORTED; none shows credentials or queries.
 */
export async function* fetchStream(url: string, limits: FetchLimits): AsyncGenerator<Uint8Array> {
  const guard = await openGuard(url, limits)
  try {
    const response = await follow(guard.start(), guard, limits)
    yield* readBody(response, limits.maxBytes)
  } catch (error) {
    throw guard.explain(error)
  } finally {
    await guard.agent.destroy()
  }
}

export interface PostRequest extends Omit<FetchLimits, 'maxBytes' | 'maxRedirects'> {
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Sends a text to an http(s) URL, behind the same guard. A redirect is a status like any other, and no answer is read.
 * Errors: URL_REFUSED, FETCH_FAILED, FETCH_TIMEOUT, ABORTED; none shows credentials or queries.
 */
export async function postText(url: string, body: string, limits: PostRequest): Promise<{ readonly status: number }> {
  const guard = await openGuard(url, limits)
  try {
    const start = guard.start()
    checkUrl(start, limits.allowPrivate)
    const { statusCode, body: answer } = await guard.request(withoutCredentials(start), {
      method: 'POST',
      body,
      dispatcher: guard.agent,
      signal: guard.signal,
      headers: { 'user-agent': USER_AGENT, ...limits.headers, ...authorization(start, start) },
    })
    answer.on('error', () => {}).destroy()
    return { status: statusCode }
  } catch (error) {
    throw guard.explain(error)
  } finally {
    await guard.agent.destroy()
  }
}

interface Guard {
  readonly request: typeof request
  readonly agent: Agent
  readonly signal: AbortSignal
  /** Errors: URL_REFUSED. */
  start(): URL
  /** What went wrong, in our words. */
  explain(error: unknown): KoutuError
}

type GuardLimits = Pick<FetchLimits, 'timeoutMs' | 'allowPrivate' | 'signal' | 'resolve'>

async function openGuard(url: string, limits: GuardLimits): Promise<Guard> {
  const { timeoutMs } = limits
  throwIfAborted(limits.signal)
  const deadline = AbortSignal.timeout(timeoutMs)
  const start = URL.parse(url)
  const shown = start ? displayUrl(start) : '(not a URL)'
  // Loaded when the first address comes: most runs read files, and should not wait for an HTTP client.
  const undici = await import('undici')
  return {
    request: undici.request,
    agent: new undici.Agent({
      connect: { lookup: checkedLookup(limits), timeout: timeoutMs },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    }),
    signal: limits.signal ? AbortSignal.any([limits.signal, deadline]) : deadline,
    start() {
      if (start) return start
      throw new KoutuError('URL_REFUSED', { detail: 'expected a URL such as https://example.org/photo.jpg' })
    },
    explain(error) {
      const refusal = findKoutuError(error)
      if (refusal) return refusal
      if (limits.signal?.aborted) return new KoutuError('ABORTED', { cause: error })
      if (deadline.aborted) {
        return new KoutuError('FETCH_TIMEOUT', {
          detail: `${shown} did not answer within ${timeoutMs} ms`,
          data: { timeoutMs },
          cause: error,
        })
      }
      return new KoutuError('FETCH_FAILED', { detail: `${shown}: ${reasonOf(error)}`, cause: error })
    },
  }
}

interface Answer {
  readonly response: Dispatcher.ResponseData
  readonly shown: string
}

async function follow(
  start: URL,
  { request, agent, signal }: Guard,
  { maxRedirects, allowPrivate }: FetchLimits,
): Promise<Answer> {
  let url = start
  for (let redirects = 0; ; redirects++) {
    checkUrl(url, allowPrivate)
    const response = await request(withoutCredentials(url), {
      dispatcher: agent,
      signal,
      headers: {
        'user-agent': USER_AGENT,
        accept: 'image/*,*/*;q=0.5',
        'accept-encoding': 'identity',
        ...authorization(url, start),
      },
    })
    const target = redirectTarget(response, url)
    if (target === null) return { response, shown: displayUrl(url) }
    response.body.on('error', () => {}).destroy()
    if (target === 'broken') throw failed(url, 'it redirects without a location')
    if (redirects >= maxRedirects) throw failed(start, `more than ${maxRedirects} redirects`)
    url = target
  }
}

/** Literal addresses never reach the resolver. The URL parser has turned decimal, octal and hex forms into plain ones. */
function checkUrl(url: URL, allowPrivate: boolean): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new KoutuError('URL_REFUSED', {
      detail: `expected http or https but received ${excerpt(url.protocol.slice(0, -1))}`,
    })
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (!allowPrivate && isIP(host) !== 0 && !isPublicAddress(host)) throw refusedAddress(url.hostname)
}

/** A resolver for sockets that hands out addresses only when every one of them is allowed. */
function checkedLookup({ allowPrivate, resolve = resolveName }: GuardLimits): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (addresses) => {
        const first = addresses[0]
        if (!first) return callback(new Error(`${hostname} has no address`), '')
        if (!allowPrivate && !addresses.every(({ address }) => isPublicAddress(address))) {
          return callback(refusedAddress(hostname), '')
        }
        if (options.all) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      },
      (error: Error) => callback(error, ''),
    )
  }
}

const resolveName: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    dnsLookup(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)))
  })

const FIRST_BLOCK_BYTES = 2 ** 18

async function* readBody({ response, shown }: Answer, maxBytes: number): AsyncGenerator<Uint8Array> {
  const { statusCode, headers, body } = response
  // An error of an abandoned body must not end the process.
  body.on('error', () => {})
  const refuse = (error: KoutuError): never => {
    body.destroy()
    throw error
  }
  if (statusCode < 200 || statusCode > 299) {
    refuse(new KoutuError('FETCH_FAILED', { detail: `${shown} answered ${statusCode}`, data: { status: statusCode } }))
  }
  const encoding = headers['content-encoding']
  // Decompressing would let few bytes become many.
  if (encoding !== undefined && encoding !== 'identity') {
    refuse(new KoutuError('FETCH_FAILED', { detail: `${shown} sent compressed bytes that were not requested` }))
  }
  const tooMany = (actual: number) =>
    new KoutuError('IMAGE_TOO_MANY_BYTES', {
      detail: `expected at most ${maxBytes} bytes but ${shown} has ${actual} or more`,
      data: { limit: maxBytes, actual },
    })
  const announced = Number(headers['content-length'])
  if (announced > maxBytes) refuse(tooMany(announced))
  let bytes = 0
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    bytes += piece.length
    if (bytes > maxBytes) refuse(tooMany(bytes))
    yield piece
  }
}

function refusedAddress(hostname: string): KoutuError {
  const host = excerpt(hostname)
  return new KoutuError('URL_REFUSED', {
    detail: `expected a public address but ${host} resolves to a private, local or reserved one`,
    data: { host },
  })
}

function failed(url: URL, reason: string): KoutuError {
  return new KoutuError('FETCH_FAILED', { detail: `${displayUrl(url)}: ${reason}` })
}

/** Sockets wrap what the resolver threw; tried addresses come as an AggregateError. */
function findKoutuError(error: unknown): KoutuError | null {
  if (isKoutuError(error)) return error
  if (!(error instanceof Error)) return null
  const inner: readonly unknown[] = error instanceof AggregateError ? error.errors : [error.cause]
  for (const candidate of inner) {
    const found = findKoutuError(candidate)
    if (found) return found
  }
  return null
}

/** Codes name the fault without repeating what was asked for. */
function reasonOf(error: unknown): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : 'the connection failed'
}
