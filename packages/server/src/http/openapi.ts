// The OpenAPI document of all routes.

import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { AppEnv } from './env.ts'
import { json, type Router } from './route.ts'

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
  return app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'koutu',
      version,
      description: 'Photo in, transparent image out. A server that only this machine can reach needs no API key.',
      license: { name: 'Apache-2.0' },
    },
  })
}
