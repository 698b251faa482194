// Uploads that are refused before they have arrived, with HTTP clients of other languages: each reads the answer, and its
// next request succeeds. Needs curl, Python 3 and a JDK.

import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeTestStores, openTestApp, type TestApp } from '../packages/server/src/app.fixture.ts'
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
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-early-'))
  photo = join(folder, 'photo.png')
  await writeFile(photo, encodePng({ width: 3, height: 2, channels: 3, data: new Uint8Array(18) }))
  const limits = { maxBytes: 4 * 2 ** 20, maxPixels: 1e6, maxFrames: 9 }
  app = await openTestApp({ settings: { access: 'keys', limits } })
  secret = (await app.store.keys.create({ name: 'client' })).secret
  listener = await listen(app.app.fetch, { host: '127.0.0.1', port: 0, requestTimeoutMs: 60_000, tls: null })
})
afterAll(async () => {
  listener.server.closeAllConnections()
  await new Promise((resolve) => listener.server.close(resolve))
  await app[Symbol.asyncDispose]()
  await closeTestStores()
  await rm(folder, { recursive: true })
})

const REFUSALS = [
  { path: '/v1/cutouts', type: 'image/png', key: 'wrong', status: 401 },
  { path: '/v1.0/removebg', type: 'multipart/form-data; boundary=x', key: 'wrong', status: 403 },
  { path: '/v1/cutouts', type: 'text/plain', key: null, status: 415 },
  { path: '/v1/cutouts?maxBytes=many', type: 'image/png', key: null, status: 400 },
  { path: '/v1/cutouts', type: 'image/png', key: null, status: 415 },
  { path: '/nowhere', type: 'image/png', key: null, status: 404 },
]
const CASES = SIZES.flatMap((bytes) => REFUSALS.map((refusal) => ({ ...refusal, bytes })))

/** Where the size decides before the type does. */
function statusOf({ status, bytes }: (typeof CASES)[number]): number {
  return status === 415 && bytes > 10_000_000 ? 413 : status
}

function argsOf({ path, type, key, bytes }: (typeof CASES)[number]): string[] {
  return [String(listener.port), secret, photo, path, type, key ?? secret, String(bytes)]
}

const lines = (text: string): string[] => text.trim().split(/\r?\n/)
const pairs = (names: readonly string[], status: number) =>
  names.flatMap((name) => [`${name} ${status} True`, `${name} 200 True`])

describe.each(CASES)('$bytes bytes to $path as $type, $status', (one) => {
  it('Python', async () => {
    const { stdout } = await run('python3', [join(CLIENTS, 'refused.py'), ...argsOf(one)])
    expect(lines(stdout)).toEqual(pairs(['http.client', 'urllib'], statusOf(one)))
  })

  it('Java', async () => {
    const { stdout } = await run('java', [join(CLIENTS, 'Refused.java'), ...argsOf(one)])
    expect(lines(stdout)).toEqual(pairs(['HttpClient', 'HttpURLConnection'], statusOf(one)))
  })

  it.each(['expect:', 'expect: 100-continue'])('curl with %s', async (expectation) => {
    const body = join(folder, `body-${one.bytes}`)
    await writeFile(body, Buffer.alloc(one.bytes, 'koutu'))
    const url = `http://127.0.0.1:${listener.port}`
    const common = ['-s', '-o', join(folder, 'answer'), '-w', '%{http_code} %{size_download}\n', '-H', expectation]
    const post = (key: string, type: string, file: string, path: string) => [
      ...common,
      ...['-H', `x-api-key: ${key}`, '-H', `content-type: ${type}`, '--data-binary', `@${file}`, `${url}${path}`],
    ]
    const { stdout } = await run('curl', [
      ...post(one.key ?? secret, one.type, body, one.path),
      '--next',
      ...post(secret, 'image/png', photo, '/v1/cutouts'),
    ])
    expect(lines(stdout).map((line) => line.replace(/ [1-9]\d*$/, ' and a body'))).toEqual([
      `${statusOf(one)} and a body`,
      '200 and a body',
    ])
  })
})
