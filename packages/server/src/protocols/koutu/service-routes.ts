// Endpoints about the server itself: models, health, readiness, metrics.

import { z } from '@hono/zod-openapi'
import type { AppDeps } from '../../app-deps.ts'
import { GATE_PROBLEMS, json, problems, type Router } from '../../http/route.ts'
import { HealthSchema, ModelListSchema, ReadySchema } from './schemas.ts'

export function addService(router: Router, deps: AppDeps): void {
  const { settings, models, metrics, readiness, stopping } = deps
  router.add({
    method: 'get',
    path: '/v1/models',
    scope: 'jobs:read',
    summary: 'List models',
    responses: { 200: json('The catalog.', ModelListSchema), ...problems(...GATE_PROBLEMS) },
    handler: async (c) => c.json({ models: await models.list() }),
  })
  router.add({
    method: 'get',
    path: '/healthz',
    scope: null,
    summary: 'Check that the process responds',
    responses: { 200: json('It does.', HealthSchema) },
    handler: (c) => c.json({ status: 'ok', version: settings.version }),
  })
  router.add({
    method: 'get',
    path: '/readyz',
    scope: null,
    summary: 'Check that images can be processed',
    responses: { 200: json('It would.', ReadySchema), 503: json('Not ready, with the failed checks.', ReadySchema) },
    async handler(c) {
      const checks = [...(await readiness()), { name: 'running', isOk: !stopping.aborted }]
      const isReady = checks.every(({ isOk }) => isOk)
      return c.json({ isReady, checks }, isReady ? 200 : 503)
    },
  })
  router.add({
    method: 'get',
    path: '/metrics',
    scope: 'metrics:read',
    summary: 'Get metrics for Prometheus',
    responses: {
      200: { description: 'Text exposition format.', content: { 'text/plain': { schema: z.string() } } },
      ...problems(...GATE_PROBLEMS),
    },
    handler: async () => new Response(await metrics.expose(), { headers: { 'content-type': metrics.contentType } }),
  })
}
