// The tools of the view in the chat, as a host that shows views calls them.

import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/client'
import { EXTENSION_ID, RESOURCE_MIME_TYPE, RESOURCE_URI_META_KEY } from '@modelcontextprotocol/ext-apps/server'
import { createMcpHandler, InMemoryTransport, type McpServer } from '@modelcontextprotocol/server'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeCutter, type FakeCutter } from './cutter.fixture.ts'
import { createHeldImages } from './held-images.ts'
import { createMcpFactory, TOOLS } from './server.ts'

const VIEWS = { extensions: { [EXTENSION_ID]: { mimeTypes: [RESOURCE_MIME_TYPE] } } }
const VIEW_TOOLS = ['ask_for_image', 'receive_image', 'view_image']

let folder = ''
let cutter: FakeCutter
const open: Client[] = []
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'koutu-view-')))
  await writeFile(join(folder, 'cat.jpg'), 'a cat')
  cutter = createFakeCutter()
})
afterEach(async () => {
  for (const client of open.splice(0)) await client.close()
  await rm(folder, { recursive: true, force: true })
})

async function connect(capabilities: object = VIEWS): Promise<Client> {
  const factory = createMcpFactory(cutter, { version: '1.2.3', allowed: [folder] })
  const server = (await factory({ era: 'legacy' })) as McpServer
  const client = new Client({ name: 'host', version: '1.0.0' }, { capabilities })
  const [ours, theirs] = InMemoryTransport.createLinkedPair()
  await Promise.all([server.connect(theirs), client.connect(ours)])
  open.push(client)
  return client
}

async function call(client: Client, name: string, args: Record<string, unknown>) {
  const { isError, content, structuredContent } = await client.callTool({ name, arguments: args })
  const image = content.find(({ type }) => type === 'image') as { data: string } | undefined
  return {
    isError: isError === true,
    text: (content[0] as { text: string }).text,
    data: (structuredContent ?? {}) as { handle: string; output: string },
    image: image && Buffer.from(image.data, 'base64').toString(),
  }
}

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('tools of the view', () => {
  it('are listed to hosts that show views, after the others, and to nobody else', async () => {
    const names = TOOLS.map(({ name }) => name)
    const { tools } = await (await connect()).listTools()
    expect(tools.map(({ name }) => name)).toEqual([...names, ...VIEW_TOOLS])
    expect((await (await connect({})).listTools()).tools.map(({ name }) => name)).toEqual(names)
    const ofApp = tools.filter(({ _meta }) => (_meta?.ui as { visibility?: string[] })?.visibility?.join() === 'app')
    expect(ofApp.map(({ name }) => name)).toEqual(['receive_image', 'view_image'])
    for (const { _meta } of tools.filter(({ _meta: meta }) => meta?.[RESOURCE_URI_META_KEY]))
      expect((_meta!.ui as { resourceUri: string }).resourceUri).toBe(_meta![RESOURCE_URI_META_KEY])
  })

  it('are listed so in the newer protocol, too, where each request says what its client can', async () => {
    const handler = createMcpHandler(createMcpFactory(cutter, { version: '1.2.3', allowed: [folder] }))
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client')
    const listed = async (capabilities: object) => {
      const options = { capabilities, versionNegotiation: { mode: 'auto' } } as const
      const client = new Client({ name: 'host', version: '1.0.0' }, options)
      const transport = new StreamableHTTPClientTransport(new URL('http://127.0.0.1/mcp'), {
        fetch: (url, init) => handler.fetch(new Request(url, init)),
      })
      await client.connect(transport)
      open.push(client)
      return (await client.listTools()).tools.length
    }
    expect(await listed(VIEWS)).toBe(TOOLS.length + VIEW_TOOLS.length)
    expect(await listed({})).toBe(TOOLS.length)
  })
})

describe('receive_image', () => {
  it('puts parts together, and the handle is an input like any other', async () => {
    const client = await connect()
    const { data } = await call(client, 'receive_image', { name: '../../etc/.Mein Bild.PNG', data: base64('a ') })
    for (const part of ['do', 'g']) await call(client, 'receive_image', { handle: data.handle, data: base64(part) })
    const made = await call(client, 'remove_background', { input: data.handle })
    expect(made.data.output).toBe(join(folder, 'Mein_Bild.cutout.png'))
    await call(client, 'refine_cutout', { handle: made.data.handle, erase: [{ point: [1, 1] }] })
    expect(cutter.asked.map(({ input }) => input)).toEqual(['a dog', 'a dog'])
    expect((await readdir(folder)).sort()).toEqual(['Mein_Bild.cutout-2.png', 'Mein_Bild.cutout.png', 'cat.jpg'])
  })

  it.each([
    ['no base64', { data: 'a b' }],
    ['a part that is too large', { data: 'A'.repeat(700_004) }],
    ['the handle of a cutout', { data: 'AAAA', handle: 'cutout:1' }],
    ['a forged handle', { data: 'AAAA', handle: 'image:1' }],
    ['nothing', {}],
  ])('refuses %s', async (_name, args) => {
    expect((await call(await connect(), 'receive_image', args)).isError).toBe(true)
  })

  it('holds images within a budget, the last ones', () => {
    const images = createHeldImages(10)
    const first = images.add(Buffer.from('12345'), 'a')
    const second = images.add(Buffer.from('67890'), 'b')
    const third = images.add(Buffer.from('x'), 'c')
    expect(() => images.get(first)).toThrow('Unknown or expired handle')
    expect(Buffer.from(images.get(second).bytes).toString()).toBe('67890')
    images.append(third, Buffer.from('yz'), 10)
    expect(Buffer.from(images.get(third).bytes).toString()).toBe('xyz')
    expect(() => images.append(third, Buffer.alloc(8), 10)).toThrow('at most 10 bytes')
    expect(() => images.get(third)).toThrow('Unknown or expired handle')
    expect(() => images.add(Buffer.alloc(11), 'd')).toThrow('at most 10 bytes')
  })
})

describe('view_image', () => {
  it('shows the input and the result', async () => {
    const client = await connect()
    const { data } = await call(client, 'remove_background', { input: join(folder, 'cat.jpg') })
    expect((await call(client, 'view_image', { handle: data.handle, of: 'input' })).image).toBe('a cat')
    expect((await call(client, 'view_image', { handle: data.handle, of: 'result' })).image).toBe('cut png')
    expect(cutter.asked).toHaveLength(1)
  })

  it('shows the subject in its image where the result shows it elsewhere, and writes nothing', async () => {
    const client = await connect()
    const args = {
      input: join(folder, 'cat.jpg'),
      scale: 80,
      background: 'white',
      feather: 2,
      output: join(folder, 'a.jpg'),
    }
    const { data } = await call(client, 'remove_background', args)
    const shown = await call(client, 'view_image', { handle: data.handle, of: 'result' })
    expect(shown.image).toBe('cut png')
    const { options, kept } = cutter.asked[1]!
    expect(options).toMatchObject({ feather: 2, background: { type: 'transparent' }, crop: false })
    expect(options.scale).toBeUndefined()
    expect(kept).toEqual({ run: 1 })
    expect((await readdir(folder)).sort()).toEqual(['a.jpg', 'cat.jpg'])
  })

  it('never answers with more than hosts take', async () => {
    const client = await connect()
    const { data } = await call(client, 'remove_background', { input: join(folder, 'cat.jpg') })
    cutter.show = async (_image, side) => ({
      bytes: new Uint8Array(side * 800),
      mimeType: 'image/webp',
      width: 1,
      height: 1,
    })
    const shown = await call(client, 'view_image', { handle: data.handle, of: 'input' })
    expect(shown.image!.length).toBeGreaterThan(500_000)
    expect(shown.image!.length).toBeLessThan(600_001)
    cutter.show = async () => ({ bytes: new Uint8Array(700_000), mimeType: 'image/webp', width: 1, height: 1 })
    expect((await call(client, 'view_image', { handle: data.handle, of: 'input' })).isError).toBe(true)
  })

  it('reads no file that is not allowed any more', async () => {
    const client = await connect()
    const { data } = await call(client, 'remove_background', { input: join(folder, 'cat.jpg') })
    await rm(folder, { recursive: true })
    expect((await call(client, 'view_image', { handle: data.handle, of: 'result' })).text).toMatch(/^PATH_NOT_ALLOWED/)
    await mkdir(folder)
  })

  it('fetches no URL', async () => {
    const client = await connect()
    const { data } = await call(client, 'remove_background', { input: 'https://a.example/x.png' })
    expect((await call(client, 'view_image', { handle: data.handle, of: 'input' })).text).toMatch(/^URL_REFUSED/)
  })
})

describe('refine_cutout', () => {
  it('keeps the format of the former result, unless a new place says another', async () => {
    const client = await connect()
    const args = { input: join(folder, 'cat.jpg'), background: 'white', output: join(folder, 'a.jpg') }
    const { data } = await call(client, 'remove_background', args)
    const second = await call(client, 'refine_cutout', { handle: data.handle })
    expect(second.data.output).toBe(join(folder, 'a-2.jpg'))
    const third = await call(client, 'refine_cutout', { handle: second.data.handle, output: join(folder, 'b.webp') })
    expect(third.data).toMatchObject({ format: 'webp' })
  })
})
