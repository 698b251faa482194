// Uploads that are refused before they have arrived, with HTTP clients of other languages: each reads the answer, and its
// next request succeeds. Needs curl, Python 3, a JDK and Go, and the package indexes of npm and Python.

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestApp, type TestApp } from '../packages/server/src/app.fixture.ts'
import { type Listener, listen } from '../packages/server/src/http/listen.ts'
import { encodePng } from '../testing/src/dreamina-fake/png.ts'

const run = promisify(execFile)
const CLIENTS = join(import.meta.dirname, 'clients')
const SIZES = [100_000, 1_000_000, 3_000_000, 60_000_000]

let app: TestApp
let listener: Listener
let folder: string
let photo: string
let secret: string
let python: string
let goClient: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-early-'))
  photo = join(folder, 'photo.png')
  await writeFile(photo, encodePng({ width: 3, height: 2, channels: 3, data: new Uint8Array(18) }))
  const limits = { maxBytes: 4 * 2 ** 20, maxPixels: 1e6, maxFrames: 9 }
  app = await openTestApp({ settings: { access: 'keys', limits } })
  secret = (await app.store.keys.create({ name: 'client' })).secret
  python = join(folder, 'venv/bin/python')
  goClient = join(folder, 'refused-go')
  await run('python3', ['-m', 'venv', join(folder, 'venv')])
  await run(python, ['-m', 'pip', 'install', '-q', 'requests', 'httpx', 'aiohttp'])
  await run('go', ['build', '-o', goClient, join(CLIENTS, 'refused.go')])
  await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', 'axios@1'])
  listener = await listen(app.app.fetch, { host: '127.0.0.1', port: 0, requestTimeoutMs: 60_000, tls: null })
})
afterAll(async () => {
  listener.server.closeAllConnections()
  await new Promise((resolve) => listener.server.close(resolve))
  await app[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const REFUSALS = [
  { path: '/v1/cutouts', type: 'image/png', key: 'wrong', status: 401 },
  { path: '/v1.0/removebg', type: 'multipart/form-data; boundary=x', key: 'wrong', status: 403 },
  { path: '/v1/cutouts', type: 'text/plain', key: null, status: 415 },
  { path: '/v1/cutouts?maxBytes=many', type: 'image/png', key: null, status: 400 },
  { path: '/v1/cutouts', type: 'image/png', key: null, status: 415 },
  { path: '/nowhere', type: 'image/png', key: null, status: 404 },
  // Too many pixels, by a header that comes with the first bytes.
  { path: '/v1/cutouts', type: 'image/png', key: null, status: 413, start: hugeHeader() },
  { path: '/v1/cutouts', type: 'image/png', key: 'used up', status: 429 },
]
type Refusal = (typeof REFUSALS)[number] & { readonly start?: Uint8Array }
/** Wrong keys are limited to 60 a minute from one address, whoever sends them: two sizes have to do. */
const GUESSED_SIZES = [1_000_000, 60_000_000]
const CASES = SIZES.flatMap((bytes) =>
  REFUSALS.filter(({ key }) => key !== 'wrong' || GUESSED_SIZES.includes(bytes)).map((refusal: Refusal) => ({
    ...refusal,
    bytes,
  })),
)

function hugeHeader(): Uint8Array {
  const header = Buffer.from(encodePng({ width: 3, height: 2, channels: 3, data: new Uint8Array(18) }).subarray(0, 33))
  header.writeUInt32BE(60_000, 16)
  header.writeUInt32BE(60_000, 20)
  header.writeUInt32BE(crc32(header.subarray(12, 29)), 29)
  return header
}

/** Where the size decides before the type does. */
function statusOf({ status, bytes }: (typeof CASES)[number]): number {
  return status === 415 && bytes > 10_000_000 ? 413 : status
}

async function argsOf({ path, type, key, bytes, start }: (typeof CASES)[number]): Promise<string[]> {
  const used = key === 'used up' ? await usedUpKey() : (key ?? secret)
  return [
    String(listener.port),
    secret,
    photo,
    path,
    type,
    used,
    String(bytes),
    Buffer.from(start ?? []).toString('hex'),
  ]
}

/** Its one request of this minute has been made. A client may send several that are refused. */
async function usedUpKey(): Promise<string> {
  const { secret: limited } = await app.store.keys.create({ name: 'limited', ratePerMinute: 1 })
  await app.app.request('/v1/models', { headers: { 'x-api-key': limited } })
  return limited
}

const lines = (text: string): string[] => text.trim().split(/\r?\n/)
const pairs = (names: readonly string[], status: number) =>
  names.flatMap((name) => [`${name} ${status} True`, `${name} 200 True`])

describe.each(CASES)('$bytes bytes to $path as $type, $status', (one) => {
  it('Python', async () => {
    const { stdout } = await run('python3', [join(CLIENTS, 'refused.py'), ...(await argsOf(one))])
    expect(lines(stdout)).toEqual(pairs(['http.client', 'urllib'], statusOf(one)))
  })

  it('Java', async () => {
    const { stdout } = await run('java', [join(CLIENTS, 'Refused.java'), ...(await argsOf(one))])
    expect(lines(stdout)).toEqual(pairs(['HttpClient', 'HttpURLConnection'], statusOf(one)))
  })

  it('Python packages: requests, httpx, aiohttp', async () => {
    const { stdout } = await run(python, [join(CLIENTS, 'refused_packages.py'), ...(await argsOf(one))])
    expect(lines(stdout)).toEqual(pairs(['requests', 'httpx', 'aiohttp'], statusOf(one)))
  })

  it('Go', async () => {
    const { stdout } = await run(goClient, await argsOf(one))
    expect(lines(stdout)).toEqual(pairs(['net/http'], statusOf(one)))
  })

  it('axios', async () => {
    const script = join(CLIENTS, 'refused-axios.mjs')
    const { stdout } = await run(process.execPath, [script, folder, ...(await argsOf(one))])
    expect(lines(stdout)).toEqual(pairs(['axios'], statusOf(one)))
  })

  it.each(['expect:', 'expect: 100-continue'])('curl with %s', async (expectation) => {
    const body = join(folder, `body-${one.bytes}`)
    const content = Buffer.alloc(one.bytes, 'koutu')
    content.set(one.start ?? [])
    await writeFile(body, content)
    const used = (await argsOf(one))[5]!
    const url = `http://127.0.0.1:${listener.port}`
    const common = ['-s', '-o', join(folder, 'answer'), '-w', '%{http_code} %{size_download}\n', '-H', expectation]
    const post = (key: string, type: string, file: string, path: string) => [
      ...common,
      ...['-H', `x-api-key: ${key}`, '-H', `content-type: ${type}`, '--data-binary', `@${file}`, `${url}${path}`],
    ]
    const { stdout } = await run('curl', [
      ...post(used, one.type, body, one.path),
      '--next',
      ...post(secret, 'image/png', photo, '/v1/cutouts'),
    ])
    expect(lines(stdout).map((line) => line.replace(/ [1-9]\d*$/, ' and a body'))).toEqual([
      `${statusOf(one)} and a body`,
      '200 and a body',
    ])
  })
})
