// The pages of the server: where they lie, under which policies, how they are compressed and kept, and what there is without them.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openTestApp } from '../app.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'koutu-pages-'))
for (const [name, content] of Object.entries({
  'index.html': '<!doctype html>studio',
  'studio/index-Ab_-0123.js': 'plain',
  'studio/index-Ab_-0123.js.br': 'brotli',
  'studio/index-Ab_-0123.js.gz': 'gzip',
  'studio/manifest.json': '{}',
  'docs/index.html': 'viewer',
  'docs/viewer-01234567.js': 'script',
})) {
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), content)
}
afterAll(async () => {
  rmSync(folder, { recursive: true })
})

const open = (more = {}) => openTestApp({ pagesFolder: folder, hasWorker: false, ...more })
const SCRIPT = '/studio/index-Ab_-0123.js'

describe('pages', () => {
  it('come to anybody, under policies without inline scripts, and alone in their process', async () => {
    await using app = await open({ settings: { access: 'keys' } })
    for (const [path, text] of [
      ['/', '<!doctype html>studio'],
      ['/docs', 'viewer'],
    ] as const) {
      const response = await app.app.request(path)
      expect([response.status, await response.text()]).toEqual([200, text])
      const { headers } = response
      expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(headers.get('cache-control')).toBe('no-cache')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
      const policies = new Map(
        headers
          .get('content-security-policy')!
          .split('; ')
          .map((text) => [text.split(' ')[0], text] as const),
      )
      expect(policies.get('default-src')).toBe("default-src 'self'")
      expect(policies.get('script-src')).toMatch(/^script-src 'self'( 'wasm-unsafe-eval')?$/)
      expect(policies.get('connect-src')).toBe("connect-src 'self'")
    }
    const studio = await app.app.request('/')
    expect(studio.headers.get('cross-origin-embedder-policy')).toBe('require-corp')
    expect(studio.headers.get('content-security-policy')).toContain(
      "script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'",
    )
  })

  it('send the smallest form that is asked for, and keep what has a hash', async () => {
    await using app = await open()
    for (const [accepted, text, encoding] of [
      ['gzip, deflate, br, zstd', 'brotli', 'br'],
      ['gzip;q=1.0, br;q=0', 'gzip', 'gzip'],
      ['identity', 'plain', null],
    ] as const) {
      const response = await app.app.request(SCRIPT, { headers: { 'accept-encoding': accepted } })
      expect(response.headers.get('content-encoding')).toBe(encoding)
      expect(response.headers.get('content-length')).toBe(String(text.length))
      expect(await response.text()).toBe(text)
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
      expect(response.headers.get('vary')).toBe('accept-encoding')
      // A worker is a file of its own, with policies of its own.
      expect(response.headers.get('cross-origin-embedder-policy')).toBe('require-corp')
    }
    const manifest = await app.app.request('/studio/manifest.json')
    expect(manifest.headers.get('cache-control')).toBe('no-cache')
    const head = await app.app.request(SCRIPT, { method: 'HEAD' })
    expect([head.status, await head.text(), head.headers.get('content-length')]).toEqual([200, '', '5'])
  })

  it('name nothing but what was built', async () => {
    await using app = await open()
    for (const path of [
      '/studio/none.js',
      '/studio/..%2f..%2fpackage.json',
      '/studio/index-Ab_-0123.js.br',
      '/docs/%00',
    ])
      expect((await app.app.request(path)).status, path).toBe(404)
  })

  it('leave / and /docs to the description of the API where they have not been built', async () => {
    await using app = await openTestApp({ hasWorker: false })
    const places = async (path: string) => (await app.app.request(path)).headers.get('location')
    expect([await places('/'), await places('/docs')]).toEqual(['/docs', '/openapi.json'])
    expect((await app.app.request('/studio/x.js')).status).toBe(404)
  })
})
