// The published packages as strangers get them: packed, offered by a registry, installed into an empty project with install
// scripts on and nothing overridden, imported and run. Needs the npm registry for third-party packages. Knows nothing of the sources.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { copyFile, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PublishedManifest, type Registry, startRegistry, type Tarball } from './services/registry.ts'

const root = join(import.meta.dirname, '..')
const PLATFORM = `${process.platform}-${process.arch}`
const INSTALL_TIMEOUT_MS = 900_000
/** Of node_modules, after `npm install koutu`. */
const MAX_INSTALLED_BYTES = 150e6

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
}
interface Packed extends Tarball {
  readonly name: string
  readonly files: readonly { readonly path: string; readonly mode: string }[]
}
interface Lock {
  readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean; readonly license?: string }>>
}
interface SourceMap {
  readonly sources: readonly string[]
  readonly sourcesContent?: readonly (string | null)[]
}
interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

let folder: string
let project: string
let home: string
let packed: readonly Packed[]
let registry: Registry

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T
}

function run(command: string, args: readonly string[], cwd: string): Promise<Ran> {
  // npm hands its scripts variables that describe this repository: a stranger's shell has none of them.
  const clean = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$|VITEST)/i.test(name))
  const env = {
    ...Object.fromEntries(clean),
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    HOME: home,
    XDG_CACHE_HOME: '',
    npm_config_cache: join(folder, 'npm'),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  }
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
      const exitCode = error ? (typeof error.code === 'number' ? error.code : -1) : 0
      resolve({ exitCode, stdout, stderr })
    })
  })
}

/** Part of the picture that is clear, and part that is opaque, both in [0, 1]. */
async function alphaShares(bytes: Uint8Array | string): Promise<{ clear: number; opaque: number }> {
  const { data, info } = await sharp(bytes).extractChannel('alpha').raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height]).toEqual([1200, 900])
  const share = (test: (value: number) => boolean) => data.reduce((sum, v) => sum + (test(v) ? 1 : 0), 0) / data.length
  return { clear: share((value) => value === 0), opaque: share((value) => value === 255) }
}

async function readTarball(path: string): Promise<Packed> {
  const read = async (...args: string[]) => (await run('tar', args, folder)).stdout
  const manifest = JSON.parse(await read('-xzOf', path, 'package/package.json')) as PublishedManifest
  const lines = (await read('-tzvf', path)).trim().split('\n')
  const files = lines.map((line) => ({ mode: line.slice(0, 10), path: line.replace(/^.* package\//, '') }))
  return { name: manifest.name, path, manifest, files }
}

async function publicNames(): Promise<string[]> {
  const folders = await readdir(join(root, 'packages'))
  const manifests = await Promise.all(
    folders.map((name) => readJson<Manifest>(join(root, 'packages', name, 'package.json'))),
  )
  return manifests.filter((manifest) => !manifest.private).map(({ name }) => name)
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-package-'))
  project = join(folder, 'project')
  home = join(folder, 'home')
  const tarballs = join(folder, 'tarballs')
  await Promise.all([mkdir(project), mkdir(home)])
  const pack = await run(process.execPath, [join(root, 'tools/pack-packages.ts'), tarballs, PLATFORM], root)
  expect(pack.exitCode, pack.stderr).toBe(0)
  packed = await Promise.all((await readdir(tarballs)).map((name) => readTarball(join(tarballs, name))))

  const elsewhere = (await promisify(execFile)('npm', ['config', 'get', 'registry'], { cwd: root })).stdout.trim()
  registry = await startRegistry(packed, elsewhere)
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'stranger', private: true, type: 'module' }))
  await writeFile(join(project, '.npmrc'), `registry=${registry.url}\n`)
  await copyFile(join(root, 'examples/photo.jpg'), join(project, 'photo.jpg'))
  const install = await run('npm', ['install', 'koutu'], project)
  expect(install.exitCode, install.stderr).toBe(0)
}, INSTALL_TIMEOUT_MS)

afterAll(async () => {
  await registry?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

describe('the tarballs', () => {
  it('are one for each public package, and the pack of this platform', async () => {
    const expected = [...(await publicNames()), `@koutu/ort-${PLATFORM}`]
    expect(packed.map(({ name }) => name).sort()).toEqual(expected.sort())
  })

  it('hold the license and built code, no tests, no fixtures, no build state', () => {
    for (const { name, files } of packed) {
      const paths = files.map(({ path }) => path)
      expect(paths, name).toContain('LICENSE')
      expect(paths, name).toContain('dist/index.js')
      expect(paths, name).toContain('dist/index.d.ts')
      expect(
        paths.filter((path) => /\.(test|fixture)\.|tsbuildinfo/.test(path)),
        name,
      ).toEqual([])
    }
  })

  it('hold no map to a source that is not in them', async () => {
    for (const { name, files } of packed) {
      const paths = new Set(files.map(({ path }) => path))
      const installed = join(project, 'node_modules', name)
      if (!existsSync(installed)) continue
      for (const path of paths) {
        if (path.endsWith('.map')) {
          const { sources, sourcesContent = [] } = await readJson<SourceMap>(join(installed, path))
          const absent = sources.filter((source, i) => !sourcesContent[i] && !paths.has(join(dirname(path), source)))
          expect(absent, `${name}/${path}`).toEqual([])
        } else if (path.endsWith('.js')) {
          const map = /^\/\/# sourceMappingURL=(.+)$/m.exec(await readFile(join(installed, path), 'utf8'))?.[1]
          if (map) expect(paths, `${name}/${path}`).toContain(join(dirname(path), map))
        }
      }
    }
  })

  it('name no dependency by a path', async () => {
    for (const { name, manifest } of packed) {
      const { dependencies = {} } = manifest as Manifest
      expect(
        Object.values(dependencies).filter((range) => /^(file|link|workspace):/.test(range)),
        name,
      ).toEqual([])
    }
  })

  it('make the command executable', () => {
    const bin = packed.find(({ name }) => name === 'koutu')?.files.find(({ path }) => path === 'bin/koutu.js')
    expect(bin?.mode).toMatch(/^-rwxr-xr-x/)
  })
})

describe('npm install koutu', () => {
  it('runs no install script, brings nothing under the AGPL, and no package twice that is large', async () => {
    const { packages } = await readJson<Lock>(join(project, 'node_modules/.package-lock.json'))
    const paths = Object.keys(packages)
    expect(paths.length).toBeGreaterThan(20)
    expect(paths.filter((path) => packages[path]?.hasInstallScript)).toEqual([])
    expect(paths.filter((path) => /AGPL/.test(packages[path]?.license ?? ''))).toEqual([])
    for (const name of ['sharp', 'zod', 'onnxruntime-common']) {
      expect(paths.filter((path) => path.endsWith(`node_modules/${name}`))).toEqual([`node_modules/${name}`])
    }
    expect(paths).not.toContain('node_modules/onnxruntime-node')
  })

  it(`takes at most ${MAX_INSTALLED_BYTES / 1e6} MB`, async () => {
    const entries = await readdir(join(project, 'node_modules'), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    const sizes = await Promise.all(files.map(async (file) => (await lstat(file)).size))
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    console.log(`npm install koutu: ${(bytes / 1e6).toFixed(0)} MB`)
    expect(bytes).toBeLessThan(MAX_INSTALLED_BYTES)
  })
})

describe('installed in an empty project', () => {
  it('the library cuts a picture out', async () => {
    await writeFile(
      join(project, 'example.js'),
      `import { writeFile } from 'node:fs/promises'
import { removeBackground } from 'koutu'

const { image, report } = await removeBackground('photo.jpg')
await writeFile('library.png', await image.bytes())
console.log(JSON.stringify(report))
`,
    )
    const ran = await run(process.execPath, ['example.js'], project)
    expect(ran.stderr).toBe('')
    expect(ran.exitCode).toBe(0)
    expect(JSON.parse(ran.stdout)).toHaveProperty('coverage')
    const { clear, opaque } = await alphaShares(join(project, 'library.png'))
    expect(clear).toBeGreaterThan(0.5)
    expect(opaque).toBeGreaterThan(0.15)
  })

  it('the command cuts a picture out, and says so in one line', async () => {
    const ran = await run('npx', ['--no-install', 'koutu', 'photo.jpg'], project)
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.stdout).toBe('')
    const lines = ran.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('npm '))
    expect(lines.at(-1)).toMatch(/^photo\.jpg -> photo\.cutout\.png \(1200 x 900, subject \d+ %, .+ s\)$/)
    expect(lines.slice(0, -1)).toEqual([])
    const { clear, opaque } = await alphaShares(join(project, 'photo.cutout.png'))
    expect(clear).toBeGreaterThan(0.5)
    expect(opaque).toBeGreaterThan(0.15)
  })

  it('keeps no model of its own: the network runs from where npm put it', async () => {
    expect(await readdir(join(home, '.cache/koutu'))).toEqual(expect.arrayContaining(['code']))
    expect(await readdir(join(home, '.cache/koutu'))).not.toContain('models')
  })

  it('koutu doctor finds all that is needed', async () => {
    const ran = await run('npx', ['--no-install', 'koutu', 'doctor'], project)
    expect(ran.exitCode, ran.stdout + ran.stderr).toBe(0)
  })

  it('koutu --version is that of the package', async () => {
    const { version } = await readJson<Manifest>(join(root, 'packages/koutu/package.json'))
    expect((await run('npx', ['--no-install', 'koutu', '--version'], project)).stdout).toBe(`${version}\n`)
  })

  it.each([['serve', '--port', '0'], ['serve', '--help'], ['worker'], ['keys', 'list']])(
    'koutu %s names the package it needs',
    async (...words) => {
      const ran = await run('npx', ['--no-install', 'koutu', ...words], project)
      expect(ran).toEqual({
        exitCode: 3,
        stdout: '',
        stderr: 'koutu: An optional package is missing: install it with npm install @koutu/server [PACKAGE_MISSING]\n',
      })
    },
  )

  it('all other commands print their help', async () => {
    for (const words of [['--help'], ['mcp', '--help'], ['models', 'list', '--help']]) {
      const { exitCode, stdout } = await run('npx', ['--no-install', 'koutu', ...words], project)
      expect(exitCode).toBe(0)
      expect(stdout).toContain('Usage: koutu')
    }
  })

  it('a missing file ends with its code, and leaves nothing behind', async () => {
    const before = await readdir(project)
    const ran = await run('npx', ['--no-install', 'koutu', 'missing.jpg'], project)
    expect(ran.exitCode).not.toBe(0)
    expect(ran.stderr).toMatch(/missing\.jpg.*\[[A-Z_]+\]/)
    expect(await readdir(project)).toEqual(before)
  })
})

describe('with @koutu/server beside it', () => {
  it('koutu keys creates a key', async () => {
    const withServer = join(folder, 'server')
    await mkdir(withServer)
    await copyFile(join(project, '.npmrc'), join(withServer, '.npmrc'))
    await writeFile(join(withServer, 'package.json'), JSON.stringify({ name: 'server', private: true }))
    const install = await run('npm', ['install', 'koutu', '@koutu/server', '--prefer-offline'], withServer)
    expect(install.exitCode, install.stderr).toBe(0)
    const ran = await run('npx', ['--no-install', 'koutu', 'keys', 'create', 'shop', '--data', 'data'], withServer)
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.stdout).toMatch(/^\S+\n$/)
  }, 120_000)
})
