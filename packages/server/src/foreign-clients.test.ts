// What programs that others wrote send, beside what the protocols' own tests hold.

import { connect } from 'node:net'
import { describe, expect, it, vi } from 'vitest'
import { encodePng } from '../../../testing/src/dreamina-fake/png.ts'
import { openTestApp, resultOf, type TestApp } from './app.fixture.ts'
import { listen } from './http/listen.ts'

const PHOTO = new Uint8Array(encodePng({ width: 3, height: 2, channels: 3, data: new Uint8Array(18) }))
const raw = (headers: Record<string, string> = {}) => ({
  method: 'POST',
  body: PHOTO,
  headers: { 'content-type': 'image/png', ...headers },
})

function formOf(...parts: readonly string[]): { method: string; body: FormData } {
  const body = new FormData()
  for (const part of parts) body.append(part, new Blob([PHOTO]), `${part}.png`)
  return { method: 'POST', body }
}

async function isCutout(response: Response): Promise<boolean> {
  return response.status === 200 && Buffer.from(await response.arrayBuffer()).equals(Buffer.from(resultOf(PHOTO)))
}

describe('our own API', () => {
  it('answers the image to clients that take anything, and JSON where that is preferred', async () => {
    await using app = await openTestApp()
    for (const accept of ['application/json, text/plain, */*', '*/*', 'image/*', 'image/png, application/json'])
      expect(await isCutout(await app.request('/v1/cutouts', raw({ accept }))), accept).toBe(true)
    for (const accept of ['application/json', 'application/json, */*;q=0.1']) {
      const response = await app.request('/v1/cutouts', raw({ accept }))
      expect(response.headers.get('content-type'), accept).toMatch(/^application\/json/)
    }
  })

  it.each(['image', 'file', 'image_file', 'photo'])('takes the image from the part %s', async (part) => {
    await using app = await openTestApp()
    expect(await isCutout(await app.request('/v1/cutouts', formOf(part)))).toBe(true)
  })

  it.each([[['image', 'photo']], [['photo', 'image']], [['a', 'b']]])('refuses the parts %j', async (parts) => {
    await using app = await openTestApp()
    expect((await app.request('/v1/batches', formOf(...parts))).status).toBe(400)
  })

  it('takes base64 with line breaks', async () => {
    await using app = await openTestApp()
    const image = Buffer.from(PHOTO).toString('base64').replace(/.{20}/g, '$&\r\n')
    const headers = { 'content-type': 'application/json' }
    for (const text of [image, `data:image/png;base64,${image}\n`]) {
      const body = JSON.stringify({ image: text })
      expect(await isCutout(await app.request('/v1/cutouts', { method: 'POST', body, headers }))).toBe(true)
    }
    const padding = JSON.stringify({ image: `${'='.repeat(150_000)}A` })
    expect((await app.request('/v1/cutouts', { method: 'POST', body: padding, headers })).status).toBe(400)
  })

  it('takes any key where none is needed', async () => {
    await using app = await openTestApp({ settings: { access: 'local' } })
    for (const key of [{ authorization: 'Bearer any' }, { 'x-api-key': 'x' }])
      expect(await isCutout(await app.request('http://localhost/v1/cutouts', raw(key)))).toBe(true)
  })

  it('tells the rate with a refusal', async () => {
    await using app = await openTestApp({ settings: { ratePerMinute: 1 } })
    expect((await app.request('/v1/models')).status).toBe(200)
    for (const path of ['/v1/models', '/api/remove', '/v1.0/account']) {
      const { status, headers } = await app.request(path)
      expect([status, headers.get('x-ratelimit-limit'), headers.get('x-ratelimit-remaining')]).toEqual([429, '1', '0'])
      expect(Math.abs(Number(headers.get('x-ratelimit-reset')) - Date.now() / 1000)).toBeLessThan(62)
    }
  })
})

describe('addresses', () => {
  it.each(['//v1.0/removebg', '/v1.0/removebg/', '/api/removebg', '/v1/cutouts/'])('%s is found', async (path) => {
    await using app = await openTestApp()
    expect(await isCutout(await app.app.request(path, formOf('image_file')))).toBe(true)
  })

  it('/ leads to the documentation', async () => {
    await using app = await openTestApp()
    const response = await app.request('/')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/docs'])
  })
})

describe('pages of other origins', () => {
  const origin = 'https://shop.example'
  const preflight = (app: TestApp, path: string, from = origin, host = 'localhost:8787') =>
    app.app.request(`http://${host}${path}`, {
      method: 'OPTIONS',
      headers: {
        host,
        origin: from,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'x-api-key,x-anything',
      },
    })

  it.each(['/v1/cutouts', '/v1/jobs/x', '/api/remove', '/v1.0/removebg'])('may use %s when allowed', async (path) => {
    await using app = await openTestApp({ settings: { access: 'local', allowedOrigins: [origin] } })
    const { status, headers } = await preflight(app, path)
    expect([status, headers.get('access-control-allow-origin')]).toEqual([204, origin])
    expect(headers.get('access-control-allow-headers')).toBe('x-api-key,x-anything')
    const foreign = await preflight(app, path, 'https://evil.example')
    expect(foreign.headers.get('access-control-allow-headers')).toBeNull()
  })

  it('get results and errors when allowed, and are refused when not', async () => {
    await using app = await openTestApp({ settings: { access: 'local', allowedOrigins: [origin] } })
    const post = (from: string, headers = {}) =>
      app.request(
        'http://localhost/v1/cutouts',
        raw({ host: 'localhost', origin: from, 'sec-fetch-site': 'cross-site', ...headers }),
      )
    const good = await post(origin)
    expect([good.status, good.headers.get('access-control-allow-origin')]).toEqual([200, origin])
    expect(good.headers.get('access-control-expose-headers')).toContain('Koutu-Job')
    expect(good.headers.get('vary')).toContain('Origin')
    const wrong = await post(origin, { 'content-type': 'text/plain' })
    expect([wrong.status, wrong.headers.get('access-control-allow-origin')]).toEqual([415, origin])
    const foreign = await post('https://evil.example')
    expect([foreign.status, foreign.headers.get('access-control-allow-origin')]).toEqual([403, null])
  })

  it('of any origin may use a server that everybody may use', async () => {
    await using app = await openTestApp({ settings: { access: 'everybody' } })
    expect((await preflight(app, '/v1/cutouts', 'https://any.example', 'cutouts.example')).status).toBe(204)
  })
})

it('a server without keys is reached by names that are allowed, and no others', async () => {
  await using app = await openTestApp({ settings: { access: 'local', allowedHosts: ['cutouts.lan'] } })
  const get = async (host: string) => (await app.request(`http://${host}/v1/models`, { headers: { host } })).status
  expect([await get('cutouts.lan:8787'), await get('evil.example')]).toEqual([200, 403])
})

it.each(['/v1/cutouts', '/api/remove', '/v1.0/removebg'])(
  'a client of %s that hangs up is logged as 499',
  async (path) => {
    await using app = await openTestApp({ hasWorker: false })
    const listener = await listen(app.app.fetch, { host: '127.0.0.1', port: 0, requestTimeoutMs: 20_000, tls: null })
    try {
      const form = new Request('http://localhost', formOf(path === '/v1.0/removebg' ? 'image_file' : 'file'))
      const body = Buffer.from(await form.arrayBuffer())
      const socket = connect(listener.port, '127.0.0.1')
      const head = [`POST ${path} HTTP/1.1`, 'host: localhost', `content-type: ${form.headers.get('content-type')}`]
      socket.write(`${[...head, `content-length: ${body.length}`].join('\r\n')}\r\n\r\n`)
      socket.write(body)
      await vi.waitFor(async () => expect((await app.store.jobs.stats()).queued).toBe(1), { timeout: 20_000 })
      socket.destroy()
      const line = () => app.logged.find((fields) => 'route' in fields && fields.route === path)
      await vi.waitFor(() => expect(line()).toMatchObject({ status: 499, code: 'ABORTED', level: 'info' }), {
        timeout: 20_000,
      })
      expect((await app.store.jobs.stats()).queued).toBe(0)
    } finally {
      listener.server.closeAllConnections()
      await new Promise((resolve) => listener.server.close(resolve))
    }
  },
)
