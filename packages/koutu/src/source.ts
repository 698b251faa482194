// Reads what a location names: a path, a file: or data: URL, or an http(s) URL behind the guard.

import { constants, createReadStream, open, type ReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Ctx, type GroupedOptions, isKoutuError, KoutuError, type Source, sniff } from '@koutu/core'
import { collectBytes, tooManyBytes } from './collect-bytes.ts'
import { isDataUrl, isUrl } from './is-url.ts'
import { shorten } from './shorten.ts'
import { systemReason } from './system-reason.ts'

export function createSource(): Source {
  return {
    async read(location, options, ctx) {
      const { maxBytes } = options.limits
      if (isDataUrl(location)) return readDataUrl(location, maxBytes)
      if (!isUrl(location)) return readPath(location, maxBytes, ctx)
      const url = parseUrl(location)
      if (url.protocol === 'file:') return readPath(pathOf(url), maxBytes, ctx)
      return readUrl(url, options, ctx)
    },
  }
}

function parseUrl(location: string): URL {
  const url = URL.parse(location)
  if (!url) throw new KoutuError('URL_REFUSED', { detail: 'expected a complete URL' })
  return url
}

function pathOf(url: URL): string {
  try {
    return fileURLToPath(url)
  } catch (error) {
    throw new KoutuError('URL_REFUSED', { detail: 'expected a file: URL of this machine', cause: error })
  }
}

async function readUrl(
  url: URL,
  { limits, network }: Pick<GroupedOptions, 'limits' | 'network'>,
  ctx: Ctx,
): Promise<Uint8Array> {
  if (network.offline) throw new KoutuError('OFFLINE', { detail: 'a URL was given together with offline' })
  // Most programs fetch nothing.
  const { fetchBytes } = await import('@koutu/node/fetch')
  return fetchBytes(url.href, {
    maxBytes: limits.maxBytes,
    timeoutMs: network.fetchTimeout * 1000,
    maxRedirects: 5,
    allowPrivate: network.allowPrivateUrls,
    ...(ctx.signal ? { signal: ctx.signal } : {}),
  })
}

/** Bytes in one read of a file. */
const CHUNK_BYTES = 2 ** 20

/** A pipe, a device or a file that grows has no length of its own: the limit is what ends it. */
async function readPath(path: string, maxBytes: number, { signal }: Ctx): Promise<Uint8Array> {
  const shown = shorten(path)
  try {
    const info = await stat(path)
    if (info.isDirectory()) throw new KoutuError('INPUT_UNREADABLE', { detail: `${shown} is a folder` })
    if (info.size > maxBytes) {
      throw new KoutuError('IMAGE_TOO_MANY_BYTES', {
        detail: `expected at most ${maxBytes} bytes but ${shown} has ${info.size}`,
        data: { limit: maxBytes, actual: info.size },
      })
    }
    return await collectBytes(await openPath(path, info.isFIFO()), maxBytes, signal)
  } catch (error) {
    throw inputError(path, error)
  }
}

/**
 * A named pipe is opened without waiting for its writer and read by events: a thread that waits in the system can be neither aborted
 * nor ended. Systems other than Linux may tell the end of a pipe before the first writer has come, so there it is a file.
 */
async function openPath(path: string, isPipe: boolean): Promise<ReadStream | Socket> {
  if (!isPipe || process.platform !== 'linux') return createReadStream(path, { highWaterMark: CHUNK_BYTES })
  const { Socket } = await import('node:net')
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return new Socket({ fd, readable: true, writable: false })
}

/** An error of the file system that concerns an input, with its path. */
export function inputError(path: string, error: unknown): unknown {
  if (isKoutuError(error) || (error as Error).name === 'AbortError') return error
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return notFound(path, error)
  if (code === 'ENAMETOOLONG' && sniff(Buffer.from(path.slice(0, 64))) === 'base64')
    return new KoutuError('INPUT_UNREADABLE', {
      detail: "expected a path but received Base64; write 'data:image/jpeg;base64,' before it",
    })
  return new KoutuError('INPUT_UNREADABLE', { detail: `${shorten(path)}: ${systemReason(error)}`, cause: error })
}

/** Node takes names for UTF-8: bytes that are none become U+FFFD, which names another file. */
export function notFound(path: string, cause?: unknown): KoutuError {
  const why = path.includes('\ufffd') ? ' (file names that are not UTF-8 cannot be opened; rename the file)' : ''
  return new KoutuError('INPUT_NOT_FOUND', { detail: `${shorten(path)}${why}`, cause })
}

/** RFC 2397, read as `fetch` reads it. Nothing leaves the process. */
async function readDataUrl(location: string, maxBytes: number): Promise<Uint8Array> {
  // No encoding takes more than three characters for a byte: what is longer need not be decoded to be too long.
  if (location.length - location.indexOf(',') - 1 > maxBytes * 3) throw tooManyBytes(maxBytes)
  try {
    const bytes = new Uint8Array(await (await fetch(location)).arrayBuffer())
    if (bytes.length > maxBytes) throw tooManyBytes(maxBytes)
    return bytes
  } catch (error) {
    if (error instanceof KoutuError) throw error
    throw new KoutuError('INPUT_UNREADABLE', { detail: 'the data: URL is not valid', cause: error })
  }
}
