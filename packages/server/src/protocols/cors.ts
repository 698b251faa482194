// CORS for the protocols of other services, which allow pages of any origin that have a key.

import { KoutuError } from '@koutu/core'
import type { AppDeps } from '../app-deps.ts'
import { problems, type Router } from '../http/route.ts'

/** On every answer that a page may read. */
export const ANY_ORIGIN = { 'access-control-allow-origin': '*' } as const

/** What a browser asks before it sends a page's request. A server for this machine alone permits none. */
export function addPreflight(router: Router, path: string, methods: string, { settings }: AppDeps): void {
  router.add({
    method: 'options',
    path,
    scope: null,
    summary: 'Preflight request of a page of another origin',
    responses: { 204: { description: 'Allowed.' }, ...problems('ORIGIN_REFUSED') },
    handler() {
      if (settings.access === 'local') {
        throw new KoutuError('ORIGIN_REFUSED', { detail: 'without keys the server answers to its own pages only' })
      }
      const headers = {
        ...ANY_ORIGIN,
        'access-control-allow-methods': methods,
        'access-control-allow-headers': 'X-Api-Key, Authorization, Content-Type, Accept',
        'access-control-max-age': '86400',
      }
      return new Response(null, { status: 204, headers })
    },
  })
}
