// Clients that do not read, over real sockets: they are hung up on, and hold places of their own only.

import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodePng } from '../../../testing/src/dreamina-fake/png.ts'
import { answer, openTestApp, type TestApp } from './app.fixture.ts'
import { type Listener, listen } from './http/listen.ts'

const PHOTO = encodePng({ width: 3, height: 2, channels: 3, data: new Uint8Array(18) })
/** More than the sockets of both sides hold. */
const RESULT = new Uint8Array(16 * 2 ** 20)
const PATIENCE = { timeout: 30_000 }

let app: TestApp
let listener: Listener
const sockets: Socket[] = []
beforeEach(async () => {
  app = await openTestApp({
    run: () => answer(RESULT),
    settings: { access: 'keys', sseHeartbeatMs: 5 },
    streams: { maxDownloads: 2, maxEvents: 2 },
  })
  listener = await listen(app.app.fetch, {
    host: '127.0.0.1',
    port: 0,
    requestTimeoutMs: 20_000,
    // Longer than a busy machine keeps a reader from its turn.
    unreadTimeoutMs: 2_000,
    tls: null,
  })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  listener.server.closeAllConnections()
  await new Promise((resolve) => listener.server.close(resolve))
  await app[Symbol.asyncDispose]()
})

const keyOf = async (name: string) => (await app.store.keys.create({ name })).secret

async function finishedJob(key: string): Promise<string> {
  const url = `http://127.0.0.1:${listener.port}/v1/cutouts`
  const headers = { 'content-type': 'image/png', 'x-api-key': key, accept: 'application/json' }
  const response = await fetch(url, { method: 'POST', body: new Uint8Array(PHOTO), headers })
  return ((await response.json()) as { id: string }).id
}

/** Asks, and reads nothing. */
function askAndStall(path: string, key: string): void {
  const socket = connect(listener.port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${key}\r\n\r\n`)
}

const connections = () => new Promise<number>((resolve) => listener.server.getConnections((_, count) => resolve(count)))

const get = (path: string, key: string) =>
  fetch(`http://127.0.0.1:${listener.port}${path}`, { headers: { 'x-api-key': key } })

describe('downloads that nobody reads', () => {
  it('are ended, and the next ones of this client get their turn', async () => {
    const key = await keyOf('slow')
    const path = `/v1/jobs/${await finishedJob(key)}/result`
    for (let i = 0; i < 4; i++) askAndStall(path, key)
    await expect.poll(connections, PATIENCE).toBeGreaterThanOrEqual(4)
    const response = await get(path, key)
    expect([response.status, (await response.arrayBuffer()).byteLength]).toEqual([200, RESULT.length])
    // That of fetch, at most.
    await expect.poll(connections, PATIENCE).toBeLessThanOrEqual(1)
  })

  it('do not keep other clients waiting', async () => {
    const [slow, other] = [await keyOf('slow'), await keyOf('other')]
    const stalled = `/v1/jobs/${await finishedJob(slow)}/result`
    for (let i = 0; i < 10; i++) askAndStall(stalled, slow)
    const response = await get(`/v1/jobs/${await finishedJob(other)}/result`, other)
    expect((await response.arrayBuffer()).byteLength).toBe(RESULT.length)
  })
})

describe('event streams', () => {
  it('beyond the limit of a client are refused, until one has ended', async () => {
    const [key, other] = [await keyOf('a'), await keyOf('b')]
    await app.worker.stop({ timeoutMs: 0 })
    const submitted = await fetch(`http://127.0.0.1:${listener.port}/v1/cutouts`, {
      method: 'POST',
      body: new Uint8Array(PHOTO),
      headers: { 'content-type': 'image/png', 'x-api-key': key, prefer: 'respond-async' },
    })
    const path = `/v1/jobs/${((await submitted.json()) as { id: string }).id}/events`
    const open = [await get(path, key), await get(path, key)]
    const refused = await get(path, key)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '5'])
    expect(((await refused.json()) as { code: string }).code).toBe('TOO_MANY_STREAMS')
    expect((await get(path, other)).status).toBe(404)
    await open[0]!.body!.cancel()
    await expect.poll(async () => (await get(path, key)).status, PATIENCE).toBe(200)
  })
})
