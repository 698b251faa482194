// The Model Context Protocol over HTTP (Streamable HTTP, revision 2026-07-28 and the stateless part of those before): the tools
// of @koutu/mcp, whose cutouts are jobs like any other.

import { z } from '@hono/zod-openapi'
import type { Session } from '@koutu/mcp'
import type { AppDeps } from '../../app-deps.ts'
import { PROBLEM_TYPE } from '../../http/problem.ts'
import { ProblemSchema } from '../../http/problem-schema.ts'
import { type AppContext, GATE_PROBLEMS, problems, type Router } from '../../http/route.ts'
import { readJson } from '../../intake/read-json.ts'
import { createServedCutter, createServedResults } from './served-cutter.ts'
import { createSessions } from './sessions.ts'

const PATH = '/mcp'
const MESSAGE = { 'application/json': { schema: z.looseObject({ jsonrpc: z.literal('2.0') }) } }

export function addMcp(router: Router, deps: AppDeps): void {
  const sessions = createSessions()
  router.add({
    method: 'post',
    path: PATH,
    scope: 'cutouts:write',
    summary: 'Model Context Protocol: one message',
    request: { body: { required: true, content: MESSAGE } },
    responses: {
      200: {
        description: 'The answer, as JSON or as a stream of events.',
        content: { 'application/json': { schema: z.any() }, 'text/event-stream': { schema: z.any() } },
      },
      202: { description: 'A notification was taken.' },
      ...problems('REQUEST_TIMEOUT', 'IMAGE_TOO_MANY_BYTES', 'SERVER_BUSY', ...GATE_PROBLEMS),
      400: {
        description: 'No message of the protocol, or no JSON.',
        content: { 'application/json': { schema: z.any() }, [PROBLEM_TYPE]: { schema: ProblemSchema } },
      },
    },
    handler: async (c) => {
      const session = await sessions.of(c.get('owner').id)
      return answer(c, deps, session, await readJson(c, deps, 'input'))
    },
  })
  for (const method of ['get', 'delete'] as const) {
    router.add({
      method,
      path: PATH,
      scope: 'cutouts:write',
      summary: 'Model Context Protocol: sessions, of which this server has none',
      responses: {
        405: { description: 'No session.', content: { 'application/json': { schema: z.any() } } },
        ...problems(...GATE_PROBLEMS),
      },
      handler: async (c) => answer(c, deps, await sessions.of(c.get('owner').id)),
    })
  }
}

// Loaded at the first message: most servers never get one.
async function answer(c: AppContext, deps: AppDeps, session: Session, parsedBody?: unknown): Promise<Response> {
  const { createMcpHandler, createServedMcpFactory } = await import('@koutu/mcp')
  const { version, limits } = deps.settings
  const cutter = createServedCutter(c, deps)
  const factory = createServedMcpFactory({ ...session, version, limits, cutter, results: createServedResults() })
  return createMcpHandler(factory).fetch(c.req.raw, parsedBody === undefined ? {} : { parsedBody })
}
