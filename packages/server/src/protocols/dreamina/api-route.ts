// Declares one API call: path, response schema, and handler. Everything around it is the same for all.

import { z } from '@hono/zod-openapi'
import { apiReply, commerceReply } from '@koutu/dreamina'
import type { AppDeps } from '../../app-deps.ts'
import { type AppContext, type Dialect, json, type Router } from '../../http/route.ts'
import type { Scope } from '../../keys/key-service.ts'
import { AnyBody, apiSchema, commerceSchema, passportSchema } from './schemas.ts'
import { apiDialect, type Body, checkSign, commerceDialect, NO_STORE, readBody, stampOf } from './wire.ts'

interface ApiCall {
  readonly path: string
  readonly scope: Scope
  readonly summary: string
  readonly description?: string
  readonly data: z.ZodType
  /**
   * Of another service of that house, whose answers have no `ret`: some clients take an answer with one for its `data`,
   * and look for the account beside it.
   */
  readonly isPassport?: boolean
  /** What goes into `data`. The body is null where it is empty. */
  readonly work: (c: AppContext, body: Body | null) => Promise<object> | object
}

export type AddApi = (call: ApiCall) => void

/** For `/mweb/*` and alike. */
export function apiAdder(router: Router, deps: AppDeps): AddApi {
  return adder(router, deps, { dialect: apiDialect(deps), schema: apiSchema, reply: apiReply })
}

/** For `/commerce/*`. */
export function commerceAdder(router: Router, deps: AppDeps): AddApi {
  return adder(router, deps, { dialect: commerceDialect(deps), schema: commerceSchema, reply: commerceReply })
}

/** How a part of the protocol wraps what it answers. */
interface Envelope {
  readonly dialect: Dialect
  readonly schema: (data: z.ZodType) => z.ZodType
  readonly reply: (answer: object, stamp: ReturnType<typeof stampOf>) => object
}

function adder(router: Router, deps: AppDeps, { dialect, schema, reply }: Envelope): AddApi {
  return ({ path, scope, summary, data, work, isPassport = false, ...more }) =>
    router.add({
      method: 'post',
      path,
      scope,
      dialect,
      summary: `Dreamina: ${summary}`,
      ...more,
      request: { body: AnyBody },
      responses: {
        200: json(
          '`ret` is "0" on success.',
          isPassport ? z.union([passportSchema(data), schema(data)]) : schema(data),
        ),
      },
      async handler(c) {
        if (path.startsWith('/mweb/')) checkSign(c, deps)
        const answer = await work(c, await readBody(c, deps))
        const stamped = isPassport ? { message: 'success', ...answer, data: answer } : reply(answer, stampOf(deps))
        return c.json(stamped, 200, NO_STORE)
      },
    })
}
