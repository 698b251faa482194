// Errors in the format of FastAPI: `{"detail": …}`, a string, or a list of invalid parameters.

import { z } from '@hono/zod-openapi'
import { ERRORS, type ErrorCode, KoutuError } from '@koutu/core'
import { rateLimitHeaders, retryAfterSeconds, toProblem } from '../../http/problem.ts'
import type { Responses } from '../../http/route.ts'
import { ANY_ORIGIN } from '../cors.ts'
import { retryHint } from '../retry-hint.ts'

/** One parameter that is wrong, in pydantic's words. */
export interface Fault {
  readonly type: string
  readonly loc: readonly [where: 'query' | 'body', name: string]
  readonly msg: string
  readonly input: unknown
  readonly ctx?: Readonly<Record<string, unknown>>
}

const UNPROCESSABLE = 422

export function invalid(faults: readonly Fault[]): KoutuError {
  const detail = faults.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`).join('; ')
  return new KoutuError('INVALID_OPTIONS', { detail, data: { faults } })
}

export function refuse(error: KoutuError): Response {
  const { title, status, detail = retryHint(error) } = toProblem(error)
  const { faults } = error.data as { faults?: readonly Fault[] }
  const headers = new Headers({ 'content-type': 'application/json', 'cache-control': 'no-store', ...ANY_ORIGIN })
  const seconds = retryAfterSeconds(error)
  if (seconds !== null) headers.set('retry-after', String(seconds))
  for (const [name, value] of Object.entries(rateLimitHeaders(error))) headers.set(name, value)
  const said = faults ?? (detail ? `${title}: ${detail}` : title)
  return new Response(JSON.stringify({ detail: said }), { status: faults ? UNPROCESSABLE : status, headers })
}

const FaultSchema = z.strictObject({
  type: z.string(),
  loc: z.tuple([z.enum(['query', 'body']), z.string()]),
  msg: z.string(),
  input: z.unknown(),
  ctx: z.record(z.string(), z.unknown()).optional(),
})
const DetailSchema = z.strictObject({ detail: z.union([z.string(), z.array(FaultSchema)]) }).openapi('RembgError')

/** By status, each with the codes of ours behind it. */
export function errorResponses(codes: readonly ErrorCode[]): Responses {
  const content = { 'application/json': { schema: DetailSchema } }
  const statuses = [UNPROCESSABLE, ...codes.map((code) => ERRORS[code].status)]
  return Object.fromEntries(
    statuses.map((status) => {
      const titles = codes.filter((code) => ERRORS[code].status === status).map((code) => `${ERRORS[code].title}.`)
      const own = status === UNPROCESSABLE ? ['Invalid parameter.'] : []
      return [status, { description: [...own, ...titles].join(' '), content }]
    }),
  )
}
