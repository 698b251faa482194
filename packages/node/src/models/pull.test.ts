// Pulling models from a real server on loopback that cuts, lies, redirects and forgets.

import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, request as httpRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type KoutuEvent, ModelManifest } from '@koutu/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createModelStore } from './store.ts'
import type { ModelStoreDeps } from './store-types.ts'

const BYTES = randomBytes(600_000)
const OTHER = randomBytes(600_000)
const hex = (data: Uint8Array) => createHash('sha256').update(data).digest('hex')

interface Seen {
  readonly path: string
  readonly range: string | undefined
  readonly ifRange: string | undefined
}

let folder: string
let server: Server
let base: string
let seen: Seen[]
let handle: (request: IncomingMessage, response: ServerResponse, count: number) => void

const listen = async (what: Server): Promise<string> => {
  await new Promise<void>((resolve) => what.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(what.address() as AddressInfo).port}`
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-pull-'))
  seen = []
  received = 0
  handle = (request, response) => serve(request, response, BYTES)
  server = createServer((request, response) => {
    seen.push({ path: request.url!, range: request.headers.range, ifRange: request.headers['if-range'] as string })
    handle(request, response, seen.length)
  })
  base = await listen(server)
})

afterEach(async () => {
  vi.restoreAllMocks()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await rm(folder, { recursive: true, force: true })
})

/** A well-behaved file server: ranges, If-Range, a strong ETag. */
function serve(request: IncomingMessage, response: ServerResponse, data: Uint8Array, etag = `"${hex(data)}"`): void {
  const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]
  const ifRange = request.headers['if-range']
  if (from === undefined || (ifRange !== undefined && ifRange !== etag)) {
    response.writeHead(200, { 'content-length': data.length, etag }).end(data)
    return
  }
  const start = Number(from)
  response
    .writeHead(206, { 'content-range': `bytes ${start}-${data.length - 1}/${data.length}`, etag })
    .end(data.subarray(start))
}

/** Bytes the store has told of so far; tests that cut connections pass `telling` as their context. */
let received = 0
const telling = {
  onEvent: (event: KoutuEvent) => {
    if (event.type === 'model' && event.phase === 'download') received = event.done
  },
}

/** Sends the beginning of an answer that promises all, and breaks the connection once that has arrived. */
function cut(response: ServerResponse, at: number, data = BYTES, etag = `"${hex(data)}"`): void {
  response.writeHead(200, { 'content-length': data.length, etag })
  breakAfter(response, data.subarray(0, at))
}

function breakAfter(response: ServerResponse, data: Uint8Array): void {
  response.write(data)
  const look = setInterval(() => {
    if (received < data.length) return
    clearInterval(look)
    response.destroy()
  }, 2)
}

function model(source: Record<string, unknown> = {}, rest: Record<string, unknown> = {}): ModelManifest {
  return ModelManifest.parse({
    id: 'test-model',
    title: 'Test',
    about: 'A test.',
    sources: [{ type: 'url', url: `${base}/model.onnx`, bytes: BYTES.length, sha256: hex(BYTES), ...source }],
    license: { id: 'MIT', url: null, commercial: 'yes', note: '' },
    input: { width: 32, height: 32, fit: 'stretch', mean: [0, 0, 0], std: [1, 1, 1] },
    output: { kind: 'prob' },
    minRuntime: null,
    memoryMb: null,
    ...rest,
  })
}

const store = (deps: Partial<ModelStoreDeps> = {}) =>
  createModelStore({ cacheDir: folder, offline: false, env: {}, ...deps })

const filesLeft = () => readdir(join(folder, 'models', 'test-model')).catch(() => [])

describe('pull', () => {
  it('puts the file into the cache, tells progress, and asks the network no second time', async () => {
    const events: KoutuEvent[] = []
    const { path, sha256 } = await store().pull(model(), {}, { onEvent: (event) => events.push(event) })
    expect(hex(await readFile(path))).toBe(hex(BYTES))
    expect(sha256).toBe(hex(BYTES))
    const steps = events.filter((event) => event.type === 'model' && event.phase === 'download')
    const done = steps.map((event) => (event.type === 'model' ? event.done : -1))
    expect(done).toEqual([...new Set(done)].sort((a, b) => a - b))
    expect(done.at(-1)).toBe(BYTES.length)
    expect(new Set(steps.map((event) => event.type === 'model' && event.total))).toEqual(new Set([BYTES.length]))
    await store().pull(model())
    await store({ offline: true }).ensure(model())
    expect(seen).toHaveLength(1)
  })

  it('goes on where a cut connection stopped, asking that the file be the same', async () => {
    handle = (request, response, count) => (count === 1 ? cut(response, 200_000) : serve(request, response, BYTES))
    const { path } = await store().pull(model(), {}, telling)
    expect(hex(await readFile(path))).toBe(hex(BYTES))
    expect(seen).toHaveLength(2)
    expect(seen[1]!.ifRange).toBe(`"${hex(BYTES)}"`)
    expect(seen[1]!.range).toBe('bytes=200000-')
    expect(await filesLeft()).toHaveLength(2)
  })

  it('goes on in a later pull after the first was stopped', async () => {
    const controller = new AbortController()
    handle = (_request, response) => {
      response.writeHead(200, { 'content-length': BYTES.length, etag: '"a"' })
      response.write(BYTES.subarray(0, 300_000))
    }
    const onEvent = (event: KoutuEvent) => {
      if (event.type === 'model' && event.done >= 300_000) controller.abort()
    }
    await expect(store().pull(model(), {}, { signal: controller.signal, onEvent })).rejects.toMatchObject({
      code: 'ABORTED',
    })
    expect((await filesLeft()).filter((name) => name.endsWith('.part'))).toHaveLength(1)
    handle = (request, response) => serve(request, response, BYTES, '"a"')
    const { path } = await store().pull(model())
    expect(seen.at(-1)).toMatchObject({ range: 'bytes=300000-', ifRange: '"a"' })
    expect(hex(await readFile(path))).toBe(hex(BYTES))
  })

  it('takes over what a killed process left, but not what a living one works on', async () => {
    handle = (_request, response, count) => (count === 1 ? cut(response, 100_000) : response.writeHead(404).end())
    await expect(store().pull(model(), {}, telling)).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' })
    const home = join(folder, 'models', 'test-model')
    const part = (await readdir(home)).find((name) => name.endsWith('.part'))!
    const { processTag } = await import('./process-tag.ts')
    const living = `${part}.${processTag()}`
    await rename(join(home, part), join(home, living))
    handle = (request, response) => serve(request, response, BYTES)
    seen = []
    await store().pull(model())
    expect(seen[0]!.range).toBeUndefined()
    expect(await readdir(home)).toContain(living)

    await store().remove(model())
    await mkdir(join(home, `${part}.${processTag().replace(/-\d+-/, '-999999999-')}`), { recursive: true })
    const dead = (await readdir(home))[0]!
    await writeFile(join(home, dead, 'data'), BYTES.subarray(0, 1234))
    await writeFile(join(home, dead, 'origin.json'), JSON.stringify({ url: `${base}/model.onnx`, validator: null }))
    seen = []
    await store().pull(model())
    expect(seen[0]!.range).toBe('bytes=1234-')
  })

  it('begins anew when the server ignores the range', async () => {
    handle = (_request, response, count) =>
      count === 1 ? cut(response, 200_000) : response.writeHead(200, { 'content-length': BYTES.length }).end(BYTES)
    const { path } = await store().pull(model(), {}, telling)
    expect(seen[1]!.range).toBe('bytes=200000-')
    expect(hex(await readFile(path))).toBe(hex(BYTES))
  })

  it('begins anew when the file has changed on the server', async () => {
    handle = (request, response, count) =>
      count === 1 ? cut(response, 200_000, OTHER, '"old"') : serve(request, response, BYTES, '"new"')
    const { path } = await store().pull(model({ sha256: null }), {}, telling)
    expect(seen[1]!.ifRange).toBe('"old"')
    expect(hex(await readFile(path))).toBe(hex(BYTES))
  })

  it('does not join two files when the server ignores If-Range', async () => {
    handle = (request, response, count) => {
      if (count === 1) return cut(response, 200_000, OTHER, '"old"')
      delete request.headers['if-range']
      serve(request, response, BYTES, '"new"')
    }
    const { path } = await store().pull(model({ sha256: null }), {}, telling)
    expect(hex(await readFile(path))).toBe(hex(BYTES))
  })

  it('does not go on where neither a validator nor a hash could show a difference', async () => {
    handle = (request, response, count) => {
      if (count > 1) return serve(request, response, BYTES)
      response.writeHead(200, { 'content-length': OTHER.length })
      breakAfter(response, OTHER.subarray(0, 200_000))
    }
    await store().pull(model({ sha256: null }), {}, telling)
    expect(seen[1]!.range).toBeUndefined()
  })

  it('fetches a resumed file once more when its hash is wrong', async () => {
    handle = (request, response, count) =>
      count === 1 ? cut(response, 200_000, OTHER, '"same"') : serve(request, response, BYTES, '"same"')
    const { path } = await store().pull(model(), {}, telling)
    expect(seen).toHaveLength(3)
    expect(hex(await readFile(path))).toBe(hex(BYTES))
  })

  it('refuses the wrong hash, names both, leaves nothing', async () => {
    handle = (request, response) => serve(request, response, OTHER)
    const failure = store().pull(model())
    await expect(failure).rejects.toMatchObject({ code: 'MODEL_CORRUPT' })
    await expect(failure).rejects.toThrow(`expected sha256 ${hex(BYTES)} but received ${hex(OTHER)}`)
    expect(await filesLeft()).toEqual([])
    expect(seen).toHaveLength(1)
  })

  it('refuses another size before it is read, and more bytes than promised while reading', async () => {
    handle = (_request, response) => response.writeHead(200, { 'content-length': 5 }).end('hello')
    await expect(store().pull(model())).rejects.toThrow(`expected ${BYTES.length} bytes but it offers 5`)
    handle = (_request, response) => {
      response.writeHead(200, {})
      response.write(BYTES)
      response.end('x')
    }
    await expect(store().pull(model())).rejects.toMatchObject({ code: 'MODEL_CORRUPT' })
    expect(await filesLeft()).toEqual([])
  })

  it('tries a 404 once and a 503 again', async () => {
    handle = (_request, response) => response.writeHead(404).end()
    await expect(store().pull(model())).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringContaining('answered 404'),
    })
    expect(seen).toHaveLength(1)
    seen = []
    handle = (request, response, count) =>
      count === 1 ? response.writeHead(503).end() : serve(request, response, BYTES)
    await store().pull(model())
    expect(seen).toHaveLength(2)
  })

  it('shows neither credentials nor queries in errors', async () => {
    handle = (_request, response) => response.writeHead(403).end()
    const url = `${base.replace('//', '//user:hunter2@')}/model.onnx?token=hunter3`
    const error = await store()
      .pull(model({ url }))
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' })
    expect(`${error} ${JSON.stringify(error)}`).not.toMatch(/hunter|token/)
  })

  it('sends the credentials of a mirror to the mirror only', async () => {
    const sent: unknown[] = []
    handle = (request, response) => {
      sent.push(request.headers.authorization)
      if (request.url === '/data') serve(request, response, BYTES)
      else response.writeHead(302, { location: `${base.replace('127.0.0.1', 'localhost')}/data` }).end()
    }
    const mirror = base.replace('//', '//ann:p%40ss@')
    await store({ env: { KOUTU_MODEL_MIRROR: mirror } }).pull(model())
    expect(sent).toEqual([`Basic ${Buffer.from('ann:p@ss').toString('base64')}`, undefined])
  })

  it('asks a mirror that is no address once', async () => {
    await store({ env: { KOUTU_MODEL_MIRROR: 'not an address' } }).pull(model())
    expect(seen).toHaveLength(1)
    await store().remove(model())
    handle = (_request, response) => response.writeHead(404).end()
    await expect(store({ env: { KOUTU_MODEL_MIRROR: 'not an address' } }).pull(model())).rejects.toThrow(
      '(not a URL): ERR_INVALID_URL',
    )
  })

  it('is safe when one model is pulled twice at once', async () => {
    const both = await Promise.all([store().pull(model()), store().pull(model())])
    expect(both[0]).toEqual(both[1])
    expect(hex(await readFile(both[0].path))).toBe(hex(BYTES))
    expect(await filesLeft()).toHaveLength(2)
  })

  it('follows redirects, but not in circles and not to other schemes', async () => {
    handle = (request, response) => {
      if (request.url === '/model.onnx') response.writeHead(302, { location: '/one' }).end('moved')
      else if (request.url === '/one') response.writeHead(307, { location: `${base}/two` }).end()
      else serve(request, response, BYTES)
    }
    await store().pull(model())
    expect(seen.map(({ path }) => path)).toEqual(['/model.onnx', '/one', '/two'])
    await store().remove(model())
    for (const location of ['/model.onnx', 'ftp://127.0.0.1/x', 'http://[', '']) {
      handle = (_request, response) => response.writeHead(302, location ? { location } : {}).end()
      await expect(store().pull(model())).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' })
    }
  })

  it('tries the mirror of the user first, then the address, then its mirrors', async () => {
    handle = (request, response) =>
      request.url === '/b' ? serve(request, response, BYTES) : response.writeHead(404).end()
    const mirrored = model({ mirrors: [`${base}/a`, `${base}/b`] })
    await store({ env: { KOUTU_MODEL_MIRROR: `${base}/mirror/` } }).pull(mirrored)
    expect(seen.map(({ path }) => path)).toEqual(['/mirror/test-model.onnx', '/model.onnx', '/a', '/b'])
  })

  it('takes the right bytes from a mirror when the first address has wrong ones', async () => {
    handle = (request, response) => serve(request, response, request.url === '/good' ? BYTES : OTHER)
    const { path } = await store().pull(model({ mirrors: [`${base}/good`] }))
    expect(hex(await readFile(path))).toBe(hex(BYTES))
  })

  it('tries the mirror when nobody listens at the address', async () => {
    const { path } = await store().pull(model({ url: 'http://127.0.0.1:1/x', mirrors: [`${base}/good`] }))
    expect(hex(await readFile(path))).toBe(hex(BYTES))
  })

  it('goes through the proxy of the environment, unless told not to', async () => {
    const proxied: string[] = []
    const proxy = createServer((request, response) => {
      proxied.push(request.url!)
      httpRequest(request.url!, { headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(response)
      }).end()
    })
    proxy.on('connect', (request, socket) => {
      proxied.push(request.url!)
      const [host, port] = request.url!.split(':')
      const far = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        far.pipe(socket)
        socket.pipe(far)
      })
    })
    const address = await listen(proxy)
    try {
      await store({ env: { http_proxy: address } }).pull(model())
      expect(proxied).toHaveLength(1)
      await store().remove(model())
      await store({ env: { HTTP_PROXY: address, NO_PROXY: '127.0.0.1' } }).pull(model())
      expect(proxied).toHaveLength(1)
    } finally {
      proxy.closeAllConnections()
      proxy.close()
    }
  })

  it('touches no network offline', async () => {
    await expect(store({ offline: true }).pull(model())).rejects.toMatchObject({ code: 'OFFLINE' })
    expect(seen).toEqual([])
  })

  it('asks before it pulls a non-commercial model, once', async () => {
    const license = { id: 'CC-BY-NC-4.0', url: 'https://example.org/licence', commercial: 'no', note: 'No trade.' }
    const refused = store().pull(model({}, { license }))
    await expect(refused).rejects.toMatchObject({ code: 'MODEL_LICENSE_REFUSED', data: { url: license.url } })
    await expect(refused).rejects.toThrow(license.url)
    expect(seen).toEqual([])
    await store().pull(model({}, { license }), { acceptLicense: true })
    await store().pull(model({}, { license }))
    expect(seen).toHaveLength(1)
  })

  it('pins an unknown hash at the first pull, until the model is removed', async () => {
    const unknown = model({ sha256: null, bytes: null })
    const { path, sha256 } = await store().pull(unknown)
    expect(sha256).toBe(hex(BYTES))
    await writeFile(path, 'damage')
    handle = (request, response) => serve(request, response, OTHER)
    await expect(store().ensure(unknown)).rejects.toMatchObject({ code: 'MODEL_CORRUPT' })
    await expect(store().pull(unknown)).rejects.toThrow(`expected sha256 ${hex(BYTES)} but received ${hex(OTHER)}`)
    await store().remove(unknown)
    expect((await store().pull(unknown)).sha256).toBe(hex(OTHER))
  })

  it('repairs a damaged file by pulling, and not without', async () => {
    const { path } = await store().pull(model())
    await writeFile(path, OTHER)
    await expect(store().ensure(model())).rejects.toMatchObject({
      code: 'MODEL_CORRUPT',
      data: { expected: hex(BYTES), actual: hex(OTHER) },
    })
    expect(seen).toHaveLength(1)
    await store().pull(model())
    expect(hex(await readFile(path))).toBe(hex(BYTES))
  })

  it('cleans up when the disk is full', async () => {
    const probe = await open(join(folder, 'probe'), 'w')
    const write = vi.spyOn(Object.getPrototypeOf(probe), 'write')
    await probe.close()
    write.mockRejectedValue(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }))
    await expect(store().pull(model())).rejects.toMatchObject({
      code: 'CACHE_UNWRITABLE',
      message: expect.stringContaining('the disk is full'),
    })
    expect(await filesLeft()).toEqual([])
    expect(seen).toHaveLength(1)
  })

  it('refuses compressed answers', async () => {
    handle = (_request, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(BYTES)
    await expect(store().pull(model())).rejects.toMatchObject({ code: 'MODEL_DOWNLOAD_FAILED' })
  })
})
