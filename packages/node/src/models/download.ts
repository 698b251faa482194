// Fetches a model file: addresses in turn, resumed where it was cut, checked by hash, renamed into place when whole.
// It knows HTTP and one target file, neither catalog nor licenses.

import { setTimeout as sleep } from 'node:timers/promises'
import { isKoutuError, KoutuError, throwIfAborted } from '@koutu/core'
import { type Dispatcher, EnvHttpProxyAgent, request } from 'undici'
import { authorization, withoutCredentials } from '../net/credentials.ts'
import { displayUrl } from '../net/display-url.ts'
import { redirectTarget } from '../net/redirect.ts'
import type { FileFacts } from './files.ts'
import { claimPartialFile, type PartialFile } from './partial-file.ts'

export interface Download {
  readonly target: string
  /** The same bytes at each, tried in order. */
  readonly urls: readonly string[]
  readonly bytes: number | null
  readonly sha256: string | null
  /** Proxy settings as in http_proxy, https_proxy and no_proxy. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal | undefined
  readonly onBytes: (done: number, total: number | null) => void
}

/** Tries per address before the next one. */
const ATTEMPTS = 4
const FIRST_PAUSE_MS = 100
const MAX_REDIRECTS = 10
/** No word from the server for so long counts as cut. */
const SILENCE_MS = 60_000
/** For files of unpublished size; the largest known model has 1.1 GB. */
const MAX_UNKNOWN_BYTES = 4 * 2 ** 30

/** A fault of one address, told apart by whether asking again may help. */
class AddressFault extends Error {
  readonly again: boolean
  constructor(message: string, again: boolean) {
    super(message)
    this.again = again
  }
}

/** The bytes are not those of the model. */
class WrongBytes extends Error {}

/**
 * Puts the file at `target`.
 * Errors: MODEL_DOWNLOAD_FAILED with the reason of each address, MODEL_CORRUPT with both hashes, CACHE_UNWRITABLE, ABORTED.
 */
export async function download(job: Download): Promise<FileFacts> {
  throwIfAborted(job.signal)
  const part = await claimPartialFile(job.target)
  const proxies = new EnvHttpProxyAgent({
    httpProxy: job.env.http_proxy ?? job.env.HTTP_PROXY ?? '',
    httpsProxy: job.env.https_proxy ?? job.env.HTTPS_PROXY ?? '',
    noProxy: job.env.no_proxy ?? job.env.NO_PROXY ?? '',
    headersTimeout: SILENCE_MS,
    bodyTimeout: SILENCE_MS,
  })
  try {
    await fetchFromAny(job, part, proxies)
    const facts = { bytes: part.bytes, sha256: part.digest() }
    await part.moveTo(job.target)
    return facts
  } catch (error) {
    if (isKoutuError(error) && (error.code === 'CACHE_UNWRITABLE' || error.code === 'MODEL_CORRUPT')) {
      await part.discard()
      throw error
    }
    await part.release()
    if (job.signal?.aborted) throw new KoutuError('ABORTED', { cause: error })
    throw error
  } finally {
    await proxies.destroy()
  }
}

async function fetchFromAny(job: Download, part: PartialFile, dispatcher: Dispatcher): Promise<void> {
  const reasons: string[] = []
  let wrong: WrongBytes | null = null
  for (const url of job.urls) {
    try {
      await fetchFrom(url, job, part, dispatcher)
      return
    } catch (error) {
      if (error instanceof WrongBytes) wrong = error
      else if (!(error instanceof AddressFault)) throw error
      reasons.push(`${displayUrl(url)}: ${error.message}`)
    }
  }
  throw new KoutuError(wrong ? 'MODEL_CORRUPT' : 'MODEL_DOWNLOAD_FAILED', {
    detail: reasons.join('; '),
    data: { expected: job.sha256, addresses: job.urls.map(displayUrl) },
  })
}

/** One address, again and again while that may help. A resumed file with the wrong hash is fetched once more from its start. */
async function fetchFrom(url: string, job: Download, part: PartialFile, dispatcher: Dispatcher): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const isResumed = await fetchRest(url, job, part, dispatcher)
      const actual = part.digest()
      if (job.sha256 === null || actual === job.sha256) return
      await part.restart({ url, validator: null })
      const error = `expected sha256 ${job.sha256} but received ${actual}`
      if (!isResumed || attempt >= ATTEMPTS) throw new WrongBytes(error)
    } catch (error) {
      const fault = asFault(error, job.signal)
      if (!(fault instanceof AddressFault) || !fault.again || attempt >= ATTEMPTS) throw fault
    }
    await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, { signal: job.signal })
  }
}

/** Own errors as they are; what the network throws becomes a fault that may pass. */
function asFault(error: unknown, signal: AbortSignal | undefined): unknown {
  if (error instanceof AddressFault || error instanceof WrongBytes || isKoutuError(error) || signal?.aborted)
    return error
  // Faults of the own disk have become CACHE_UNWRITABLE by now.
  const { code } = error as NodeJS.ErrnoException
  if (typeof code !== 'string') return new AddressFault('the connection failed', true)
  return new AddressFault(code, !code.includes('INVALID'))
}

/** Asks for what is missing and appends it. True when the file was begun by an earlier answer. */
async function fetchRest(url: string, job: Download, part: PartialFile, dispatcher: Dispatcher): Promise<boolean> {
  // Without a validator only the hash can show that two answers fit together.
  const canResume =
    part.bytes > 0 && part.origin?.url === url && (part.origin.validator !== null || job.sha256 !== null)
  if (!canResume) await part.restart({ url, validator: null })
  // Everything was there already when the earlier pull was stopped.
  if (canResume && part.bytes === job.bytes) return true
  const headers: Record<string, string> = { 'accept-encoding': 'identity' }
  if (canResume) {
    headers.range = `bytes=${part.bytes}-`
    if (part.origin?.validator) headers['if-range'] = part.origin.validator
  }
  const response = await requestThroughRedirects(url, headers, job, dispatcher)
  const { body } = response
  // An error of an abandoned body must not end the process.
  body.on('error', () => {})
  try {
    const total = await begin(response, url, part)
    const limit = job.bytes ?? total ?? MAX_UNKNOWN_BYTES
    if (total !== null && (job.bytes !== null ? total !== job.bytes : total > MAX_UNKNOWN_BYTES)) {
      throw new WrongBytes(`expected ${job.bytes ?? `at most ${MAX_UNKNOWN_BYTES}`} bytes but it offers ${total}`)
    }
    job.onBytes(part.bytes, job.bytes ?? total)
    const isResumed = part.bytes > 0
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      throwIfAborted(job.signal)
      if (part.bytes + piece.length > limit) throw new WrongBytes(`expected ${limit} bytes but it sends more`)
      await part.append(piece)
      job.onBytes(part.bytes, job.bytes ?? total)
    }
    if (part.bytes < (job.bytes ?? total ?? 0)) throw new AddressFault(`ended after ${part.bytes} bytes`, true)
    return isResumed
  } finally {
    body.destroy()
  }
}

/** Makes the part fit the answer: continued for 206, begun anew for 200. Returns the size of the whole file. */
async function begin(response: Dispatcher.ResponseData, url: string, part: PartialFile): Promise<number | null> {
  const { statusCode, headers } = response
  const validator = validatorOf(headers)
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    throw new AddressFault('it sent compressed bytes that were not requested', false)
  }
  if (statusCode === 200) {
    await part.restart({ url, validator })
    const length = headers['content-length']
    return typeof length === 'string' ? Number(length) : null
  }
  if (statusCode === 206) {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(String(headers['content-range']))
    const known = part.origin?.validator ?? null
    const isSame = known === null || validator === null || validator === known
    if (range && Number(range[1]) === part.bytes && part.bytes > 0 && isSame) {
      return range[2] === '*' ? null : Number(range[2])
    }
  }
  if (statusCode === 206 || statusCode === 416) {
    await part.restart({ url, validator: null })
    throw new AddressFault('it could not resume the download', true)
  }
  throw new AddressFault(`it answered ${statusCode}`, statusCode === 408 || statusCode === 429 || statusCode >= 500)
}

/** Weak ETags do not promise equal bytes (RFC 9110, 13.1.5). */
function validatorOf(headers: Dispatcher.ResponseData['headers']): string | null {
  const { etag, 'last-modified': modified } = headers
  if (typeof etag === 'string' && etag.startsWith('"')) return etag
  return typeof modified === 'string' ? modified : null
}

async function requestThroughRedirects(
  start: string,
  headers: Record<string, string>,
  { signal }: Download,
  dispatcher: Dispatcher,
): Promise<Dispatcher.ResponseData> {
  const first = new URL(start)
  let url = first
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await request(withoutCredentials(url), {
      dispatcher,
      headers: { ...headers, ...authorization(url, first) },
      ...(signal ? { signal } : {}),
    })
    const target = redirectTarget(response, url)
    if (target === null) return response
    response.body.on('error', () => {}).destroy()
    const isWeaker = target !== 'broken' && target.protocol !== url.protocol && target.protocol !== 'https:'
    if (target === 'broken' || isWeaker) throw new AddressFault('it redirects to a URL that is not allowed', false)
    url = target
  }
  throw new AddressFault(`more than ${MAX_REDIRECTS} redirects`, false)
}
