// The tools as the official client sees them, in both eras of the protocol.

import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Client, type ClientOptions } from '@modelcontextprotocol/client'
import { createMcpHandler, InMemoryTransport, type McpServer } from '@modelcontextprotocol/server'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MAX_ANSWER_CHARACTERS } from './answers.ts'
import { createFakeCutter, type FakeCutter } from './cutter.fixture.ts'
import { createMcpFactory, TOOLS } from './server.ts'

let home = ''
let allowed = ''
let outside = ''
let cutter: FakeCutter
const open: Client[] = []

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'koutu-mcp-')))
  allowed = join(home, 'pictures')
  outside = join(home, 'private')
  await mkdir(allowed)
  await mkdir(outside)
  await writeFile(join(allowed, 'cat.jpg'), 'a cat')
  await writeFile(join(outside, 'secret.jpg'), 'a secret')
  cutter = createFakeCutter()
})
afterEach(async () => {
  for (const client of open.splice(0)) await client.close()
  await rm(home, { recursive: true, force: true })
})

async function connect(options: ClientOptions = {}, folders: readonly string[] = [allowed]): Promise<Client> {
  const factory = createMcpFactory(cutter, { version: '1.2.3', allowed: folders })
  const server = (await factory({ era: 'legacy' })) as McpServer
  const client = new Client({ name: 'test', version: '1.0.0' }, options)
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(theirs), client.connect(ours)])
  open.push(client)
  return client
}

interface Strokes {
  readonly strokes: readonly { readonly points: readonly (readonly number[])[]; readonly radius?: number }[]
}

interface Data {
  readonly handle: string
  readonly [key: string]: unknown
}

/** The result's text, and whether it is an error. */
async function call(client: Client, name: string, args: Record<string, unknown>) {
  const result = await client.callTool({ name, arguments: args })
  const [first] = result.content
  return {
    isError: result.isError === true,
    text: first?.type === 'text' ? first.text : '',
    data: (result.structuredContent ?? {}) as Data,
    result,
  }
}

describe('the list of tools', () => {
  it('is stable in order, small, and tells what each may do', async () => {
    const { tools } = await (await connect()).listTools()
    expect(tools.map(({ name }) => name)).toEqual([
      'remove_background',
      'inspect_image',
      'refine_cutout',
      'compose',
      'batch',
      'list_models',
      'allowed_folders',
    ])
    expect(JSON.stringify(tools).length).toBeLessThan(24_000)
    for (const { annotations, outputSchema, description } of tools) {
      expect(annotations).toHaveProperty('readOnlyHint')
      expect(outputSchema?.type).toBe('object')
      expect(description?.length).toBeGreaterThan(20)
    }
    // Some hosts refuse these words of JSON Schema.
    expect(JSON.stringify(tools)).not.toMatch(/prefixItems|\$ref|"oneOf"/)
  })

  it('is the same for a client of the newer protocol over HTTP', async () => {
    const handler = createMcpHandler(createMcpFactory(cutter, { version: '1.2.3', allowed: [allowed] }))
    const { Client: HttpClient, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client')
    const client = new HttpClient({ name: 'test', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
    const transport = new StreamableHTTPClientTransport(new URL('http://127.0.0.1/mcp'), {
      fetch: (url, init) => handler.fetch(new Request(url, init)),
    })
    await client.connect(transport)
    open.push(client)
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28')
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(TOOLS.map(({ name }) => name))
    const { text } = await call(client, 'remove_background', { input: join(allowed, 'cat.jpg') })
    expect(text).toMatch(/^Wrote .*cat\.cutout\.png/)
  })
})

describe('remove_background', () => {
  it('writes beside the input and answers with a path, data and a link', async () => {
    const client = await connect()
    const { text, data, result } = await call(client, 'remove_background', { input: join(allowed, 'cat.jpg') })
    const path = join(allowed, 'cat.cutout.png')
    expect(await readFile(path, 'utf8')).toBe('cut png')
    expect(text).toBe(`Wrote ${path} (8 x 6, png). The subject covers 34 % of the image. It touches the bottom edge.`)
    expect(data).toMatchObject({
      output: path,
      format: 'png',
      width: 8,
      height: 6,
      bytes: 7,
      report: { coverage: 0.34 },
    })
    expect(result.content[1]).toMatchObject({
      type: 'resource_link',
      uri: pathToFileURL(path).href,
      mimeType: 'image/png',
    })
    expect(result.content).toHaveLength(2)
  })

  it('takes options by name, in the forms of the command, and the format from the output', async () => {
    const client = await connect()
    const args = { background: 'white', margin: '5% 10px', options: { edgeShift: '-1px', keepIcc: true } }
    const output = join(allowed, 'new/white.jpg')
    const { isError } = await call(client, 'remove_background', { input: join(allowed, 'cat.jpg'), output, ...args })
    expect(isError).toBe(false)
    expect(await readFile(output, 'utf8')).toBe('cut jpeg')
    expect(cutter.asked[0]!.options).toMatchObject({
      background: { type: 'color', color: 'white' },
      margin: [
        { value: 5, unit: '%' },
        { value: 10, unit: 'px' },
      ],
      edgeShift: -1,
      keepIcc: true,
    })
  })

  it('reads a background file from allowed folders only', async () => {
    const client = await connect()
    await writeFile(join(allowed, 'wall.png'), 'a wall')
    const cat = { input: join(allowed, 'cat.jpg') }
    await call(client, 'remove_background', { ...cat, background: join(allowed, 'wall.png') })
    const { background } = cutter.asked[0]!.options as { background: { source: Uint8Array } }
    expect(Buffer.from(background.source).toString()).toBe('a wall')
    const refused = await call(client, 'remove_background', {
      ...cat,
      output: join(allowed, 'b.png'),
      background: join(outside, 'secret.jpg'),
    })
    expect(refused.text).toMatch(/^PATH_NOT_ALLOWED/)
    const source = 'data:image/png;base64,AAAA'
    await call(client, 'remove_background', { ...cat, output: join(allowed, 'c.png'), background: source })
    expect(cutter.asked.at(-1)!.options).toMatchObject({ background: { type: 'picture', source } })
  })

  it('returns a preview of at most 150 kB when asked', async () => {
    cutter.previewBytes = 200_000
    const client = await connect()
    const { result } = await call(client, 'remove_background', { input: join(allowed, 'cat.jpg'), preview: 'small' })
    const image = result.content.find(({ type }) => type === 'image') as { data: string }
    const bytes = Buffer.from(image.data, 'base64').length
    expect(bytes).toBeGreaterThan(0)
    expect(bytes).toBeLessThanOrEqual(150_000)
    expect(JSON.stringify(result).length).toBeLessThan(MAX_ANSWER_CHARACTERS)
  })

  it('takes a data URL, and writes into the first allowed folder', async () => {
    const client = await connect()
    const input = `data:image/png;base64,${Buffer.from('a drawing').toString('base64')}`
    const { data } = await call(client, 'remove_background', { input })
    expect(data.output).toBe(join(allowed, 'image.cutout.png'))
    expect(cutter.asked[0]!.input).toBe('a drawing')
  })

  it('hands a URL on to be fetched behind the guard, and shows no query', async () => {
    const client = await connect()
    const { data, result } = await call(client, 'remove_background', {
      input: 'https://a.example/x/dog%20one.jpg?key=secret',
    })
    expect(cutter.asked[0]!.input).toBe('https://a.example/x/dog%20one.jpg?key=secret')
    expect(data.output).toBe(join(allowed, 'dog_20one.cutout.png'))
    expect(JSON.stringify(result)).not.toContain('secret')
  })

  it('overwrites only when asked', async () => {
    const client = await connect()
    const args = { input: join(allowed, 'cat.jpg') }
    await call(client, 'remove_background', args)
    await writeFile(join(allowed, 'cat.cutout.png'), 'precious')
    const refused = await call(client, 'remove_background', args)
    expect(refused).toMatchObject({ isError: true, text: expect.stringMatching(/^OUTPUT_EXISTS.*overwrite: true/) })
    expect(await readFile(join(allowed, 'cat.cutout.png'), 'utf8')).toBe('precious')
    expect(cutter.asked).toHaveLength(1)
    await call(client, 'remove_background', { ...args, overwrite: true })
    expect(await readFile(join(allowed, 'cat.cutout.png'), 'utf8')).toBe('cut png')
  })

  it('leaves no file behind when it fails', async () => {
    const client = await connect()
    await writeFile(join(allowed, 'bad.jpg'), 'broken')
    const { text } = await call(client, 'remove_background', { input: join(allowed, 'bad.jpg') })
    expect(text).toMatch(/^IMAGE_CORRUPT/)
    expect(existsSync(join(allowed, 'bad.cutout.png'))).toBe(false)
  })
})

describe('what is not allowed', () => {
  it.each([
    ['a path outside', () => join(outside, 'secret.jpg')],
    ['a path that climbs out', () => join(allowed, '../private/secret.jpg')],
    ['a path that climbs out, not normalized', () => `${allowed}/../private/secret.jpg`],
    ['a file URL outside', () => pathToFileURL(join(outside, 'secret.jpg')).href],
    ['a URL of another machine', () => 'file://server/share/secret.jpg'],
    ['a relative path', () => 'cat.jpg'],
    ['a null byte', () => `${allowed}/cat.jpg\0.png`],
    ['a device', () => '/dev/zero'],
    ['a folder that only begins with the same name', () => `${allowed}-2/cat.jpg`],
  ])('%s is refused, and nothing is read', async (_name, path) => {
    const { isError, text } = await call(await connect(), 'remove_background', { input: path() })
    expect(isError).toBe(true)
    expect(text).toMatch(/^PATH_NOT_ALLOWED/)
    expect(cutter.asked).toEqual([])
  })

  it('a link that leads outside is refused, for reading and for writing', async () => {
    const client = await connect()
    await symlink(outside, join(allowed, 'way'))
    await symlink(join(outside, 'secret.jpg'), join(allowed, 'link.jpg'))
    for (const input of [join(allowed, 'way/secret.jpg'), join(allowed, 'link.jpg')])
      expect((await call(client, 'remove_background', { input })).text).toMatch(/^PATH_NOT_ALLOWED/)
    for (const output of [join(allowed, 'way/new.png'), join(allowed, 'way/deep/new.png')]) {
      const { text } = await call(client, 'remove_background', { input: join(allowed, 'cat.jpg'), output })
      expect(text).toMatch(/^PATH_NOT_ALLOWED/)
    }
    expect(cutter.asked).toEqual([])
  })

  it('a folder that becomes a link while the image is processed receives nothing', async () => {
    const client = await connect()
    await mkdir(join(allowed, 'out'))
    const gate = Promise.withResolvers<void>()
    cutter.gate = gate.promise
    const going = call(client, 'remove_background', {
      input: join(allowed, 'cat.jpg'),
      output: join(allowed, 'out/cat.png'),
      overwrite: true,
    })
    while (cutter.running === 0) await new Promise((resolve) => setImmediate(resolve))
    await rm(join(allowed, 'out'), { recursive: true })
    await symlink(outside, join(allowed, 'out'))
    gate.resolve()
    expect((await going).text).toMatch(/^PATH_NOT_ALLOWED/)
    expect(existsSync(join(outside, 'cat.png'))).toBe(false)
  })

  it('whether a file exists outside is not told', async () => {
    const client = await connect()
    const there = await call(client, 'inspect_image', { input: join(outside, 'secret.jpg') })
    const absent = await call(client, 'inspect_image', { input: join(outside, 'nothing.jpg') })
    expect(there.text.replace('secret', 'X')).toBe(absent.text.replace('nothing', 'X'))
  })

  it('without folders, no path is allowed, and the tool says how to allow one', async () => {
    const client = await connect({}, [])
    const { text } = await call(client, 'remove_background', { input: join(allowed, 'cat.jpg') })
    expect(text).toMatch(/^PATH_NOT_ALLOWED.*--allow DIR/)
    expect((await call(client, 'allowed_folders', {})).data).toEqual({ folders: [] })
  })

  it.each([
    ['a limit', { options: { maxPixels: 1e9 } }],
    ['private addresses', { options: { allowPrivateUrls: true } }],
    ['another engine', { options: { engine: 'dreamina' } }],
    ['a model file', { model: '/tmp/x.onnx' }],
    ['a refiner file', { options: { refiner: '/tmp/x.onnx' } }],
    ['hints from a file', { options: { keep: '/etc/passwd' } }],
    ['an unknown option', { options: { nothing: 1 } }],
  ])('%s cannot be set', async (_name, args) => {
    const { isError, text } = await call(await connect(), 'remove_background', {
      input: join(allowed, 'cat.jpg'),
      ...args,
    })
    expect(isError).toBe(true)
    expect(text).toMatch(/^(INVALID_OPTIONS|MODEL_UNKNOWN)/)
    expect(cutter.asked).toEqual([])
  })

  it('a forged handle is refused', async () => {
    const client = await connect()
    for (const handle of ['cutout:1', 'cutout:../../etc', 'batch:1', 'x'.repeat(150)])
      expect((await call(client, 'refine_cutout', { handle })).text).toMatch(/^HANDLE_UNKNOWN/)
  })

  it('any arguments give an answer of the protocol, and never an internal error', async () => {
    const client = await connect()
    const names = TOOLS.map(({ name }) => name)
    const key = fc.constantFrom(
      'input',
      'output',
      'handle',
      'keep',
      'erase',
      'margin',
      'options',
      'background',
      'inputs',
      'roi',
    )
    const path = fc.constantFrom(
      join(allowed, 'cat.jpg'),
      join(outside, 'secret.jpg'),
      '/',
      '',
      'https://',
      'data:,x',
      'cutout:',
    )
    const value = fc.oneof(path, fc.string(), fc.integer(), fc.jsonValue({ maxDepth: 3 }))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.dictionary(key, value, { maxKeys: 4 }), async (name, args) => {
        const { text } = await call(client, name, { ...args, wait_seconds: 0 })
        expect(text.length).toBeLessThan(6000)
        expect(text).not.toMatch(/^INTERNAL/)
      }),
      { numRuns: 200 },
    )
    expect(cutter.asked.map(({ input }) => input)).not.toContain('a secret')
  })
})

describe('a client of the older protocol', () => {
  it('narrows the folders by its roots and never widens them', async () => {
    await mkdir(join(allowed, 'inner'))
    await writeFile(join(allowed, 'inner/dog.jpg'), 'a dog')
    const client = await connectWithRoots([join(allowed, 'inner'), outside])
    expect((await call(client, 'allowed_folders', {})).data).toEqual({ folders: [join(allowed, 'inner')] })
    expect((await call(client, 'remove_background', { input: join(allowed, 'cat.jpg') })).text).toMatch(/^PATH_NOT/)
    expect((await call(client, 'remove_background', { input: join(outside, 'secret.jpg') })).text).toMatch(/^PATH_NOT/)
    expect((await call(client, 'remove_background', { input: join(allowed, 'inner/dog.jpg') })).isError).toBe(false)
  })

  it('keeps all folders where it knows roots and names none', async () => {
    expect((await call(await connectWithRoots([]), 'allowed_folders', {})).data).toEqual({ folders: [allowed] })
  })

  it('is told why no folder is left', async () => {
    const { text } = await call(await connectWithRoots([outside]), 'remove_background', {
      input: join(allowed, 'cat.jpg'),
    })
    expect(text).toContain(`none exists within the roots of this host: ${allowed}`)
  })

  async function connectWithRoots(roots: readonly string[]): Promise<Client> {
    const factory = createMcpFactory(cutter, { version: '1.2.3', allowed: [allowed] })
    const server = (await factory({ era: 'legacy' })) as McpServer
    const client = new Client({ name: 'test', version: '1.0.0' }, { capabilities: { roots: {} } })
    client.setRequestHandler('roots/list', () => ({ roots: roots.map((path) => ({ uri: pathToFileURL(path).href })) }))
    const [ours, theirs] = InMemoryTransport.createLinkedPair()
    await Promise.all([server.connect(theirs), client.connect(ours)])
    open.push(client)
    return client
  }
})

describe('refine_cutout', () => {
  it('adds marks to those of the former result and writes a new file', async () => {
    const client = await connect()
    const keep = [{ point: [1, 2], radius: 3 }]
    const first = await call(client, 'remove_background', { input: join(allowed, 'cat.jpg'), crop: true, keep })
    const second = await call(client, 'refine_cutout', {
      handle: first.data.handle,
      erase: [
        {
          stroke: [
            [5, 5],
            [6, 6],
          ],
        },
      ],
    })
    expect(second.data.output).toBe(join(allowed, 'cat.cutout-2.png'))
    const third = await call(client, 'refine_cutout', {
      handle: second.data.handle,
      erase: [{ box: [0, 0, 10, 4] }],
      crop: false,
    })
    expect(third.data.output).toBe(join(allowed, 'cat.cutout-3.png'))
    const options = cutter.asked[2]!.options as { keep: Strokes; erase: Strokes; crop: boolean }
    expect(options.keep.strokes).toEqual([{ points: [[1, 2]], radius: 3 }])
    expect(options.erase.strokes[0]).toEqual({
      points: [
        [5, 5],
        [6, 6],
      ],
    })
    expect(options.crop).toBe(false)
    // What the cutter kept of one result comes back to it with the next.
    expect(cutter.asked.map(({ kept }) => kept)).toEqual([null, { run: 1 }, { run: 2 }])
  })

  it('fills a box and stays inside it', async () => {
    const client = await connect()
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 4, max: 900 }), fc.integer({ min: 4, max: 900 }), async (width, height) => {
        cutter.asked.length = 0
        const box = { box: [10, 20, width, height] }
        await call(client, 'remove_background', { input: join(allowed, 'cat.jpg'), overwrite: true, keep: [box] })
        const { strokes } = cutter.asked[0]!.options.keep as { strokes: { points: number[][]; radius: number }[] }
        expect(strokes.length).toBeLessThan(40)
        const isMarked = (x: number, y: number) =>
          strokes.some(({ points: [from, to], radius }) => {
            const nearX = Math.max(from![0]!, Math.min(to![0]!, x))
            const nearY = Math.max(from![1]!, Math.min(to![1]!, y))
            return Math.hypot(x - nearX, y - nearY) <= radius + 1e-9
          })
        expect(isMarked(10 + width / 2, 20 + height / 2)).toBe(true)
        let marked = 0
        for (let i = 0; i < 100; i++)
          if (isMarked(10 + (width * ((i % 10) + 0.5)) / 10, 20 + (height * (Math.floor(i / 10) + 0.5)) / 10)) marked++
        // A circle fills .785 of its square.
        expect(marked).toBeGreaterThan(75)
        expect(isMarked(9.99, 20 + height / 2)).toBe(false)
        expect(isMarked(10 + width / 2, 20.01 + height)).toBe(false)
      }),
      { numRuns: 40 },
    )
  })
})

describe('compose', () => {
  it('puts a former result on a canvas', async () => {
    const client = await connect()
    const { data } = await call(client, 'remove_background', { input: join(allowed, 'cat.jpg') })
    const composed = await call(client, 'compose', { input: data.handle, canvas: 'product', background: '#eee' })
    expect(composed.isError).toBe(false)
    expect(cutter.asked[1]!.options).toMatchObject({ crop: true, background: { type: 'color', color: '#eee' } })
  })
})

describe('batch', () => {
  it('answers with counts and the first failures, and skips what is there', async () => {
    const client = await connect()
    for (let i = 0; i < 30; i++) await writeFile(join(allowed, `bad${i}.jpg`), 'broken')
    await mkdir(join(allowed, 'out'))
    await writeFile(join(allowed, 'out/bad3.png'), 'there')
    const args = { inputs: [allowed], output_folder: join(allowed, 'out') }
    await rm(join(allowed, 'out/bad3.png'))
    const { data } = await call(client, 'batch', args)
    // The folder of results is among the inputs of this fake plan: a folder is no image.
    expect(data).toMatchObject({ state: 'done', total: 32, done: 1, failed: 31, skipped: 0 })
    expect(data.failures).toHaveLength(20)
    const again = await call(client, 'batch', { ...args, inputs: [join(allowed, 'cat.jpg')] })
    expect(again.data).toMatchObject({ done: 0, skipped: 1 })
  })

  it('goes on where one of its inputs cannot be read, and stops where none can', async () => {
    const client = await connect()
    const gone = [join(allowed, 'gone.jpg'), join(outside, 'secret.jpg')]
    const { data } = await call(client, 'batch', { inputs: [...gone, join(allowed, 'cat.jpg')] })
    expect(data).toMatchObject({ total: 3, done: 1, failed: 2 })
    expect(data.failures).toMatchObject([{ code: 'INPUT_NOT_FOUND' }, { code: 'PATH_NOT_ALLOWED' }])
    expect((await call(client, 'batch', { inputs: gone })).text).toMatch(/^INPUT_NOT_FOUND/)
  })

  it('is followed by its handle and can be canceled', async () => {
    const client = await connect()
    for (let i = 0; i < 6; i++) await writeFile(join(allowed, `cat${i}.jpg`), 'a cat')
    cutter.gate = new Promise(() => {})
    const first = await call(client, 'batch', {
      inputs: [allowed],
      output_folder: join(home, 'pictures/out'),
      wait_seconds: 0,
    })
    expect(first.data).toMatchObject({ state: 'running', total: 7, done: 0 })
    const last = await call(client, 'batch', { handle: first.data.handle, cancel: true })
    expect(last.data).toMatchObject({ state: 'canceled', done: 0 })
    expect(cutter.running).toBe(0)
  })

  it('does not follow links out of the allowed folders', async () => {
    const client = await connect()
    await symlink(join(outside, 'secret.jpg'), join(allowed, 'link.jpg'))
    const { data } = await call(client, 'batch', { inputs: [allowed] })
    expect(data).toMatchObject({ done: 1, failed: 1, failures: [{ code: 'PATH_NOT_ALLOWED' }] })
    expect(cutter.asked.map(({ input }) => input)).toEqual(['a cat'])
  })
})

describe('skills', () => {
  it.each(['koutu', 'koutu-dreamina'])('%s can be read, in English and Chinese', async (name) => {
    const client = await connect()
    const read = async (path: string) => {
      const { contents } = await client.readResource({ uri: `skill://${name}/${path}` })
      return (contents[0] as { text: string }).text
    }
    expect(await read('SKILL.md')).toMatch(new RegExp(`^---\\nname: ${name}\\ndescription: .{80,}\\n`))
    expect(await read('references/zh-CN.md')).toMatch(/[\u4e00-\u9fff]{3}/)
  })

  it('a path out of a skill is refused', async () => {
    const client = await connect()
    await expect(client.readResource({ uri: 'skill://koutu/../../package.json' })).rejects.toThrow()
  })
})

describe('a call', () => {
  it('reports progress at once, growing', async () => {
    const client = await connect()
    const seen: number[] = []
    await client.callTool(
      { name: 'remove_background', arguments: { input: join(allowed, 'cat.jpg') } },
      { onprogress: ({ progress }) => seen.push(progress) },
    )
    expect(seen.length).toBeGreaterThan(2)
    expect(seen[0]).toBe(0)
    for (let i = 1; i < seen.length; i++) expect(seen[i]).toBeGreaterThan(seen[i - 1]!)
  })

  it('stops its work when it is canceled, and leaves no file', async () => {
    const client = await connect()
    cutter.gate = new Promise(() => {})
    const stop = new AbortController()
    const going = client.callTool(
      { name: 'remove_background', arguments: { input: join(allowed, 'cat.jpg') } },
      { signal: stop.signal },
    )
    while (cutter.running === 0) await new Promise((resolve) => setImmediate(resolve))
    stop.abort()
    await expect(going).rejects.toThrow()
    while (cutter.running > 0) await new Promise((resolve) => setImmediate(resolve))
    await expect.poll(() => existsSync(join(allowed, 'cat.cutout.png'))).toBe(false)
  })
})
