// @koutu/browser as strangers get it: packed, installed into an empty project, built by the bundlers people use, and served as
// static files from a sub-path. Needs the npm registry for the bundlers.

import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPage, startChromium } from './browser/chromium.ts'
import { writeAssets, writeTinyModel } from './browser/kit.ts'
import { ISOLATION, openSite } from './browser/site.ts'

const ROOT = join(import.meta.dirname, '..')
const exec = promisify(execFile)

const BUNDLERS = {
  vite: '^8',
  webpack: '^5',
  'webpack-cli': '^7',
  rollup: '^4',
  '@rollup/plugin-node-resolve': '^16',
  esbuild: '^0.28',
  parcel: '^2',
  next: '^16',
  react: '^19',
  'react-dom': '^19',
}

/** The page under which everything is served. */
const SUB_PATH = '/shop/tools/'

/** Shows in the title what came of one image. `baseUrl` is relative to the page, wherever it is served. */
const MAIN = `
import { removeBackground } from '@koutu/browser'
const canvas = document.createElement('canvas')
canvas.width = canvas.height = 64
const context = canvas.getContext('2d')
context.fillStyle = '#000'
context.fillRect(0, 0, 64, 64)
context.fillStyle = '#fff'
context.fillRect(16, 16, 32, 32)
removeBackground(canvas, { model: 'tiny', baseUrl: 'koutu/' }).then(
  async ({ image, alpha }) => {
    document.title = 'done ' + alpha.data[32 * 64 + 32] + ' ' + alpha.data[0] + ' ' + (await image.blob()).type
  },
  (error) => { document.title = 'failed ' + error.message },
)
`
const HTML =
  '<!doctype html><title>waiting</title><link rel="icon" href="data:,"><script type="module" src="./main.js"></script>'

let folder: string
let project: string
let assets: string
let browser: Browser

/** Tools of the project, in an environment that says nothing of this repository. */
async function run(command: string, args: readonly string[], cwd = project): Promise<void> {
  const clean = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|INIT_CWD$|NODE_OPTIONS$|NODE_ENV$|VITEST)/i.test(name),
  )
  const PATH = [join(project, 'node_modules/.bin'), dirname(process.execPath), process.env.PATH].join(delimiter)
  const env = { ...Object.fromEntries(clean), PATH, NEXT_TELEMETRY_DISABLED: '1' }
  await exec(command, args, { cwd, env, maxBuffer: 64 * 2 ** 20 })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-bundlers-'))
  project = join(folder, 'project')
  assets = join(folder, 'assets')
  await mkdir(project)
  const names = ['core', 'browser'].map((name) => join(ROOT, 'packages', name))
  await exec('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, ...names], { cwd: ROOT })
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))
  const ours = tarballs.map((name) => [`@koutu/${/^koutu-(\w+)-/.exec(name)![1]}`, `file:../${name}`])
  const dependencies = { ...Object.fromEntries(ours), ...BUNDLERS }
  const parcel = { '@parcel/resolver-default': { packageExports: true } }
  const manifest = { name: 'stranger', private: true, dependencies, ...parcel }
  await writeFile(join(project, 'package.json'), JSON.stringify(manifest))
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund'])
  await writeFile(join(project, 'main.js'), MAIN)
  await writeFile(join(project, 'index.html'), HTML)
  await writeAssets(assets, ['--model', await writeTinyModel(folder)])
  browser = await startChromium()
})
afterAll(async () => {
  await browser?.close()
  if (folder) await rm(folder, { recursive: true, force: true })
})

const out = (name: string) => join(folder, 'out', name)

/** Builds the page into the folder given. */
const BUILDS: Readonly<Record<string, (target: string) => Promise<void>>> = {
  vite: (target) => run('vite', ['build', '--base', './', '--outDir', target, '--emptyOutDir', '--logLevel', 'warn']),
  async webpack(target) {
    await run('webpack', ['--mode', 'production', '--entry', './main.js', '--output-path', target])
    await cp(join(project, 'index.html'), join(target, 'index.html'))
  },
  async rollup(target) {
    await run('rollup', ['main.js', '--plugin', 'node-resolve', '--format', 'es', '--dir', target])
    await cp(join(project, 'index.html'), join(target, 'index.html'))
  },
  async esbuild(target) {
    await run('esbuild', ['main.js', '--bundle', '--minify', '--format=esm', `--outdir=${target}`])
    await cp(join(project, 'index.html'), join(target, 'index.html'))
  },
  parcel: (target) => run('parcel', ['build', 'index.html', '--dist-dir', target, '--public-url', './', '--no-cache']),
  async next(target) {
    const site = join(project, 'site')
    await mkdir(join(site, 'app'), { recursive: true })
    const layout =
      'export default ({ children }) => <html lang="en"><head><link rel="icon" href="data:," /></head><body>{children}</body></html>'
    await writeFile(join(site, 'app/layout.jsx'), layout)
    const page = `'use client'\nimport { useEffect } from 'react'\nimport '@koutu/browser'\nexport default function Page() {\n  useEffect(() => void import('../main.js'), [])\n  return null\n}\n`
    await writeFile(join(site, 'app/page.jsx'), page)
    await cp(join(project, 'main.js'), join(site, 'main.js'))
    const config = `export default { output: 'export', basePath: '${SUB_PATH.slice(0, -1)}' }\n`
    await writeFile(join(site, 'next.config.mjs'), config)
    await run('next', ['build'], site)
    await cp(join(site, 'out'), target, { recursive: true })
  },
}

describe.each(Object.keys(BUILDS))('a page built by %s', (name) => {
  it('cuts an image from a sub-path, with no error and no other host', async () => {
    await BUILDS[name]!(out(name))
    await using site = await openSite({
      folders: { [SUB_PATH]: out(name), [`${SUB_PATH}koutu/`]: assets },
      headers: ISOLATION,
    })
    const { page, errors, hosts } = await openPage(browser, new URL(SUB_PATH, site.origin).href)
    await page.waitForFunction(() => /^(done|failed)/.test(document.title))
    expect(await page.title()).toBe('done 1 0 image/png')
    expect(errors).toEqual([])
    expect([...hosts]).toEqual([new URL(site.origin).host])
  })
})
