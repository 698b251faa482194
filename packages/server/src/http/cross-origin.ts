// Pages of other origins that the operator allows (CORS), on every route, preflights included.

import type { MiddlewareHandler } from 'hono'
import type { AppEnv } from './env.ts'
import type { Access } from './gate.ts'

export interface CrossOriginSettings {
  readonly access: Access
  /** Lower case; `*` is any. */
  readonly allowedOrigins: readonly string[]
}

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE'
const DEFAULT_HEADERS = 'Authorization, X-Api-Key, Content-Type, Accept, Prefer, Idempotency-Key, Range, Last-Event-ID'
const EXPOSED_HEADERS = [
  'Content-Disposition',
  'Content-Location',
  'ETag',
  'Idempotency-Replayed',
  'Koutu-Batch',
  'Koutu-Job',
  'Koutu-Model',
  'Koutu-Queue-Position',
  'Koutu-Seconds-Left',
  'Koutu-Warnings',
  'Location',
  'Request-Id',
  'Retry-After',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
].join(', ')
const MAX_AGE_SECONDS = 86_400

export function isAllowedOrigin({ access, allowedOrigins }: CrossOriginSettings, origin: string | undefined): boolean {
  if (origin === undefined) return false
  return access === 'everybody' || allowedOrigins.includes('*') || allowedOrigins.includes(origin.toLowerCase())
}

export function crossOrigin(settings: CrossOriginSettings): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const origin = c.req.header('origin')
    if (origin === undefined || !isAllowedOrigin(settings, origin)) return next()
    const isPreflight = c.req.method === 'OPTIONS' && c.req.header('access-control-request-method') !== undefined
    if (!isPreflight) await next()
    else {
      const headers = {
        'access-control-allow-methods': METHODS,
        'access-control-allow-headers': c.req.header('access-control-request-headers') ?? DEFAULT_HEADERS,
        'access-control-max-age': String(MAX_AGE_SECONDS),
        // A page of the internet asks so before it may reach a server of a private network.
        ...(c.req.header('access-control-request-private-network') === 'true'
          ? { 'access-control-allow-private-network': 'true' }
          : {}),
      }
      c.res = new Response(null, { status: 204, headers })
    }
    c.header('access-control-allow-origin', origin)
    c.header('access-control-expose-headers', EXPOSED_HEADERS)
    c.header('vary', 'Origin', { append: true })
  }
}
