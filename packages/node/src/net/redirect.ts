// Follows redirects explicitly, so that each hop passes the same checks as the first address.

import type { IncomingHttpHeaders } from 'node:http'

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** Where a response points to: a URL, null when it is no redirect, 'broken' when it is one without a usable address. */
export function redirectTarget(
  response: { readonly statusCode: number; readonly headers: IncomingHttpHeaders },
  from: URL,
): URL | 'broken' | null {
  if (!REDIRECTS.has(response.statusCode)) return null
  const { location } = response.headers
  return (typeof location === 'string' ? URL.parse(location, from.href) : null) ?? 'broken'
}
