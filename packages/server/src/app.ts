// The HTTP application: a function from Request to Response. Knows no socket; `main.ts` gives it one.

import { randomUUID } from 'node:crypto'
import { OpenAPIHono } from '@hono/zod-openapi'
import { KoutuError } from '@koutu/core'
import { secureHeaders } from 'hono/secure-headers'
import { getPath } from 'hono/utils/url'
import type { AppDeps } from './app-deps.ts'
import { addAssets } from './http/assets.ts'
import { crossOrigin } from './http/cross-origin.ts'
import type { AppEnv } from './http/env.ts'
import { createGate } from './http/gate.ts'
import { addOpenApi } from './http/openapi.ts'
import { addPages } from './http/pages.ts'
import { problemResponse } from './http/problem.ts'
import { recordError } from './http/record-error.ts'
import { type AppContext, createRouter } from './http/route.ts'
import { addDreamina } from './protocols/dreamina/routes.ts'
import { addKoutu } from './protocols/koutu/routes.ts'
import { addMcp } from './protocols/mcp/routes.ts'
import { addRembg } from './protocols/rembg/routes.ts'
import { addRemovebg } from './protocols/removebg/routes.ts'

export type App = OpenAPIHono<AppEnv>

export function createApp(deps: AppDeps): App {
  const app: App = new OpenAPIHono<AppEnv>({ getPath: (request) => tidyPath(getPath(request)) })
  observe(app, deps)
  app.use(crossOrigin(deps.settings))
  if (deps.assets) addAssets(app, deps.assets)
  addPages(app, deps.pages)
  app.use(
    secureHeaders({
      contentSecurityPolicy: { defaultSrc: ["'none'"], styleSrc: ["'unsafe-inline'"], frameAncestors: ["'none'"] },
      // Whoever ends TLS in front of this says so; and signed links may be shown by pages elsewhere.
      strictTransportSecurity: false,
      crossOriginResourcePolicy: false,
      crossOriginOpenerPolicy: false,
      originAgentCluster: false,
      xXssProtection: false,
      xDownloadOptions: false,
      xPermittedCrossDomainPolicies: false,
      xDnsPrefetchControl: false,
    }),
  )
  app.onError((error, c) => {
    const known = recordError(c as AppContext, error)
    return problemResponse(known, c.get('requestId'))
  })
  const router = createRouter(app, createGate(deps))
  app.notFound((c) => {
    const methods = router.methodsOf(c.req.path)
    const error =
      methods.length === 0
        ? new KoutuError('ROUTE_NOT_FOUND')
        : new KoutuError('METHOD_NOT_ALLOWED', {
            detail: `expected ${methods.join(' or ')}`,
            data: { allow: methods.join(', ') },
          })
    ;(c as AppContext).get('logFields').code = error.code
    return router.dialectOf(c.req.path)?.refuse(error, c as AppContext) ?? problemResponse(error, c.get('requestId'))
  })
  addKoutu(router, deps)
  addRemovebg(router, deps)
  addRembg(router, deps)
  addDreamina(router, deps)
  addMcp(router, deps)
  addOpenApi(app, router, deps.settings.version)
  return app
}

/** Base addresses are written with a slash at their end, or without: `//v1.0/removebg` and `/api/remove/` are found. */
function tidyPath(path: string): string {
  const tidy = path.replace(/\/{2,}/g, '/')
  return tidy.length > 1 && tidy.endsWith('/') ? tidy.slice(0, -1) : tidy
}

/** As nginx logs a client that hung up before its answer. */
const CLIENT_CLOSED_REQUEST = 499

function hasHungUp(c: AppContext): boolean {
  const { outgoing } = c.env ?? {}
  return outgoing ? outgoing.destroyed && !outgoing.writableFinished : c.req.raw.signal.aborted
}

/** One id, one line and one measurement for each request. */
function observe(app: App, { logger, metrics, clock }: AppDeps): void {
  app.use(async (c, next) => {
    const begin = clock.nowMs()
    const requestId = randomUUID()
    c.set('requestId', requestId)
    c.set('logFields', {})
    await next()
    c.header('request-id', requestId)
    const {
      route = '(none)',
      code: told = null,
      ...fields
    } = c.get('logFields') as {
      route?: string
      code?: string | null
    }
    const isGone = hasHungUp(c)
    const code = isGone ? 'ABORTED' : told
    const { method } = c.req
    const status = isGone ? CLIENT_CLOSED_REQUEST : c.res.status
    const ms = clock.nowMs() - begin
    metrics.requestEnded({ method: KNOWN_METHODS.has(method) ? method : 'other', route, status, ms, code })
    const line = { request: requestId, method, route, status, ms: Math.round(ms), ...(code ? { code } : {}), ...fields }
    if (status >= 500 && code !== null && code !== 'SERVER_STOPPING') logger.error(line, 'request failed')
    else logger.info(line, 'request')
  })
}

const KNOWN_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
