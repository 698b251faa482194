// The published packages as strangers get them: packed, installed into an empty project, imported and run.
// Needs the npm registry for third-party packages. Knows nothing of the sources.

import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const PACKAGES = ['core', 'node', 'browser', 'dreamina', 'server', 'model-isnet', 'koutu']

interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly overrides?: unknown
}
interface Packed {
  readonly name: string
  readonly filename: string
  readonly files: readonly { readonly path: string; readonly mode: number }[]
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
let packed: readonly Packed[]

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T
}

function run(command: string, args: readonly string[], cwd: string): Promise<Ran> {
  // npm hands its scripts variables that describe this repository: a stranger's shell has none of them.
  const clean = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$|VITEST)/i.test(name))
  const env = {
    ...Object.fromEntries(clean),
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    KOUTU_CACHE_DIR: join(folder, 'cache'),
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

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-package-'))
  project = join(folder, 'project')
  await mkdir(project)
  const names = PACKAGES.map((name) => join(root, 'packages', name))
  const pack = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...names], root)
  expect(pack.exitCode, pack.stderr).toBe(0)
  const answer = JSON.parse(pack.stdout) as readonly Packed[] | Readonly<Record<string, Packed>>
  packed = Array.isArray(answer) ? (answer as readonly Packed[]) : Object.values(answer)

  const { overrides } = await readJson<Manifest>(join(root, 'package.json'))
  const tarballs = Object.fromEntries(packed.map(({ name, filename }) => [name, `file:../${filename}`]))
  await writeFile(
    join(project, 'package.json'),
    JSON.stringify({ name: 'stranger', private: true, type: 'module', dependencies: tarballs, overrides }),
  )
  await copyFile(join(root, '.npmrc'), join(project, '.npmrc'))
  await copyFile(join(root, 'examples/photo.jpg'), join(project, 'photo.jpg'))
  const install = await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'], project)
  expect(install.exitCode, install.stderr).toBe(0)
})

afterAll(async () => {
  if (folder) await rm(folder, { recursive: true, force: true })
})

describe('the tarballs', () => {
  it('are one for each public package', () => {
    expect(packed.map(({ name }) => name).sort()).toEqual([
      '@koutu/browser',
      '@koutu/core',
      '@koutu/dreamina',
      '@koutu/model-isnet',
      '@koutu/node',
      '@koutu/server',
      'koutu',
    ])
  })

  it('hold the licence and built code, no tests, no fixtures, no build state', () => {
    for (const { name, files } of packed) {
      const paths = files.map(({ path }) => path)
      expect(paths, name).toContain('LICENSE')
      expect(paths, name).toContain('dist/index.js')
      expect(paths, name).toContain('dist/index.d.ts')
      expect(
        paths.filter((path) => /\.(test|fixture)\.|tsbuildinfo|\.onnx$/.test(path)),
        name,
      ).toEqual([])
    }
  })

  it('hold no map to a source that is not in them', async () => {
    for (const { name, files } of packed) {
      const paths = new Set(files.map(({ path }) => path))
      const installed = join(project, 'node_modules', name)
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
    for (const { name } of packed) {
      const { dependencies = {} } = await readJson<Manifest>(join(project, 'node_modules', name, 'package.json'))
      expect(
        Object.values(dependencies).filter((range) => /^(file|link|workspace):/.test(range)),
        name,
      ).toEqual([])
    }
  })

  it('make the command executable', () => {
    const bin = packed.find(({ name }) => name === 'koutu')?.files.find(({ path }) => path === 'bin/koutu.js')
    expect((bin?.mode ?? 0) & 0o111).toBe(0o111)
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
    expect(lines.slice(0, -1).filter((line) => !line.startsWith('isnet-general-use: '))).toEqual([])
    const { clear, opaque } = await alphaShares(join(project, 'photo.cutout.png'))
    expect(clear).toBeGreaterThan(0.5)
    expect(opaque).toBeGreaterThan(0.15)
  })

  it('koutu doctor finds all that is needed', async () => {
    const ran = await run('npx', ['--no-install', 'koutu', 'doctor'], project)
    expect(ran.exitCode, ran.stdout + ran.stderr).toBe(0)
  })

  it('koutu --version is that of the package', async () => {
    const { version } = await readJson<Manifest>(join(root, 'packages/koutu/package.json'))
    expect((await run('npx', ['--no-install', 'koutu', '--version'], project)).stdout).toBe(`${version}\n`)
  })

  it('a missing file ends with its code, and leaves nothing behind', async () => {
    const before = await readdir(project)
    const ran = await run('npx', ['--no-install', 'koutu', 'missing.jpg'], project)
    expect(ran.exitCode).not.toBe(0)
    expect(ran.stderr).toMatch(/missing\.jpg.*\[[A-Z_]+\]/)
    expect(await readdir(project)).toEqual(before)
  })
})
