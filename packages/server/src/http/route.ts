// Declares a route: its OpenAPI entry and its handler together, behind the same checks in the same order.

import { type OpenAPIHono, z } from '@hono/zod-openapi'
import { ERRORS, type ErrorCode, invalidOptions, type KoutuError } from '@koutu/core'
import type { Context } from 'hono'
import type { Owner } from '../jobs/job-service.ts'
import type { Scope } from '../keys/key-service.ts'
import type { AppEnv } from './env.ts'
import { PROBLEM_TYPE } from './problem.ts'
import { ProblemSchema } from './problem-schema.ts'
import { recordError } from './record-error.ts'

type RouteConfig = Parameters<OpenAPIHono<AppEnv>['openAPIRegistry']['registerPath']>[0]
export type Responses = RouteConfig['responses']
export type AppContext = Context<AppEnv>

/** Where a request carries what proves whose it is, for the description. */
interface Credential {
  readonly name: string
  readonly in: 'cookie' | 'header'
  readonly field: string
}

/** How the routes of another service's protocol differ from ours. */
export interface Dialect {
  readonly credential?: Credential
  /** What a request carries as its key; null when it carries none. Our own headers are not looked at. */
  secretOf(c: AppContext): string | null
  /** Whose a request is that carries no key but another proof, a token of ours. Throws where it is none. */
  ownerOf?(c: AppContext): Owner
  /**
   * Whether a name is one of that service's own. Its clients may have been led here under it, and name it as the origin
   * of their pages, even on a server that answers to this machine alone.
   */
  isItsHost?(hostname: string): boolean
  /** An error, already noted in the log, as its clients read it. */
  refuse(error: KoutuError, c: AppContext): Response
}

interface RouteSpec extends Omit<RouteConfig, 'security'> {
  /** Null: anybody. A signed link may stand in for the scope where the route says so. */
  readonly scope: Scope | null
  readonly dialect?: Dialect
  readonly handler: (c: AppContext) => Promise<Response> | Response
}

/** What checks a request before its handler, given what the route demands. */
export type Gate = (c: AppContext, scope: Scope | null, dialect: Dialect | undefined) => Promise<void>

export interface Router {
  add(spec: RouteSpec): void
  /** What has no route below `prefix` is refused as the dialect's clients read it. */
  addUnknown(prefix: string, dialect: Dialect): void
  /** The dialect in which a path without a route is refused. */
  dialectOf(path: string): Dialect | null
  /** Methods that a path takes. */
  methodsOf(path: string): readonly string[]
}

export function createRouter(app: OpenAPIHono<AppEnv>, gate: Gate): Router {
  const routes: { readonly method: string; readonly pattern: RegExp }[] = []
  const unknown: { readonly prefix: string; readonly dialect: Dialect }[] = []
  return {
    add({ scope, dialect, handler, ...config }) {
      const tags = [serviceOf(config.summary)]
      app.openAPIRegistry.registerPath({
        ...withPathParameters(config),
        operationId: operationIdOf(config),
        tags,
        security: scope === null ? [] : describeSecurity(app, dialect),
      })
      const path = config.path.replace(/\{(\w+)\}/g, ':$1')
      routes.push({
        method: config.method.toUpperCase(),
        pattern: new RegExp(`^${config.path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
      })
      app.on(config.method.toUpperCase(), path, async (c) => {
        c.get('logFields').route = config.path
        try {
          await gate(c, scope, dialect)
          return await handler(c)
        } catch (error) {
          if (!dialect) throw error
          return dialect.refuse(recordError(c, error), c)
        }
      })
    },
    addUnknown: (prefix, dialect) => void unknown.push({ prefix, dialect }),
    dialectOf: (path) => unknown.find(({ prefix }) => path.startsWith(prefix))?.dialect ?? null,
    methodsOf: (path) => routes.flatMap(({ method, pattern }) => (pattern.test(path) ? [method] : [])),
  }
}

/** Parameters of the path that the route itself does not describe. OpenAPI wants them all. */
function withPathParameters<Config extends Pick<RouteConfig, 'path' | 'request'>>(config: Config): Config {
  const names = [...config.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!)
  if (names.length === 0 || config.request?.params) return config
  const params = z.object(Object.fromEntries(names.map((name) => [name, z.string()])))
  return { ...config, request: { ...config.request, params } }
}

/** `postV1JobsIdRetry`: what generated clients call the request. */
function operationIdOf({ method, path }: Pick<RouteConfig, 'method' | 'path'>): string {
  const words = path === '/' ? ['root'] : path.match(/\w+/g)!
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

/** `remove.bg: cut out one image` is of remove.bg; what names no service is our own. */
function serviceOf(summary: string | undefined): string {
  return /^([^:]+): /.exec(summary ?? '')?.[1] ?? 'koutu'
}

function describeSecurity({ openAPIRegistry }: OpenAPIHono<AppEnv>, dialect: Dialect | undefined) {
  if (!dialect?.credential) return [{ bearer: [] }, { apiKey: [] }]
  const { name, field, in: place } = dialect.credential
  openAPIRegistry.registerComponent('securitySchemes', name, { type: 'apiKey', in: place, name: field })
  return [{ [name]: [] }]
}

/** Responses for errors, by status, each with the codes it may carry. */
export function problems(...codes: readonly ErrorCode[]): Responses {
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code])
  return Object.fromEntries(
    [...byStatus].map(([status, list]) => [
      status,
      {
        description: list.map((code) => `${code}: ${ERRORS[code].title}.`).join(' '),
        content: { [PROBLEM_TYPE]: { schema: ProblemSchema } },
      },
    ]),
  )
}

/** What any route behind a key may answer. */
export const GATE_PROBLEMS = [
  'KEY_MISSING',
  'KEY_INVALID',
  'SCOPE_MISSING',
  'ORIGIN_REFUSED',
  'RATE_LIMITED',
  'TOO_MANY_STREAMS',
  'REQUEST_INVALID',
  'INVALID_OPTIONS',
  'DATABASE_UNAVAILABLE',
  'STORAGE_FAILED',
  'BLOB_DAMAGED',
  'INTERNAL',
] as const satisfies readonly ErrorCode[]

export function json(description: string, schema: z.ZodType): Responses[string] {
  return { description, content: { 'application/json': { schema } } }
}

/** Query parameters by a schema. A name given twice is an error, as it is ambiguous. Errors: INVALID_OPTIONS. */
export function singleQuery(c: AppContext): Record<string, string> {
  const query: Record<string, string> = {}
  for (const [key, values] of Object.entries(c.req.queries())) {
    if (values.length > 1) throw invalidOptions([{ path: key, message: 'Expected this parameter once' }])
    query[key] = values[0]!
  }
  return query
}
