import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../app.fixture.ts'

let served: TestApp
beforeAll(async () => {
  served = await openTestApp()
})
afterAll(() => served[Symbol.asyncDispose]())

it('serves files of the browser package, with the policies that a worker needs', async () => {
  const response = await served.app.request('/assets/worker.0123.js')
  expect(response.status).toBe(200)
  expect(await response.text()).toBe('a worker of 20 bytes')
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/javascript',
    'content-length': '20',
    'cache-control': 'public, max-age=31536000, immutable',
    'cross-origin-embedder-policy': 'require-corp',
    'content-security-policy': expect.stringContaining("'wasm-unsafe-eval'"),
  })
})

it('in parts, so that downloads go on', async () => {
  const response = await served.app.request('/assets/worker.0123.js', { headers: { range: 'bytes=12-' } })
  expect([response.status, response.headers.get('content-range')]).toEqual([206, 'bytes 12-19/20'])
  expect(await response.text()).toBe('20 bytes')
})

it('nothing else, and leaves the policies of other answers alone', async () => {
  for (const name of ['nothing.js', '..%2f..%2fpackage.json']) {
    expect((await served.app.request(`/assets/${name}`)).status).toBe(404)
  }
  const policy = (await served.app.request('/healthz')).headers.get('content-security-policy')
  expect(policy).not.toContain('script-src')
})
