// The published packages as strangers get them: packed, offered by a registry, installed into an empty project with install
// scripts on and nothing overridden, imported and run. Needs the npm registry for third-party packages. Knows nothing of the sources.

import { lstat, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { refusedLicenses } from '../tools/licenses.ts'
import { checkTenMinutes } from './packages/newcomer.ts'
import { checkBundlers, checkInstallers, checkPlaces, checkRuntimes, RUNTIMES } from './packages/strangers.ts'
import { checkTarballs, checkTypes } from './packages/tarballs.ts'
import { expectCutout, openWorld, ROOT, readJson, type World } from './packages/world.ts'

const INSTALL_TIMEOUT_MS = 900_000
/** Of node_modules, after `npm install koutu`. */
const MAX_INSTALLED_BYTES = 150e6
/** Of other people, at versions that were tried. */
const TOOLS = ['publint@0.3.25', '@arethetypeswrong/cli@0.18.5', 'typescript@5.9.3', '@types/node@24']

interface Lock {
  readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>
}

let world: World
let tools: string
let project: string

beforeAll(async () => {
  world = await openWorld()
  project = world.project
  tools = await world.createProject('tools')
  await world.succeed('npm', ['install', '--ignore-scripts', ...TOOLS, ...RUNTIMES], tools)
}, INSTALL_TIMEOUT_MS)

afterAll(() => world?.close())

checkTenMinutes(() => world)
checkTarballs(() => world)
checkTypes(
  () => world,
  () => tools,
)

checkInstallers(
  () => world,
  () => tools,
)
checkRuntimes(
  () => world,
  () => tools,
)
checkPlaces(() => world)
checkBundlers(() => world)

describe('npm install koutu', () => {
  it('runs no install script, brings no license that is not allowed, and no package twice that is large', async () => {
    const { packages } = await readJson<Lock>(join(project, 'node_modules/.package-lock.json'))
    const paths = Object.keys(packages)
    expect(paths.length).toBeGreaterThan(20)
    expect(paths.filter((path) => packages[path]?.hasInstallScript)).toEqual([])
    expect(refusedLicenses(project)).toEqual([])
    for (const name of ['sharp', 'zod', 'onnxruntime-common']) {
      expect(paths.filter((path) => path.endsWith(`node_modules/${name}`))).toEqual([`node_modules/${name}`])
    }
    expect(paths).not.toContain('node_modules/onnxruntime-node')
    expect(paths).not.toContain('node_modules/@koutu/server')
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
  const koutu = (...words: string[]) => world.run('npx', ['--no-install', 'koutu', ...words], project)

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
    const ran = await world.run(process.execPath, ['example.js'], project)
    expect(ran.stderr).toBe('')
    expect(ran.exitCode).toBe(0)
    expect(JSON.parse(ran.stdout)).toHaveProperty('coverage')
    await expectCutout(join(project, 'library.png'))
  })

  it('the command cuts a picture out, and says so in one line', async () => {
    const ran = await koutu('photo.jpg')
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.stdout).toBe('')
    const lines = ran.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('npm '))
    expect(lines.at(-1)).toMatch(/^photo\.jpg -> photo\.cutout\.png \(1200 x 900, subject \d+ %, .+ s\)$/)
    expect(lines.slice(0, -1)).toEqual([])
    await expectCutout(join(project, 'photo.cutout.png'))
  })

  it('keeps a model of its own only where the processor needs lower weights: else the network runs from where npm put it', async () => {
    const entries = await readdir(join(world.home, '.cache/koutu'))
    expect(entries).toEqual(expect.arrayContaining(['code']))
    const { stdout } = await koutu('doctor')
    expect(stdout).toContain('int8 dot products')
    expect(entries.includes('models')).toBe(stdout.includes('no int8 dot products'))
  })

  it('koutu doctor finds all that is needed', async () => {
    const ran = await koutu('doctor')
    expect(ran.exitCode, ran.stdout + ran.stderr).toBe(0)
  })

  it('koutu --version is that of the package', async () => {
    const { version } = await readJson<{ version: string }>(join(ROOT, 'packages/koutu/package.json'))
    expect((await koutu('--version')).stdout).toBe(`${version}\n`)
  })

  it.each([['serve', '--port', '0'], ['serve', '--help'], ['worker'], ['keys', 'list']])(
    'koutu %s names the package it needs',
    async (...words) => {
      expect(await koutu(...words)).toEqual({
        exitCode: 3,
        stdout: '',
        stderr: 'koutu: An optional package is missing: install it with npm install @koutu/server [PACKAGE_MISSING]\n',
      })
    },
  )

  it('all other commands print their help', async () => {
    for (const words of [['--help'], ['mcp', '--help'], ['models', 'list', '--help']]) {
      const { exitCode, stdout } = await koutu(...words)
      expect(exitCode).toBe(0)
      expect(stdout).toContain('Usage: koutu')
    }
  })

  it('a missing file ends with its code, and leaves nothing behind', async () => {
    const before = await readdir(project)
    const ran = await koutu('missing.jpg')
    expect(ran.exitCode).not.toBe(0)
    expect(ran.stderr).toMatch(/missing\.jpg.*\[[A-Z_]+\]/)
    expect(await readdir(project)).toEqual(before)
  })
})

describe('with @koutu/server beside it', () => {
  it('koutu keys creates a key', async () => {
    const withServer = await world.createProject('server')
    await world.succeed('npm', ['install', 'koutu', '@koutu/server', '--prefer-offline'], withServer)
    expect(refusedLicenses(withServer)).toEqual([])
    const words = ['--no-install', 'koutu', 'keys', 'create', 'shop', '--data', 'data']
    const ran = await world.succeed('npx', words, withServer)
    expect(ran.stdout).toMatch(/^\S+\n$/)
  }, 120_000)
})
