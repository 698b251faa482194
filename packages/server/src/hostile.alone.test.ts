// Input made to harm, over real sockets: each case is answered with a code of its own, in bounded memory, and the server
// goes on. How long and how much each takes on a whole server is measured by bench/server/hostile.ts.

import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { KoutuError } from '@koutu/core'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { encodePng } from '../../../testing/src/dreamina-fake/png.ts'
import { HEADER_SAMPLES, HOSTILE_FILES } from '../../../testing/src/server/hostile-files.ts'
import { fetchStream } from '../../node/src/net/guarded-fetch.ts'
import { answer, openTestApp, resultOf, type TestApp } from './app.fixture.ts'
import { type Listener, listen } from './http/listen.ts'

// 127.0.0.1 plays a public address here, so that a real server can stand on both sides of the wall.
vi.mock('../../node/src/net/public-address.ts', () => ({
  isPublicAddress: (address: string) => address === '127.0.0.1',
}))

const LIMITS = { maxBytes: 2 ** 21, maxPixels: 20e6, maxFrames: 1000 }

/** For what happens soon, on a machine that may be busy. */
const PATIENCE = { timeout: 30_000 }

let app: TestApp
let listener: Listener
/** What the runner waits for before it answers. */
let gate: Promise<void>
let answering: (name: string) => readonly { address: string; family: number }[]

beforeEach(async () => {
  answering = () => [{ address: '127.0.0.1', family: 4 }]
  gate = Promise.resolve()
  app = await openTestApp({
    run: async ({ input }, signal) => {
      await Promise.race([gate, new Promise((resolve) => signal?.addEventListener('abort', resolve))])
      if (signal?.aborted) throw new KoutuError('ABORTED')
      return answer(resultOf(input))
    },
    settings: { limits: LIMITS, bodyTimes: { idleMs: 300, totalMs: 1_500 }, maxJsonBytes: 2 ** 18 },
    fetcher: {
      get: (url, limits) =>
        fetchStream(url, { ...limits, maxRedirects: 3, allowPrivate: false, resolve: async (name) => answering(name) }),
    },
  })
  listener = await listen(app.app.fetch, { host: '127.0.0.1', port: 0, requestTimeoutMs: 1_500, tls: null })
})
afterEach(async () => {
  listener.server.closeAllConnections()
  await new Promise((resolve) => listener.server.close(resolve))
  expect(await readdir(app.spoolFolder), 'spooled uploads are deleted').toEqual([])
  await app[Symbol.asyncDispose]()
})

interface Answer {
  readonly status: number
  readonly code: string | null
}

/** Sends text as it is and reads whatever comes back until the server closes. */
function exchange(parts: readonly (string | Uint8Array)[], { end = false } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const socket = connect(listener.port, '127.0.0.1')
    const pieces: Buffer[] = []
    socket.on('data', (piece) => pieces.push(piece))
    // A server that closes while we still send resets the connection, after its answer.
    socket.on('error', () => {})
    socket.on('close', () => {
      const text = Buffer.concat(pieces).toString()
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0)
      if (status === 0) reject(new Error(`no answer: ${text.slice(0, 200)}`))
      else resolve({ status, code: /"code":"([A-Z_]+)"/.exec(text)?.[1] ?? null })
    })
    for (const part of parts) socket.write(part)
    if (end) socket.end()
  })
}

const head = (...headers: readonly string[]): string =>
  ['POST /v1/cutouts HTTP/1.1', 'host: localhost', 'connection: close', ...headers, '', ''].join('\r\n')

async function send(
  body: Uint8Array<ArrayBuffer> | Blob | FormData | string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${listener.port}/v1/cutouts`, {
    method: 'POST',
    body,
    headers: body instanceof FormData ? headers : { 'content-type': 'application/octet-stream', ...headers },
  })
  return { status: response.status, code: ((await response.json()) as { code: string }).code }
}

const photo = (): Uint8Array<ArrayBuffer> =>
  new Uint8Array(encodePng({ width: 2, height: 2, channels: 3, data: new Uint8Array(12) }))

async function stillServes(): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${listener.port}/v1/cutouts`, {
    method: 'POST',
    body: photo(),
    headers: { 'content-type': 'image/png' },
  })
  expect(response.status).toBe(200)
  await response.arrayBuffer()
}

describe('the database', () => {
  it('leaves others their turns while many ask', async () => {
    let turns = 0
    const count = (): void => {
      turns++
      pending = setImmediate(count)
    }
    let pending = setImmediate(count)
    await Promise.all(Array.from({ length: 40 }, () => app.store.database.query('select 1')))
    clearImmediate(pending)
    expect(turns).toBeGreaterThanOrEqual(9)
  })
})

describe('bodies', () => {
  it('that come slowly are given up', async () => {
    const png = 'content-type: image/png'
    expect(await exchange([head(png, 'content-length: 1000'), '\x89PNG'])).toEqual({
      status: 408,
      code: 'REQUEST_TIMEOUT',
    })
    await stillServes()
  })

  it('that drip are given up after the whole time', async () => {
    const socket = connect(listener.port, '127.0.0.1')
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (piece) => {
      text += piece
    })
    socket.write(head('content-type: image/png', 'content-length: 100000'))
    const drip = setInterval(() => socket.write('\x89'), 50)
    await new Promise((resolve) => socket.on('close', resolve))
    clearInterval(drip)
    expect(text).toMatch(/^HTTP\/1\.1 408[\s\S]*REQUEST_TIMEOUT/)
    await stillServes()
  })

  it('whose headers never end are given up', async () => {
    expect(await exchange(['POST /v1/cutouts HTTP/1.1\r\nhost: localhost\r\nx-slow: '])).toEqual({
      status: 408,
      code: 'REQUEST_TIMEOUT',
    })
  })

  it.each([
    ['announces more than is allowed', ['content-length: 99999999999'], 413, 'IMAGE_TOO_MANY_BYTES'],
    ['announces a negative length', ['content-length: -5'], 400, 'REQUEST_INVALID'],
    ['announces two lengths', ['content-length: 5', 'content-length: 6'], 400, 'REQUEST_INVALID'],
    ['announces a length beside chunks', ['content-length: 5', 'transfer-encoding: chunked'], 400, 'REQUEST_INVALID'],
    ['announces a length that is no number', ['content-length: 0x10'], 400, 'REQUEST_INVALID'],
    ['uses an unknown transfer encoding', ['transfer-encoding: gzip'], 400, 'REQUEST_INVALID'],
    ['is compressed', ['content-length: 5', 'content-encoding: gzip'], 400, 'REQUEST_INVALID'],
  ])('one that %s is refused before it is read', async (_, headers, status, code) => {
    expect(await exchange([head('content-type: image/png', ...headers), 'hello'], { end: true })).toEqual({
      status,
      code,
    })
    await stillServes()
  })

  it('that end before they said are no image', async () => {
    const answer = await exchange([head('content-type: image/png', 'content-length: 1000'), photo()], { end: true })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.code).toBe('REQUEST_INVALID')
    expect(app.runs).toEqual([])
  })

  it('that go on after they said are cut there', async () => {
    const png = photo()
    const answer = await exchange([head('content-type: image/png', 'content-length: 8'), png], { end: true })
    // Whichever is seen first: that the image is cut, or that what follows it is no request.
    expect(['IMAGE_CORRUPT', 'REQUEST_INVALID']).toContain(answer.code)
    expect(app.runs).toEqual([])
  })

  it('without an end are stopped at the limit, in bounded memory', async () => {
    const before = process.memoryUsage().rss
    const piece = new Uint8Array(2 ** 16)
    piece.set(photo().subarray(0, 33))
    let sent = 0
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += piece.length
        controller.enqueue(piece)
      },
    })
    const answer = await fetch(`http://127.0.0.1:${listener.port}/v1/cutouts`, {
      method: 'POST',
      body: endless,
      duplex: 'half',
      headers: { 'content-type': 'image/png' },
    } as RequestInit).then(
      async (response) => ((await response.json()) as { code: string }).code,
      () => 'closed',
    )
    expect(['IMAGE_TOO_MANY_BYTES', 'closed']).toContain(answer)
    expect(sent).toBeLessThan(200 * 2 ** 20)
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 2 ** 20)
    await stillServes()
  })

  it('of JSON are bounded, and must be what they say', async () => {
    const json = (body: string) => send(body, { 'content-type': 'application/json' })
    for (const body of [
      '',
      '{',
      'null',
      '[]',
      '"x"',
      '{"image":5}',
      '{"image":"!!"}',
      '{"image":""}',
      '{}',
      '{"url":5}',
      '[[[[[[[[',
    ])
      expect((await json(body)).code, body).toBe('REQUEST_INVALID')
    expect((await json(`{"image":"${'A'.repeat(2 ** 18)}"}`)).code).toBe('IMAGE_TOO_MANY_BYTES')
    expect((await json('['.repeat(100_000))).code).toBe('REQUEST_INVALID')
    expect((await json('{"images":[{"image":"aaaa"}],"image":"aaaa"}')).code).toBe('REQUEST_INVALID')
    const png = Buffer.from(photo()).toString('base64')
    expect((await json(`{"image":"${png}","__proto__":{"crop":true},"constructor":1}`)).code).toBe('INVALID_OPTIONS')
    expect((await send(new Uint8Array([0x7b, 0xff, 0x7d]), { 'content-type': 'application/json' })).code).toBe(
      'REQUEST_INVALID',
    )
  })

  it('of other types are refused', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/mixed; boundary=x',
      'x',
      'application/json5',
    ])
      expect(await send('hello', { 'content-type': type })).toEqual({ status: 415, code: 'REQUEST_TYPE_UNSUPPORTED' })
  })
})

describe('pictures', () => {
  it.each(HOSTILE_FILES)('$name is refused from its header', async ({ bytes: picture, code }) => {
    const before = process.memoryUsage().rss
    const body = picture.length > 0 ? picture : new Blob([])
    const answer = await send(body)
    expect(answer.code).toBe(code)
    expect(answer.status).toBeLessThan(500)
    const form = new FormData()
    form.append('image', new Blob([picture]), 'photo.png')
    expect((await send(form)).code).toBe(code)
    expect(app.runs).toEqual([])
    expect(app.blobs.keys).toEqual([])
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * 2 ** 20)
  })

  it('of a refused kind are refused while they still come', async () => {
    const start = `%PDF-1.7\n${'x'.repeat(5000)}`
    const answer = await exchange([head('content-type: image/png', 'content-length: 2000000'), start])
    expect(answer).toEqual({ status: 415, code: 'IMAGE_UNSUPPORTED' })
  })

  it('mutated at random are taken or refused with a code', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...HEADER_SAMPLES),
        fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 6 }),
        fc.nat(300),
        async (sample, changes, cut) => {
          const picture = sample.slice(0, sample.length - (cut % sample.length))
          for (const [at, value] of changes) picture[at % picture.length] = value
          const response = await app.request('/v1/cutouts', {
            method: 'POST',
            body: picture,
            headers: { 'content-type': 'image/webp' },
          })
          expect(response.status).toBeLessThan(500)
          await response.arrayBuffer()
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('clients that go away', () => {
  it('while they wait for the image have their job canceled', async () => {
    gate = new Promise(() => {})
    const gone = new AbortController()
    const waiting = fetch(`http://127.0.0.1:${listener.port}/v1/cutouts`, {
      method: 'POST',
      body: photo(),
      headers: { 'content-type': 'image/png' },
      signal: gone.signal,
    }).catch(() => {})
    await expect.poll(() => app.runs.length, PATIENCE).toBe(1)
    gone.abort()
    await waiting
    const state = async () => (await app.deps.jobs.list({ id: 'local' }, { limit: 1 })).jobs[0]?.state
    await expect.poll(state, PATIENCE).toBe('canceled')
  })

  it('in the middle of their image leave nothing', async () => {
    const socket = connect(listener.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(head('content-type: image/png', 'content-length: 2000000'))
    socket.write(photo())
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
    await stillServes()
    expect(app.runs).toHaveLength(1)
  })
})

describe('names', () => {
  it.each([
    ['../../../../etc/passwd', 'passwd.png'],
    ['..\\..\\windows\\system32\\config.sam', 'config.png'],
    ['C:\\evil.png', 'evil.png'],
    ['/etc/cron.d/x', 'x.png'],
    ['....//', 'cutout.png'],
    ['.htaccess', 'htaccess.png'],
    ['a\u0000b.png', 'a_b.png'],
    ['gnp.\u202eexe.png', 'gnp._exe.png'],
    ['x"; filename="y.exe', 'x_; filename=_y.png'],
    ['<img src=x onerror=alert(1)>.png', '_img src=x onerror=alert(1)_.png'],
    ['a\r\nset-cookie: x=1', 'a__set-cookie_ x=1.png'],
  ])('%j is a label and no path', async (name, shown) => {
    const response = await app.request(`/v1/cutouts?${new URLSearchParams({ fileName: name })}`, {
      method: 'POST',
      body: photo(),
      headers: { 'content-type': 'image/png' },
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-disposition')).toContain(`filename="${shown.replace(/[^\x20-\x7e]/g, '_')}"`)
    expect(response.headers.get('set-cookie')).toBeNull()
    for (const key of app.blobs.keys) expect(key).toMatch(/^jobs\/[0-9a-f-]{36}\/(input|result-1)$/)
  })

  it('of any kind do no harm', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (name) => {
        const form = new FormData()
        form.append('image', new Blob([photo()]), name)
        const response = await app.request('/v1/cutouts', { method: 'POST', body: form })
        expect(response.status).toBe(200)
        const shown = response.headers.get('content-disposition')!
        expect(shown).toMatch(
          /^inline; filename="[\x20-\x21\x23-\x7e]+"; filename\*=UTF-8''[A-Za-z0-9._~!&+%$#^`|{}-]+$/,
        )
        expect(decodeURIComponent(shown.split("''")[1]!)).not.toMatch(/[/\\\p{Cc}]/u)
        await response.arrayBuffer()
      }),
      { numRuns: 60 },
    )
  })
})

describe('forms', () => {
  const boundary = 'koutu-test'
  const part = (headers: string, body: string) => `--${boundary}\r\n${headers}\r\n\r\n${body}\r\n`
  const post = (body: string, type = `multipart/form-data; boundary=${boundary}`) =>
    send(new Uint8Array(Buffer.from(body, 'latin1')), { 'content-type': type })
  const png = Buffer.from(photo()).toString('latin1')
  const image = part('content-disposition: form-data; name="image"; filename="a.png"', png)

  it.each([
    ['without a boundary', image, 'multipart/form-data'],
    ['with another boundary', image, 'multipart/form-data; boundary=other'],
    ['that ends in a file', image.slice(0, -20)],
    ['that ends in a header', `--${boundary}\r\ncontent-disposi`],
    ['that is empty', ''],
    ['with no part', `--${boundary}--\r\n`],
    ['with two images', `${image}${image}--${boundary}--`],
    [
      'with a file of another name beside the image',
      `${part('content-disposition: form-data; name="x"; filename="a.png"', png)}${image}--${boundary}--`,
    ],
    [
      'with a field twice',
      `${part('content-disposition: form-data; name="crop"', 'true')}${part('content-disposition: form-data; name="crop"', 'true')}${image}--${boundary}--`,
    ],
    [
      'with a field that is too long',
      `${part('content-disposition: form-data; name="crop"', 'x'.repeat(70_000))}${image}--${boundary}--`,
    ],
    [
      'with too many fields',
      `${Array.from({ length: 100 }, (_, i) => part(`content-disposition: form-data; name="f${i}"`, 'x')).join('')}${image}--${boundary}--`,
    ],
    ['with a part without a name', `${part('content-disposition: form-data', 'x')}${image}--${boundary}--`],
  ] as const)('%s are refused', async (_, body, type?: string) => {
    expect(await post(body, type)).toEqual({ status: 400, code: 'REQUEST_INVALID' })
    await stillServes()
  })

  it('with endless headers in a part are refused', async () => {
    const { status, code } = await post(`--${boundary}\r\n${'x-a: y\r\n'.repeat(5000)}\r\n\r\nx\r\n--${boundary}--`)
    expect([status, code]).toEqual([400, 'REQUEST_INVALID'])
  })

  it('cut and changed at random are taken or refused with a code', async () => {
    const whole = Buffer.from(
      `${part('content-disposition: form-data; name="crop"', 'true')}${image}--${boundary}--\r\n`,
      'latin1',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length), fc.oneof(fc.nat(255), fc.constantFrom(13, 10, 45, 34))), {
          maxLength: 8,
        }),
        fc.nat(whole.length),
        async (changes, cut) => {
          const body = new Uint8Array(whole.subarray(0, whole.length - (cut % whole.length)))
          for (const [at, value] of changes) body[at % body.length] = value
          const response = await app.request('/v1/cutouts', {
            method: 'POST',
            body,
            headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
          })
          expect(response.status).toBeLessThan(500)
          await response.arrayBuffer()
        },
      ),
      { numRuns: 200 },
    )
    expect(await readdir(app.spoolFolder)).toEqual([])
  })
})

describe('headers', () => {
  it('that are too long, or no HTTP, are refused', async () => {
    expect(await exchange([head(`x-long: ${'x'.repeat(40_000)}`)])).toEqual({ status: 400, code: 'REQUEST_INVALID' })
    expect(await exchange(['hello\r\n\r\n'])).toEqual({ status: 400, code: 'REQUEST_INVALID' })
    expect(await exchange([randomBytes(200)], { end: true })).toEqual({ status: 400, code: 'REQUEST_INVALID' })
    expect((await exchange(['GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n'])).status).toBe(400)
    expect((await exchange(['GET /healthz HTTP/1.1\r\nhost: a b\r\nconnection: close\r\n\r\n'])).status).toBe(400)
    await stillServes()
  })

  it('of any content are answered without a fault of ours', async () => {
    const value = fc.string({ unit: 'grapheme-ascii', maxLength: 60 }).map((text) => text.trim())
    const names = [
      'prefer',
      'accept',
      'idempotency-key',
      'authorization',
      'x-api-key',
      'content-type',
      'range',
      'if-none-match',
      'last-event-id',
      'origin',
      'content-length',
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/v1/cutouts', '/v1/batches', '/v1/jobs', '/v1/jobs/x/events', '/openapi.json'),
        fc.dictionary(fc.constantFrom(...names), value),
        fc.boolean(),
        async (path, headers, isPost) => {
          const init = isPost ? { method: 'POST', body: photo() } : {}
          const response = await app.request(path, { ...init, headers })
          expect(response.status).toBeLessThan(500)
          await response.arrayBuffer()
        },
      ),
      { numRuns: 200 },
    )
  })

  it('and queries of any content, too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.tuple(
            fc.oneof(
              fc.string(),
              fc.constantFrom('crop', 'margin', 'format', 'maxPixels', '__proto__', 'constructor', 'toString'),
            ),
            fc.string(),
          ),
          { maxLength: 4 },
        ),
        async (pairs) => {
          const response = await app.request(`/v1/cutouts?${new URLSearchParams(pairs)}`, {
            method: 'POST',
            body: photo(),
            headers: { 'content-type': 'image/png' },
          })
          expect(response.status).toBeLessThan(500)
          await response.arrayBuffer()
        },
      ),
      { numRuns: 150 },
    )
  })
})

describe('addresses', () => {
  let inside: Server
  let port: number
  let hits: string[]
  beforeEach(async () => {
    hits = []
    inside = createServer((request, response) => {
      hits.push(`${request.headers.host} ${request.url}`)
      const to = /^\/to\?(.*)$/.exec(request.url ?? '')?.[1]
      if (to) response.writeHead(302, { location: decodeURIComponent(to) }).end()
      else response.end(photo())
    })
    await new Promise<void>((resolve) => inside.listen(0, '0.0.0.0', resolve))
    port = (inside.address() as AddressInfo).port
  })
  afterEach(async () => {
    inside.closeAllConnections()
    await new Promise((resolve) => inside.close(resolve))
  })

  const byUrl = async (url: string): Promise<Answer> => {
    const response = await app.request('/v1/cutouts', {
      method: 'POST',
      body: JSON.stringify({ url }),
      headers: { 'content-type': 'application/json' },
    })
    if (response.status === 200) return { status: 200, code: null }
    return { status: response.status, code: ((await response.json()) as { code: string }).code }
  }

  it.each([
    ['a private address', 'http://10.0.0.1/'],
    ['the cloud’s metadata', 'http://169.254.169.254/latest/meta-data/'],
    ['a decimal address', 'http://2130706434/'],
    ['an octal address', 'http://0177.0.0.2/'],
    ['a hexadecimal address', 'http://0x7f.2/'],
    ['a short address', 'http://127.2/'],
    ['IPv6 loopback', 'http://[::1]/'],
    ['IPv4 mapped into IPv6', 'http://[::ffff:127.0.0.2]/'],
    ['IPv4 mapped into IPv6 in hexadecimal', 'http://[::ffff:7f00:2]/'],
    ['a NAT64 address', 'http://[64:ff9b::7f00:2]/'],
    ['an address with credentials in front', 'http://public.test@127.0.0.2/'],
    ['full-width digits', 'http://１２７.０.０.２/'],
    ['a file', 'file:///etc/passwd'],
    ['another protocol', 'gopher://127.0.0.1:25/'],
    ['no address at all', 'hello'],
  ])('that are %s are refused', async (_, url) => {
    expect(await byUrl(url)).toEqual({ status: 400, code: 'URL_REFUSED' })
    expect(hits).toEqual([])
  })

  it('that are data are the image itself, checked like any other', async () => {
    expect(await byUrl('data:image/png;base64,AAAA')).toEqual({ status: 415, code: 'IMAGE_UNSUPPORTED' })
    expect(await byUrl('data:image/png,text')).toEqual({ status: 400, code: 'REQUEST_INVALID' })
    expect(hits).toEqual([])
  })

  it('that redirect to a private one are refused there', async () => {
    for (const target of [
      `http://127.0.0.2:${port}/`,
      `http://2130706434:${port}/`,
      `http://[::ffff:7f00:2]:${port}/`,
      'file:///etc/passwd',
      `//127.0.0.2:${port}/`,
    ]) {
      hits = []
      expect(await byUrl(`http://public.test:${port}/to?${encodeURIComponent(target)}`), target).toEqual({
        status: 400,
        code: 'URL_REFUSED',
      })
      expect(hits).toHaveLength(1)
    }
    expect(await byUrl(`http://public.test:${port}/to?${encodeURIComponent('/photo.png')}`)).toEqual({
      status: 200,
      code: null,
    })
  })

  it('that rebind are asked for once, and refused when any answer is private', async () => {
    let asked = 0
    answering = () => [{ address: asked++ === 0 ? '127.0.0.1' : '127.0.0.2', family: 4 }]
    expect(await byUrl(`http://rebind.test:${port}/photo.png`)).toEqual({ status: 200, code: null })
    expect(asked).toBe(1)
    expect(await byUrl(`http://rebind.test:${port}/photo.png`)).toEqual({ status: 400, code: 'URL_REFUSED' })
    answering = () => [
      { address: '127.0.0.1', family: 4 },
      { address: '127.0.0.2', family: 4 },
    ]
    expect(await byUrl(`http://both.test:${port}/photo.png`)).toEqual({ status: 400, code: 'URL_REFUSED' })
    answering = () => [{ address: asked++ === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]
    asked = 1
    expect(await byUrl(`http://first.test:${port}/to?${encodeURIComponent(`http://second.test:${port}/`)}`)).toEqual({
      status: 400,
      code: 'URL_REFUSED',
    })
  })

  it('of a background are guarded alike, and nothing is kept of what is refused', async () => {
    const response = await app.request('/v1/cutouts', {
      method: 'POST',
      body: JSON.stringify({
        image: Buffer.from(photo()).toString('base64'),
        background: { type: 'picture', source: 'http://[::ffff:127.0.0.2]/x?token=hidden' },
      }),
      headers: { 'content-type': 'application/json' },
    })
    const text = await response.text()
    expect([response.status, text.includes('hidden')]).toEqual([400, false])
    expect(text).toContain('URL_REFUSED')
    expect(JSON.stringify(app.logged)).not.toContain('hidden')
    expect(app.blobs.keys).toEqual([])
  })

  it('that answer too much, or no image, are refused', async () => {
    inside.removeAllListeners('request')
    inside.on('request', (_, response) => response.end(new Uint8Array(LIMITS.maxBytes + 1).fill(0xff)))
    expect((await byUrl(`http://public.test:${port}/`)).code).toMatch(/^IMAGE_(TOO_MANY_BYTES|UNSUPPORTED|CORRUPT)$/)
    inside.removeAllListeners('request')
    inside.on('request', (_, response) => response.end('<!doctype html>'))
    expect((await byUrl(`http://public.test:${port}/`)).code).toBe('IMAGE_UNSUPPORTED')
    inside.removeAllListeners('request')
    inside.on('request', (_, response) => response.writeHead(404).end())
    expect(await byUrl(`http://public.test:${port}/`)).toEqual({ status: 502, code: 'FETCH_FAILED' })
  })
})
