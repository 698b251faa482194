// Refusals that come before the body has arrived, over real sockets: the client reads the answer, and its next request on
// the same connection succeeds. Clients in other languages are in tests-all/early-answers.test.ts.

import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { crc32 } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { encodePng } from '../../../../testing/src/dreamina-fake/png.ts'
import { openTestApp, type TestApp } from '../app.fixture.ts'
import { type Listener, listen } from './listen.ts'

const MAX_BYTES = 4 * 2 ** 20
const PHOTO = encodePng({ width: 3, height: 2, channels: 3, data: new Uint8Array(18) })

let app: TestApp
let listener: Listener
let secret: string
/** Its one request of this minute has been made. */
let usedUp: string
beforeAll(async () => {
  app = await openTestApp({
    settings: { access: 'keys', limits: { maxBytes: MAX_BYTES, maxPixels: 1e6, maxFrames: 9 } },
  })
  secret = (await app.store.keys.create({ name: 'client' })).secret
  usedUp = (await app.store.keys.create({ name: 'limited', ratePerMinute: 1 })).secret
  listener = await listen(app.app.fetch, { host: '127.0.0.1', port: 0, requestTimeoutMs: 20_000, tls: null })
})
afterAll(async () => {
  listener.server.closeAllConnections()
  await new Promise((resolve) => listener.server.close(resolve))
  await app[Symbol.asyncDispose]()
})

let agent: Agent
beforeEach(() => {
  agent = new Agent({ keepAlive: true, maxSockets: 1 })
})
afterEach(() => agent.destroy())

interface Answer {
  readonly status: number
  readonly code: string | undefined
  readonly port: number | undefined
}

interface Sent {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly isChunked?: boolean
}

function post({ path = '/v1/cutouts', headers = {}, body, isChunked = false }: Sent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = isChunked ? {} : { 'content-length': String(body.length) }
    const request = httpRequest(
      {
        port: listener.port,
        agent,
        method: 'POST',
        path,
        headers: { 'x-api-key': secret, 'content-type': 'image/png', ...length, ...headers },
      },
      async (response) => {
        const port = response.socket.localPort
        const text = (await buffer(response)).toString('latin1')
        resolve({ status: response.statusCode!, code: /"code":"([A-Z_]+)"/.exec(text)?.[1], port })
      },
    )
    request.on('error', reject)
    if (isChunked) request.write(body.subarray(0, 1))
    request.end(isChunked ? body.subarray(1) : body)
  })
}

const noise = (bytes: number): Uint8Array => Buffer.alloc(bytes, 'koutu')

/** A PNG header that promises 3.6 gigapixels. */
const HUGE = Buffer.from(PHOTO.subarray(0, 33))
HUGE.writeUInt32BE(60_000, 16)
HUGE.writeUInt32BE(60_000, 20)
HUGE.writeUInt32BE(crc32(HUGE.subarray(12, 29)), 29)

const REFUSALS: readonly [
  string,
  number,
  string,
  Omit<Sent, 'body'> & { readonly start?: Uint8Array; readonly key?: 'used up' },
][] = [
  ['a wrong key', 401, 'KEY_INVALID', { headers: { 'x-api-key': 'wrong' } }],
  ['a wrong type', 415, 'REQUEST_TYPE_UNSUPPORTED', { headers: { 'content-type': 'text/plain' } }],
  ['a wrong option', 400, 'INVALID_OPTIONS', { path: '/v1/cutouts?maxBytes=many' }],
  ['what is no image', 415, 'IMAGE_UNSUPPORTED', {}],
  ['no such route', 404, 'ROUTE_NOT_FOUND', { path: '/nowhere' }],
  ['too many pixels', 413, 'IMAGE_TOO_LARGE', { start: HUGE }],
  ['a rate that is used up', 429, 'RATE_LIMITED', { key: 'used up' }],
]

describe.each([100_000, 1_000_000, 60_000_000])('a body of %i bytes', (bytes) => {
  const plain = noise(bytes)
  it.each(REFUSALS)('with %s is answered, and the next request succeeds', async (_, status, code, sent) => {
    const isTooLarge =
      bytes > 2 * MAX_BYTES + 2 ** 20 &&
      !['KEY_INVALID', 'INVALID_OPTIONS', 'ROUTE_NOT_FOUND', 'RATE_LIMITED'].includes(code)
    const expected = isTooLarge ? { status: 413, code: 'IMAGE_TOO_MANY_BYTES' } : { status, code }
    const { start, key, ...rest } = sent
    const body = start ? Buffer.concat([start, plain.subarray(start.length)]) : plain
    if (key) await app.app.request('/v1/models', { headers: { 'x-api-key': usedUp } })
    const refused = await post({ ...rest, ...(key ? { headers: { 'x-api-key': usedUp } } : {}), body })
    expect(refused).toMatchObject(expected)
    expect(await post({ body: PHOTO })).toEqual({ status: 200, code: undefined, port: refused.port })
  })
})

it('of unknown length is answered, and the next request succeeds', async () => {
  expect(await post({ body: noise(20_000_000), isChunked: true })).toMatchObject({ status: 415 })
  expect(await post({ body: PHOTO })).toMatchObject({ status: 200 })
})

it('is answered when the client is fetch', async () => {
  const url = `http://127.0.0.1:${listener.port}/v1/cutouts`
  for (let i = 0; i < 3; i++) {
    const headers = { 'x-api-key': secret, 'content-type': 'image/png' }
    const refused = await fetch(url, { method: 'POST', body: noise(3_000_000) as Uint8Array<ArrayBuffer>, headers })
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([415, 'IMAGE_UNSUPPORTED'])
    const good = await fetch(url, { method: 'POST', body: PHOTO as Uint8Array<ArrayBuffer>, headers })
    expect([good.status, (await good.arrayBuffer()).byteLength > 0]).toEqual([200, true])
  }
})

/** Sends a head alone and reads until the server closes, or until `until` has come. */
function exchange(head: readonly string[], until: string, rest = ''): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(listener.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
    socket.on('data', (piece) => {
      const hadContinue = text.includes(until)
      text += piece.toString('latin1')
      if (text.includes(until) && !hadContinue) {
        if (rest === '') socket.end()
        else socket.write(Buffer.from(rest, 'latin1'))
      }
    })
    socket.write(`${head.join('\r\n')}\r\n\r\n`)
  })
}

describe('Expect: 100-continue', () => {
  const head = (key: string, type: string, length: number) => [
    'POST /v1/cutouts HTTP/1.1',
    'host: localhost',
    `x-api-key: ${key}`,
    `content-type: ${type}`,
    `content-length: ${length}`,
    'expect: 100-continue',
  ]

  it.each([
    ['wrong', 'image/png', 1_000_000, 401],
    [null, 'text/plain', 1_000_000, 415],
    [null, 'image/png', 900_000_000, 413],
  ])('is not granted before a refusal that the headers decide', async (key, type, length, status) => {
    const text = await exchange(head(key ?? secret, type, length), '"code"')
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(text).toMatch(/^connection: close\r$/im)
  })

  it('is granted when the body is wanted', async () => {
    const body = Buffer.from(PHOTO).toString('latin1')
    const text = await exchange([...head(secret, 'image/png', PHOTO.length), 'connection: close'], '100 Continue', body)
    expect(text).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 /)
  })
})
