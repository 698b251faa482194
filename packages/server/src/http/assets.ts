// `/assets/`: the files that @koutu/browser loads in a page, for pages of this server and for those that isolate themselves.
// Public: there is nothing of anybody's in them.

import type { OpenAPIHono } from '@hono/zod-openapi'
import { KoutuError } from '@koutu/core'
import { parseRange } from './byte-range.ts'
import type { AppEnv } from './env.ts'

/** Files for pages with @koutu/browser. */
export interface Assets {
  /** Null where there is none of this name. */
  find(name: string): Promise<{
    readonly bytes: number
    open(range?: { readonly start: number; readonly end: number }): ReadableStream<Uint8Array>
  } | null>
}

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript',
  mjs: 'text/javascript',
  json: 'application/json',
  wasm: 'application/wasm',
}

/** A worker has the policies of its own file: it runs WebAssembly, loads more of these files, and shares memory with threads. */
const POLICIES: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src *",
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'cross-origin',
}

/** Before the middleware that sets the policies of all other answers. */
export function addAssets(app: OpenAPIHono<AppEnv>, assets: Assets): void {
  app.use('/assets/:name', async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(POLICIES)) c.res.headers.set(name, value)
  })
  app.get('/assets/:name', async (c) => {
    const name = c.req.param('name')
    const asset = await assets.find(name)
    if (!asset) throw new KoutuError('ROUTE_NOT_FOUND', { detail: `there is no file '${name.slice(0, 100)}'` })
    const range = parseRange(c.req.header('range'), asset.bytes)
    const headers = new Headers({
      'content-type': TYPES[name.split('.').at(-1)!] ?? 'application/octet-stream',
      'content-length': String(range ? range.end - range.start : asset.bytes),
      'accept-ranges': 'bytes',
      // Names hold hashes, but for the index.
      'cache-control': name.endsWith('.json') ? 'no-cache' : 'public, max-age=31536000, immutable',
    })
    if (range) headers.set('content-range', `bytes ${range.start}-${range.end - 1}/${asset.bytes}`)
    return new Response(c.req.method === 'HEAD' ? null : asset.open(range ?? undefined), {
      status: range ? 206 : 200,
      headers,
    })
  })
}
