// Reads what a URL names.

import { KoutuError, throwIfAborted } from '@koutu/core/errors'
import type { Ctx, Source } from '@koutu/core/ports'

/** Relative URLs are relative to `pageUrl`. */
export function createFetchSource(pageUrl: string): Source {
  return {
    async read(location, { limits, network }, ctx) {
      const url = parse(location, pageUrl)
      if (network.offline && /^https?:$/.test(url.protocol)) {
        throw new KoutuError('OFFLINE', { detail: 'offline: expected no URL of the network' })
      }
      return fetchBytes(url, limits.maxBytes, network.fetchTimeout * 1000, ctx)
    },
  }
}

function parse(location: string, pageUrl: string): URL {
  const url = URL.parse(location, pageUrl)
  if (!url) throw new KoutuError('URL_REFUSED', { detail: 'expected a URL' })
  return url
}

async function fetchBytes(url: URL, maxBytes: number, timeoutMs: number, { signal }: Ctx): Promise<Uint8Array> {
  // Its query may be a secret.
  const shown = /^https?:$/.test(url.protocol) ? `${url.origin}${url.pathname}` : `a ${url.protocol} URL`
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([timeout, ...(signal ? [signal as AbortSignal] : [])]),
    })
    if (!response.ok) throw new KoutuError('FETCH_FAILED', { detail: `${shown}: status ${response.status}` })
    return await collect(response, maxBytes)
  } catch (cause) {
    if (cause instanceof KoutuError) throw cause
    throwIfAborted(signal)
    if (timeout.aborted) throw new KoutuError('FETCH_TIMEOUT', { detail: shown, cause })
    throw new KoutuError('FETCH_FAILED', {
      detail: `${shown}: the host is unreachable, or does not allow this page to read it (CORS)`,
      cause,
    })
  }
}

async function collect({ body }: Response, maxBytes: number): Promise<Uint8Array> {
  const parts: Uint8Array<ArrayBuffer>[] = []
  let total = 0
  for await (const part of body ?? []) {
    total += part.length
    if (total > maxBytes) {
      throw new KoutuError('IMAGE_TOO_MANY_BYTES', {
        detail: `expected at most ${maxBytes} bytes`,
        data: { limit: maxBytes },
      })
    }
    parts.push(part)
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}
