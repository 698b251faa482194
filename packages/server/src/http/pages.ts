// The pages of the server: the studio at `/`, and the viewer of the API at `/docs`. Public, since there is nothing of anybody's in
// them: what they ask for is behind the same checks as any request.

import { join } from 'node:path'
import type { OpenAPIHono } from '@hono/zod-openapi'
import { KoutuError } from '@koutu/core'
import type { AppEnv } from './env.ts'
import type { AppContext } from './route.ts'
import { openStaticFiles, type StaticFiles } from './static-files.ts'

/** Written by the build; packed with this package. */
const PAGES_FOLDER = join(import.meta.dirname, '../../pages')

const COMMON = {
  'default-src': "'self'",
  'connect-src': "'self'",
  'img-src': "'self' blob: data:",
  'object-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
}

/** It runs WebAssembly in workers that share memory, and shows images that it was given. */
const STUDIO_HEADERS = {
  'content-security-policy': policy({
    ...COMMON,
    'script-src': "'self' 'wasm-unsafe-eval'",
    'worker-src': "'self'",
    'style-src': "'self'",
  }),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'referrer-policy': 'no-referrer',
}

/** The viewer writes styles into its elements. */
const VIEWER_HEADERS = {
  'content-security-policy': policy({ ...COMMON, 'script-src': "'self'", 'style-src': "'self' 'unsafe-inline'" }),
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
}

function policy(directives: Readonly<Record<string, string>>): string {
  return Object.entries(directives)
    .map((directive) => directive.join(' '))
    .join('; ')
}

export type Pages = StaticFiles

/** Null where they have not been built. */
export function openPages(folder: string = PAGES_FOLDER): Pages | null {
  return openStaticFiles(folder)
}

/** Before the middleware that sets the policies of all other answers. Without files, `/` leads to the description of the API. */
export function addPages(app: OpenAPIHono<AppEnv>, pages: Pages | null): void {
  // ImageX of the Dreamina protocol lies at the root, too.
  app.get('/', async (c, next) => {
    if (c.req.query('Action') !== undefined) return next()
    const studio = await pages?.respond(c as AppContext, 'index.html', STUDIO_HEADERS)
    return studio ?? c.redirect('/docs')
  })
  app.get('/docs', async (c) => {
    const viewer = await pages?.respond(c as AppContext, 'docs/index.html', VIEWER_HEADERS)
    return viewer ?? c.redirect('/openapi.json')
  })
  for (const [folder, headers] of [
    ['studio', STUDIO_HEADERS],
    ['docs', VIEWER_HEADERS],
  ] as const) {
    app.get(`/${folder}/:name`, async (c) => {
      const response = await pages?.respond(c as AppContext, `${folder}/${c.req.param('name')}`, {
        ...headers,
        'cross-origin-resource-policy': 'same-origin',
      })
      if (!response) throw new KoutuError('ROUTE_NOT_FOUND')
      return response
    })
  }
}
