// What the registry of MCP servers and hosts are handed: an entry that fits its schema, and a bundle that runs as a host would
// start it. Needs the npm registry and the Go module proxy, which has the schema.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { Ajv } from 'ajv'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installMcpTools, MCP_TOOLS } from '../tools/mcp-tools.ts'
import { runMcpTool } from './services/mcp-tools.ts'

const ROOT = join(import.meta.dirname, '..')
const REGISTRY = 'github.com/modelcontextprotocol/registry@v1.8.9'
const HERE = `${process.platform}-${process.arch}`
/** One that does not run here. */
const ELSEWHERE = 'darwin-arm64'
const MAX_BUNDLE_BYTES = 85e6

const run = promisify(execFile)
let folder = ''
beforeAll(async () => {
  await installMcpTools()
  folder = await mkdtemp(join(tmpdir(), 'koutu-bundle-test-'))
  const [tarballs, bundles] = [join(folder, 'tarballs'), join(folder, 'bundles')]
  const node = (script: string, ...args: string[]) => run(process.execPath, [join(ROOT, 'tools', script), ...args])
  await node('pack-packages.ts', tarballs, HERE, ELSEWHERE)
  await node('mcp-bundles.ts', tarballs, bundles, HERE, ELSEWHERE)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const bundle = async (platform: string) => {
  const names = await readdir(join(folder, 'bundles'))
  return join(folder, 'bundles', names.find((name) => name.endsWith(`-${platform}.mcpb`))!)
}

/** As a host does it. */
async function unpack(platform: string): Promise<string> {
  const target = join(folder, platform)
  const { exitCode, stderr } = await runMcpTool('mcpb', ['unpack', await bundle(platform), target])
  expect(exitCode, stderr).toBe(0)
  return target
}

describe('server.json', () => {
  it.each([
    ['in the repository', () => join(ROOT, 'packages/koutu/server.json')],
    ['with its bundles', () => join(folder, 'bundles/server.json')],
  ])('fits the schema that it names, %s', async (_name, path) => {
    const entry = JSON.parse(await readFile(path(), 'utf8'))
    const { stdout } = await run('go', ['mod', 'download', '-json', REGISTRY], { cwd: folder })
    const [, date] = /\/schemas\/([\d-]+)\/server\.schema\.json$/.exec(entry.$schema)!
    const schema = await readFile(join(JSON.parse(stdout).Dir, 'internal/validators/schemas', `${date}.json`), 'utf8')
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(JSON.parse(schema))
    expect(validate(entry), JSON.stringify(validate.errors)).toBe(true)
    expect(validate({ ...entry, name: 'koutu' })).toBe(false)
  })

  it('names each bundle with its checksum', async () => {
    const { packages } = JSON.parse(await readFile(join(folder, 'bundles/server.json'), 'utf8')) as {
      packages: { registryType: string; identifier: string; fileSha256?: string }[]
    }
    const bundles = packages.filter(({ registryType }) => registryType === 'mcpb')
    expect(bundles).toHaveLength(2)
    for (const { identifier, fileSha256 } of bundles) {
      const bytes = await readFile(join(folder, 'bundles', identifier.split('/').at(-1)!))
      expect(fileSha256).toBe(createHash('sha256').update(bytes).digest('hex'))
    }
  })
})

describe('a bundle', () => {
  it('asks for folders, fits its schema, and stays in size', async () => {
    for (const platform of [HERE, ELSEWHERE]) {
      const unpacked = await unpack(platform)
      const { exitCode, stderr } = await runMcpTool('mcpb', ['validate', join(unpacked, 'manifest.json')])
      expect(exitCode, stderr).toBe(0)
      const manifest = JSON.parse(await readFile(join(unpacked, 'manifest.json'), 'utf8'))
      expect(manifest.user_config.allowed_folders).toMatchObject({ type: 'directory', multiple: true, required: true })
      expect(manifest.compatibility.platforms).toEqual([platform.split('-')[0]])
      const { width, height } = await sharp(join(unpacked, 'icon.png')).metadata()
      expect([width, height]).toEqual([256, 256])
      const { length } = await readFile(await bundle(platform))
      console.log(`${platform}: ${(length / 1e6).toFixed(0)} MB`)
      expect(length).toBeLessThan(MAX_BUNDLE_BYTES)
    }
  })

  it('holds the libraries of its platform and of no other', async () => {
    const modules = await readdir(join(folder, ELSEWHERE, 'server/node_modules/@koutu'))
    expect(modules.filter((name) => name.startsWith('ort-'))).toEqual([`ort-${ELSEWHERE}`])
    const images = await readdir(join(folder, ELSEWHERE, 'server/node_modules/@img'))
    expect(images.filter((name) => /linux|win32/.test(name))).toEqual([])
    expect(images).toContain(`sharp-${ELSEWHERE}`)
    const files = await readdir(join(folder, ELSEWHERE), { recursive: true })
    expect(files.filter((name) => name.endsWith('.dylib')).length).toBeGreaterThan(1)
  })

  it('cuts out an image in the second of two folders, started as its manifest says', async () => {
    const pictures = [join(folder, 'one'), join(folder, 'two')]
    for (const path of pictures) await mkdir(path)
    await copyFile(join(ROOT, 'examples/photo.jpg'), join(pictures[1]!, 'photo.jpg'))
    const { getMcpConfigForManifest } = (await import(
      join(MCP_TOOLS, 'node_modules/@anthropic-ai/mcpb/dist/node.js')
    )) as {
      getMcpConfigForManifest(options: object): Promise<{ command: string; args: string[] }>
    }
    const extensionPath = join(folder, HERE)
    const config = await getMcpConfigForManifest({
      manifest: JSON.parse(await readFile(join(extensionPath, 'manifest.json'), 'utf8')),
      extensionPath,
      systemDirs: {},
      userConfig: { allowed_folders: pictures },
      pathSeparator: '/',
    })
    expect(config.command).toBe('node')
    const client = new Client({ name: 'host', version: '1.0.0' })
    const env = { HOME: join(folder, 'home'), PATH: '/usr/bin:/bin' }
    const transport = new StdioClientTransport({ command: process.execPath, args: config.args, env, stderr: 'inherit' })
    await client.connect(transport)
    const input = join(pictures[1]!, 'photo.jpg')
    const result = await client.callTool({ name: 'remove_background', arguments: { input } })
    expect(result.isError, JSON.stringify(result.content)).toBeFalsy()
    expect(await sharp(join(pictures[1]!, 'photo.cutout.png')).metadata()).toMatchObject({ hasAlpha: true })
    const { resources } = await client.listResources()
    expect(resources.map(({ uri }) => uri)).toContain('ui://koutu/cutout.html')
    await client.close()
  })
})
