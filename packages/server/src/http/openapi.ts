// The OpenAPI document of all routes.

import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { AppEnv } from './env.ts'
import { json, type Router } from './route.ts'

/** A constant of its own, because the types of `info` are those of OpenAPI 3.0, which had no `identifier`. */
const LICENSE = { name: 'Apache-2.0', identifier: 'Apache-2.0' }

export function addOpenApi(app: OpenAPIHono<AppEnv>, router: Router, version: string): void {
  let document: ReturnType<typeof describe> | null = null
  const current = () => {
    document ??= describe(app, version)
    return document
  }
  router.add({
    method: 'get',
    path: '/openapi.json',
    scope: null,
    summary: 'OpenAPI document',
    responses: { 200: json('OpenAPI 3.1.', z.record(z.string(), z.unknown())) },
    handler: (c) => c.json(current()),
  })
}

function describe(app: OpenAPIHono<AppEnv>, version: string) {
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: 'X-Api-Key',
  })
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'koutu',
      version,
      description: 'Photo in, transparent image out. A server that only this machine can reach needs no API key.',
      license: LICENSE,
    },
  })
  return forGenerators(document) as typeof document
}

/**
 * The same document in what generators of clients read: lists of a fixed length say what their entries are, which most of them do not
 * take from `prefixItems`, and no default is an object, for which some leave out the whole request.
 */
function forGenerators(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(forGenerators)
  if (typeof node !== 'object' || node === null) return node
  const plain = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, forGenerators(value)]))
  return isSchema(plain) ? plainSchema(plain) : plain
}

/** Told from lists of names, such as properties, one of which may be called `type`. */
function isSchema({ type, anyOf, oneOf }: Record<string, unknown>): boolean {
  return typeof type === 'string' || Array.isArray(type) || Array.isArray(anyOf) || Array.isArray(oneOf)
}

function plainSchema({ prefixItems, default: standard, ...plain }: Record<string, unknown>): Record<string, unknown> {
  if (standard !== undefined && (typeof standard !== 'object' || standard === null)) plain.default = standard
  if (!Array.isArray(prefixItems)) return plain
  const kinds = [...new Set(prefixItems.map((item) => JSON.stringify(item)))].map((item): unknown => JSON.parse(item))
  const length = prefixItems.length
  const list = { ...plain, items: kinds.length === 1 ? kinds[0] : { anyOf: kinds }, minItems: length, maxItems: length }
  return kinds.length === 1 ? list : { ...list, prefixItems }
}
