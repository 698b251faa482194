// Reads what a location names: a path, a file: URL, or an http(s) URL behind the guard.

import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Ctx, type GroupedOptions, isKoutuError, KoutuError, type Source } from '@koutu/core'
import { fetchBytes } from '@koutu/node'
import { isUrl } from './is-url.ts'

export function createSource(): Source {
  return {
    async read(location, options, ctx) {
      const { maxBytes } = options.limits
      if (!isUrl(location)) return readPath(location, maxBytes, ctx)
      const url = parseUrl(location)
      if (url.protocol === 'file:') return readPath(fileURLToPath(url), maxBytes, ctx)
      return readUrl(url, options, ctx)
    },
  }
}

function parseUrl(location: string): URL {
  const url = URL.parse(location)
  if (!url) throw new KoutuError('URL_REFUSED', { detail: 'expected a complete URL' })
  return url
}

async function readUrl(
  url: URL,
  { limits, network }: Pick<GroupedOptions, 'limits' | 'network'>,
  ctx: Ctx,
): Promise<Uint8Array> {
  if (network.offline) throw new KoutuError('OFFLINE', { detail: 'a URL was given together with offline' })
  return fetchBytes(url.href, {
    maxBytes: limits.maxBytes,
    timeoutMs: network.fetchTimeout * 1000,
    maxRedirects: 5,
    allowPrivate: network.allowPrivateUrls,
    ...(ctx.signal ? { signal: ctx.signal } : {}),
  })
}

async function readPath(path: string, maxBytes: number, ctx: Ctx): Promise<Uint8Array> {
  try {
    const info = await stat(path)
    if (info.isDirectory()) throw new KoutuError('INPUT_UNREADABLE', { detail: `${path} is a folder` })
    if (info.size > maxBytes) {
      throw new KoutuError('IMAGE_TOO_MANY_BYTES', {
        detail: `expected at most ${maxBytes} bytes but ${path} has ${info.size}`,
        data: { limit: maxBytes, actual: info.size },
      })
    }
    return await readFile(path, ctx.signal ? { signal: ctx.signal } : {})
  } catch (error) {
    throw inputError(path, error)
  }
}

/** An error of the file system that concerns an input, with its path. */
export function inputError(path: string, error: unknown): unknown {
  if (isKoutuError(error) || (error as Error).name === 'AbortError') return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return new KoutuError('INPUT_NOT_FOUND', { detail: path, cause: error })
  return new KoutuError('INPUT_UNREADABLE', { detail: `${path}: ${message}`, cause: error })
}
