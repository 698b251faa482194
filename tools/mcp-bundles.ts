// Makes a bundle (.mcpb) for each platform from packed tarballs, which hosts such as Claude Desktop install with a click:
//   node tools/mcp-bundles.ts TARBALLS OUT [PLATFORM…]     platforms such as darwin-arm64; all by default
// and OUT/server.json, which tells the registry of MCP servers where they are, with their checksums.
// Needs the packs of those platforms among the tarballs, and the npm registry for everything that is not ours.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { TOOLS } from '../packages/mcp/src/server.ts'
import { type Registry, readTarballs, startRegistry } from './local-registry.ts'
import { installMcpTools, MCP_TOOLS } from './mcp-tools.ts'
import { readManifest } from './published-manifest.ts'

const ROOT = resolve(import.meta.dirname, '..')
const BUNDLER = join(MCP_TOOLS, 'node_modules/@anthropic-ai/mcpb/dist/cli/cli.js')
const KOUTU = readManifest(join(ROOT, 'packages/koutu'))

/** Where hosts run that install bundles. */
const PLATFORMS = ['darwin-arm64', 'darwin-x64', 'win32-x64', 'linux-x64']
const ICON_SIDE = 256

const run = promisify(execFile)
const [tarballs = '', target = '', ...chosen] = process.argv.slice(2)
if (!tarballs || !target) throw new Error('expected a folder of tarballs and a folder for the bundles')

await installMcpTools()
const elsewhere = (await run('npm', ['config', 'get', 'registry'])).stdout.trim()
const registry = await startRegistry(await readTarballs(tarballs), elsewhere)
try {
  await mkdir(target, { recursive: true })
  const bundles: Bundle[] = []
  for (const platform of chosen.length > 0 ? chosen : PLATFORMS) bundles.push(await makeBundle(platform, registry))
  await writeServerJson(bundles)
} finally {
  await registry.close()
}

interface Bundle {
  readonly name: string
  readonly sha256: string
}

async function makeBundle(platform: string, { url }: Registry): Promise<Bundle> {
  const staging = await mkdtemp(join(tmpdir(), 'koutu-bundle-'))
  try {
    await installFor(platform, join(staging, 'server'), url)
    await writeFile(join(staging, 'manifest.json'), `${JSON.stringify(manifestFor(platform), null, 2)}\n`)
    const icon = await readFile(join(ROOT, 'apps/studio/src/icon.svg'))
    await writeFile(join(staging, 'icon.png'), await sharp(icon, { density: 1200 }).resize(ICON_SIDE).png().toBuffer())
    for (const file of ['LICENSE', 'NOTICE']) await cp(join(ROOT, file), join(staging, file))
    const name = `koutu-${KOUTU.version}-${platform}.mcpb`
    const path = resolve(target, name)
    // Checks the manifest, too.
    await run(process.execPath, [BUNDLER, 'pack', staging, path], { maxBuffer: 64 * 2 ** 20 })
    const bytes = await readFile(path)
    console.log(`${name}: ${(bytes.length / 1e6).toFixed(0)} MB`)
    return { name, sha256: createHash('sha256').update(bytes).digest('hex') }
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** `npm install koutu` as that platform would do it. */
async function installFor(platform: string, folder: string, url: string): Promise<void> {
  const [os, cpu] = platform.split('-') as [string, string]
  await mkdir(folder, { recursive: true })
  const dependencies = { [KOUTU.name]: KOUTU.version }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }))
  await writeFile(join(folder, '.npmrc'), `registry=${url}\n`)
  const where = ['--os', os, '--cpu', cpu, ...(os === 'linux' ? ['--libc', 'glibc'] : [])]
  // npm leaves optional packages out that its own Node is too old for.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` }
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...where], { cwd: folder, env })
  for (const name of [`@koutu/ort-${platform}`, '@koutu/model-isnet', `@img/sharp-${platform}`])
    if (!existsSync(join(folder, 'node_modules', name))) throw new Error(`npm did not install ${name}`)
}

/** Where a host puts a value of its own into a manifest. */
function filledIn(name: string): string {
  return `\${${name}}`
}

function manifestFor(platform: string): object {
  const { version, description, keywords, homepage, author, license, engines } = KOUTU
  const entry = 'server/node_modules/koutu/bin/koutu.js'
  return {
    manifest_version: '0.3',
    name: 'koutu',
    display_name: 'koutu: cut out images',
    version,
    description,
    long_description:
      'Removes the background of images on your machine, offline: transparent PNGs, products on white, whole folders. Images are read and written in the folders that you allow and go nowhere else.',
    author: { name: author },
    homepage,
    documentation: `${String(homepage).replace(/#.*$/, '')}/blob/main/docs/agents.md`,
    license,
    keywords,
    icon: 'icon.png',
    server: {
      type: 'node',
      entry_point: entry,
      mcp_config: {
        command: 'node',
        args: [`${filledIn('__dirname')}/${entry}`, 'mcp', '--allow', filledIn('user_config.allowed_folders')],
        env: {},
      },
    },
    user_config: {
      allowed_folders: {
        type: 'directory',
        title: 'Allowed folders',
        description: 'koutu reads and writes images in these folders and nowhere else.',
        multiple: true,
        required: true,
      },
    },
    tools: TOOLS.map(({ name, description: about }) => ({ name, description: about })),
    compatibility: { platforms: [platform.split('-')[0]], runtimes: { node: (engines as { node: string }).node } },
  }
}

/** The entry of the registry with the bundles, which must have been uploaded to the release of this version. */
async function writeServerJson(bundles: readonly Bundle[]): Promise<void> {
  const entry = JSON.parse(await readFile(join(ROOT, 'packages/koutu/server.json'), 'utf8'))
  const packages = bundles.map(({ name, sha256 }) => ({
    registryType: 'mcpb',
    identifier: `${entry.repository.url}/releases/download/v${KOUTU.version}/${name}`,
    version: KOUTU.version,
    fileSha256: sha256,
    transport: { type: 'stdio' },
  }))
  const whole = { ...entry, packages: [...entry.packages, ...packages] }
  await writeFile(join(target, 'server.json'), `${JSON.stringify(whole, null, 2)}\n`)
}
