// Assistants over HTTP: the official client in both eras of the protocol, through the whole app.

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterEach, describe, expect, it } from 'vitest'
import { encodePng } from '../../../../../testing/src/index.ts'
import { answer, openTestApp, resultOf, type TestApp, type TestAppOptions } from '../../app.fixture.ts'
import type { CoarseFile } from '../../ports/ports.ts'

const PNG = encodePng({ width: 3, height: 2, channels: 3, data: new Uint8Array(18).fill(90) })
const DATA_URL = `data:image/png;base64,${Buffer.from(PNG).toString('base64')}`

const FOUND: CoarseFile = {
  file: PNG,
  facts: {
    width: 3,
    height: 2,
    box: { left: 0, top: 0, width: 3, height: 2 },
    image: { width: 3, height: 2 },
    engine: 'onnx',
    model: 'isnet-general-use',
    precision: 'int8',
    warnings: [],
  },
}

const opened: AsyncDisposable[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]()
})

async function open(options: TestAppOptions = {}): Promise<TestApp> {
  const app = await openTestApp(options)
  opened.push(app)
  return app
}

async function connect(app: TestApp, mode: 'legacy' | 'auto', key?: string): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode } })
  const transport = new StreamableHTTPClientTransport(new URL('http://localhost/mcp'), {
    fetch: async (url, init) => app.request(new URL(url).pathname, { ...init, headers: withHost(init?.headers) }),
    ...(key && { requestInit: { headers: { authorization: `Bearer ${key}` } } }),
  })
  await client.connect(transport)
  opened.push({ [Symbol.asyncDispose]: () => client.close() })
  return client
}

function withHost(headers: ConstructorParameters<typeof Headers>[0]): Headers {
  const all = new Headers(headers)
  all.set('host', 'localhost')
  return all
}

interface Outcome {
  readonly isError: boolean
  readonly text: string
  readonly data: { readonly handle: string; readonly output: string; readonly [key: string]: unknown }
}

async function call(client: Client, name: string, args: Record<string, unknown>): Promise<Outcome> {
  const { isError, content, structuredContent } = await client.callTool({ name, arguments: args })
  const [first] = content
  return {
    isError: isError === true,
    text: first?.type === 'text' ? first.text : '',
    data: structuredContent as Outcome['data'],
  }
}

describe.each(['legacy', 'auto'] as const)('/mcp, %s', (mode) => {
  it('cuts out an image as a job and answers with a link that works', async () => {
    const app = await open({ run: ({ input }) => ({ ...answer(resultOf(input)), coarse: FOUND }) })
    const client = await connect(app, mode)
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual([
      'remove_background',
      'inspect_image',
      'refine_cutout',
      'compose',
      'list_models',
    ])
    const { data, isError } = await call(client, 'remove_background', { input: DATA_URL, crop: true })
    expect(isError).toBe(false)
    expect(data).toMatchObject({ format: 'png', width: 3, height: 2 })
    const { pathname, search } = new URL(data.output)
    const result = await app.request(`${pathname}${search}`)
    expect(Buffer.from(await result.arrayBuffer())).toEqual(Buffer.from(resultOf(PNG)))
    expect(app.runs[0]!.options).toMatchObject({ crop: true, maxBytes: app.deps.settings.limits.maxBytes })

    const refined = await call(client, 'refine_cutout', { handle: data.handle, erase: [{ point: [1, 1] }] })
    expect(refined.isError).toBe(false)
    expect(app.runs[1]!.options).toMatchObject({ crop: true, erase: { type: 'strokes' } })
    expect(app.runs[1]!.coarse).toMatchObject({ facts: FOUND.facts })
    // For another model the network has to run.
    await call(client, 'refine_cutout', { handle: refined.data.handle, quality: 'best' })
    expect(app.runs[2]!.coarse).toBeUndefined()
  })
})

describe('/mcp', () => {
  it('reads no path and writes none', async () => {
    const client = await connect(await open(), 'auto')
    expect((await call(client, 'remove_background', { input: '/etc/passwd' })).text).toMatch(/^PATH_NOT_ALLOWED/)
    expect((await call(client, 'remove_background', { input: DATA_URL, background: '/etc/passwd' })).text).toMatch(
      /^PATH_NOT_ALLOWED/,
    )
    expect((await call(client, 'remove_background', { input: DATA_URL, output: '/tmp/x.png' })).text).toMatch(
      /^INVALID_OPTIONS.*output/,
    )
  })

  it('fetches a URL as every other route does', async () => {
    const asked: string[] = []
    const app = await open({
      fetcher: {
        async *get(url) {
          asked.push(url)
          yield PNG
        },
      },
    })
    const { isError } = await call(await connect(app, 'auto'), 'inspect_image', { input: 'https://a.example/x.png' })
    expect(isError).toBe(false)
    expect(asked).toEqual(['https://a.example/x.png'])
  })

  it('needs a key where the server does, and shows nobody the handles of another', async () => {
    const app = await open({ settings: { access: 'keys' } })
    const make = async (name: string) => (await app.deps.keys.create({ name, scopes: ['cutouts:write'] })).secret
    await expect(connect(app, 'auto')).rejects.toThrow()
    const one = await connect(app, 'auto', await make('one'))
    const other = await connect(app, 'auto', await make('other'))
    const { data } = await call(one, 'remove_background', { input: DATA_URL })
    expect((await call(other, 'refine_cutout', { handle: data.handle })).text).toMatch(/^HANDLE_UNKNOWN/)
    expect((await call(one, 'refine_cutout', { handle: data.handle })).isError).toBe(false)
  })

  it('tells the failure of a job', async () => {
    const client = await connect(await open(), 'auto')
    const { isError, text } = await call(client, 'remove_background', {
      input: `data:image/png;base64,${'A'.repeat(40)}`,
    })
    expect(isError).toBe(true)
    expect(text).toMatch(/^IMAGE_(UNSUPPORTED|CORRUPT)/)
  })

  it('refuses what is no message, a foreign page, and a method of sessions', async () => {
    const app = await open({ settings: { access: 'local' } })
    const post = (body: string, headers: Record<string, string> = {}) =>
      app.request('/mcp', {
        method: 'POST',
        body,
        headers: {
          host: 'localhost',
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          ...headers,
        },
      })
    expect((await post('{"jsonrpc"')).status).toBe(400)
    expect((await post('{}')).status).toBe(400)
    expect((await post('['.repeat(100))).status).toBe(400)
    expect((await post('{}', { origin: 'https://evil.example' })).status).toBe(403)
    expect((await app.request('/mcp', { headers: { host: 'localhost' } })).status).toBe(405)
  })

  it('cancels the job when the client hangs up', async () => {
    const started = Promise.withResolvers<void>()
    const stopped = Promise.withResolvers<void>()
    const app = await open({
      run: async (_request, signal) => {
        started.resolve()
        await new Promise((_resolve, reject) =>
          signal?.addEventListener('abort', () => {
            stopped.resolve()
            reject(signal.reason)
          }),
        )
        throw new Error('unreachable')
      },
    })
    const client = await connect(app, 'auto')
    const stop = new AbortController()
    const going = client.callTool(
      { name: 'remove_background', arguments: { input: DATA_URL } },
      { signal: stop.signal },
    )
    await started.promise
    stop.abort()
    await expect(going).rejects.toThrow()
    await stopped.promise
  })
})
