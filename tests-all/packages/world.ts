// What strangers need: our packages in a registry, and folders and a home of their own. Made once for all tests of the packages.

import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { expect } from 'vitest'
import { type Registry, readTarballs, startRegistry, type Tarball } from '../../tools/local-registry.ts'

export const ROOT = join(import.meta.dirname, '../..')
export const PLATFORM = `${process.platform}-${process.arch}`

export interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface World {
  /** Where `npm install koutu` has been run. */
  readonly project: string
  readonly home: string
  readonly packed: readonly Tarball[]
  /** Makes an empty project that installs from the registry, with a photo. Returns its folder. */
  createProject(name: string, manifest?: object): Promise<string>
  /** Runs a program as in a stranger's shell. */
  run(command: string, args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv): Promise<Ran>
  /** The same, expected to succeed. */
  succeed(command: string, args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv): Promise<Ran>
  close(): Promise<void>
}

/** Packs the packages, offers them, and installs `koutu` with npm: install scripts on, nothing overridden. */
export async function openWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'koutu-package-'))
  const home = join(folder, 'home')
  await mkdir(home)
  const run: World['run'] = (command, args, cwd, env = {}) => {
    const base = { ...strangersEnvironment(), HOME: home, XDG_CACHE_HOME: '', npm_config_cache: join(folder, 'npm') }
    return new Promise((resolve) => {
      execFile(command, args, { cwd, env: { ...base, ...env }, maxBuffer: 64 * 2 ** 20 }, (error, stdout, stderr) => {
        const exitCode = error ? (typeof error.code === 'number' ? error.code : -1) : 0
        resolve({ exitCode, stdout, stderr })
      })
    })
  }
  const succeed: World['succeed'] = async (command, args, cwd, env) => {
    const ran = await run(command, args, cwd, env)
    expect(ran.exitCode, `${command} ${args.join(' ')}\n${ran.stdout}\n${ran.stderr}`).toBe(0)
    return ran
  }
  const tarballs = join(folder, 'tarballs')
  await succeed(process.execPath, [join(ROOT, 'tools/pack-packages.ts'), tarballs, PLATFORM, 'wasm'], ROOT)
  const packed = await readTarballs(tarballs)
  const elsewhere = (await promisify(execFile)('npm', ['config', 'get', 'registry'], { cwd: ROOT })).stdout.trim()
  const registry: Registry = await startRegistry(packed, elsewhere)
  const createProject: World['createProject'] = async (name, manifest = {}) => {
    const project = join(folder, name)
    await mkdir(project, { recursive: true })
    await writeFile(join(project, 'package.json'), JSON.stringify({ name, private: true, ...manifest }))
    await writeFile(join(project, '.npmrc'), `registry=${registry.url}\n`)
    await copyFile(join(ROOT, 'examples/photo.jpg'), join(project, 'photo.jpg'))
    return project
  }
  const project = await createProject('project', { type: 'module' })
  await succeed('npm', ['install', 'koutu'], project)
  return {
    project,
    home,
    packed,
    createProject,
    run,
    succeed,
    async close() {
      await registry.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** npm hands its scripts variables that describe this repository: a stranger's shell has none of them. */
function strangersEnvironment(): NodeJS.ProcessEnv {
  const clean = Object.entries(process.env).filter(([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$|VITEST)/i.test(name))
  return {
    ...Object.fromEntries(clean),
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
  }
}

export async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T
}

/** Expects a cutout of the photo that every project has. */
export async function expectCutout(image: Uint8Array | string): Promise<void> {
  const { data, info } = await sharp(image).extractChannel('alpha').raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height]).toEqual([1200, 900])
  const share = (test: (value: number) => boolean) => data.reduce((sum, v) => sum + (test(v) ? 1 : 0), 0) / data.length
  expect(share((value) => value === 0)).toBeGreaterThan(0.5)
  expect(share((value) => value === 255)).toBeGreaterThan(0.15)
}
