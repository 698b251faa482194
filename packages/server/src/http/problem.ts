// Errors as `application/problem+json` (RFC 9457), made from core's table. The cause of an error is never sent.

import { ERRORS, type ErrorCode, isKoutuError, KoutuError, toKoutuError } from '@koutu/core'

export const PROBLEM_TYPE = 'application/problem+json'

export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  readonly detail?: string
  readonly data?: Readonly<Record<string, unknown>>
  /** The request, as the log names it. */
  readonly instance?: string
}

/** Faults of the machine may name its paths; these never do, nor do those of a fetched address. */
const OPEN: ReadonlySet<ErrorCode> = new Set(['BLOB_DAMAGED', 'SERVER_BUSY', 'WAIT_TOO_LONG'])

function maySayMore({ code, row }: KoutuError): boolean {
  return row.status < 500 || code.startsWith('FETCH_') || OPEN.has(code)
}

export function toProblem(thrown: unknown, requestId?: string): Problem {
  const error = isKoutuError(thrown) ? thrown : toKoutuError(thrown)
  const { title, status } = ERRORS[error.code]
  const prefix = `${title}: `
  const detail = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : null
  const isOpen = maySayMore(error)
  return {
    type: `urn:koutu:error:${error.code}`,
    title,
    status,
    code: error.code,
    ...(detail && isOpen ? { detail } : {}),
    ...(Object.keys(error.data).length > 0 && isOpen ? { data: error.data } : {}),
    ...(requestId ? { instance: `urn:koutu:request:${requestId}` } : {}),
  }
}

/** Seconds after which a refused request may come again, where waiting helps. */
const RETRY_AFTER_SECONDS: Partial<Record<ErrorCode, number>> = {
  QUEUE_FULL: 5,
  TOO_MANY_JOBS: 5,
  TOO_MANY_STREAMS: 5,
  RATE_LIMITED: 60,
  SERVER_BUSY: 2,
  JOB_NOT_DONE: 2,
  SERVER_STOPPING: 10,
  STORAGE_FULL: 60,
  DATABASE_UNAVAILABLE: 5,
  STORAGE_FAILED: 5,
}

/** Seconds after which the same request may succeed; null where waiting does not help. */
export function retryAfterSeconds(error: KoutuError): number | null {
  const told = error.data.retryAfterSeconds
  const seconds = typeof told === 'number' ? Math.ceil(told) : RETRY_AFTER_SECONDS[error.code]
  return seconds === undefined ? null : Math.max(1, seconds)
}

/** What a refusal says of the rate, where the rate was the reason. */
export function rateLimitHeaders({ code, data: { limit, remaining, resetAt } }: KoutuError): Record<string, string> {
  if (code !== 'RATE_LIMITED' || resetAt === undefined) return {}
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(resetAt),
  }
}

export function problemResponse(thrown: unknown, requestId?: string): Response {
  const problem = toProblem(thrown, requestId)
  const headers = new Headers({ 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store' })
  const error = isKoutuError(thrown) ? thrown : toKoutuError(thrown)
  for (const [name, value] of Object.entries(rateLimitHeaders(error))) headers.set(name, value)
  const seconds = retryAfterSeconds(error)
  if (seconds !== null) headers.set('retry-after', String(seconds))
  if (problem.status === 401) headers.set('www-authenticate', 'Bearer realm="koutu"')
  const { allow } = isKoutuError(thrown) ? thrown.data : {}
  if (problem.status === 405 && typeof allow === 'string') headers.set('allow', allow)
  if (error.code === 'RANGE_INVALID') headers.set('content-range', `bytes */${error.data.bytes}`)
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}

export function badRequest(detail: string): KoutuError {
  return new KoutuError('REQUEST_INVALID', { detail })
}
