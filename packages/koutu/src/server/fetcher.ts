// Fetches URLs of a server's clients through the guarded fetch.

import { KoutuError } from '@koutu/core'
import { fetchStream, postText } from '@koutu/node/fetch'
import type { Fetcher } from '@koutu/server'

export function createFetcher({
  offline,
  allowPrivate,
}: {
  readonly offline: boolean
  readonly allowPrivate: boolean
}): Fetcher {
  const checkOnline = (): void => {
    if (offline) throw new KoutuError('OFFLINE', { detail: 'the server was started with --offline' })
  }
  return {
    get(url, limits) {
      checkOnline()
      return fetchStream(url, { ...limits, maxRedirects: 5, allowPrivate })
    },
    async post(url, body, request) {
      checkOnline()
      return postText(url, body, { ...request, allowPrivate })
    },
  }
}
