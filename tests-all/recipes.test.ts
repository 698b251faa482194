// The recipes of the docs, run as people run them: web frameworks from the registry, clients of a running server.
// Needs the npm registry, curl and Python 3.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, symlink, watch, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from './services/free-port.ts'

const root = join(import.meta.dirname, '..')
const RECIPES = join(root, 'examples/recipes')
const KOUTU = join(root, 'packages/koutu/bin/koutu.js')
const run = promisify(execFile)

let folder: string
const started: ChildProcess[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'koutu-recipes-'))
  await cp(RECIPES, folder, { recursive: true })
  await copyFile(join(root, 'examples/photo.jpg'), join(folder, 'photo.jpg'))
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  await run('npm', ['install', '--no-audit', '--no-fund', 'express@5', 'fastify@5', 'hono@4', '@hono/node-server@2'], {
    cwd: folder,
  })
  for (const name of ['koutu', 'sharp'])
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name))
})
afterAll(async () => {
  // A server writes its last records while it stops.
  await Promise.all(
    started.map(async (child) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill()
      await ended
    }),
  )
  await rm(folder, { recursive: true, force: true })
})

const photo = () => readFile(join(folder, 'photo.jpg'))

/** Resolves when `url` answers at all. */
const answers = (url: string) =>
  run('curl', [
    '-s',
    '-o',
    join(folder, 'first-answer'),
    '--retry',
    '100',
    '--retry-connrefused',
    '--retry-delay',
    '1',
    url,
  ])

describe('web frameworks', () => {
  it.each(['express.js', 'fastify.js', 'hono.js'])('%s answers with a cutout, and with a coded error', async (name) => {
    const port = await freePort()
    started.push(spawn(process.execPath, [name], { cwd: folder, env: { ...process.env, PORT: String(port) } }))
    const url = `http://localhost:${port}/cutout`
    await answers(url)
    const headers = { 'content-type': 'image/jpeg' }
    const good = await fetch(url, { method: 'POST', headers, body: new Uint8Array(await photo()) })
    expect([good.status, good.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(await sharp(await good.arrayBuffer()).metadata()).toMatchObject({ width: 1200, channels: 4 })
    const bad = await fetch(url, { method: 'POST', headers, body: 'not an image' })
    expect([bad.status, await bad.json()]).toMatchObject([415, { code: 'IMAGE_UNSUPPORTED' }])
  })

  it('next-route.js is a function from Request to Response', async () => {
    const script = `
      import { POST } from ${JSON.stringify(pathToFileURL(join(folder, 'next-route.js')).href)}
      import { readFileSync } from 'node:fs'
      const post = (body) => POST(new Request('http://localhost/', { method: 'POST', body }))
      const good = await post(readFileSync('photo.jpg'))
      const bad = await post('not an image')
      console.log(good.status, (await good.bytes()).subarray(1, 4).toString(), bad.status, (await bad.json()).code)
    `
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder })
    expect(stdout).toBe('200 80,78,71 415 IMAGE_UNSUPPORTED\n')
  })
})

describe('images', () => {
  it('sharp.js puts text between background and subject', async () => {
    await run(process.execPath, ['sharp.js'], { cwd: folder })
    expect(await sharp(join(folder, 'poster.jpg')).metadata()).toMatchObject({ width: 800, height: 600 })
    const { data } = await sharp(join(folder, 'poster.jpg')).raw().toBuffer({ resolveWithObject: true })
    // The corner shows the background, not the garden of the photo.
    expect([...data.subarray(0, 3)].map((value) => Math.round(value / 8))).toEqual([32, 27, 20])
  })

  it('product-on-white.js makes a white square with the product in it', async () => {
    await run(process.execPath, ['product-on-white.js', 'photo.jpg'], { cwd: folder })
    const shop = sharp(join(folder, 'photo.shop.jpg'))
    expect(await shop.metadata()).toMatchObject({ width: 1000, height: 1000 })
    const gray = await shop.grayscale().raw().toBuffer()
    expect(gray.subarray(0, 70 * 1000).every((value) => value > 250)).toBe(true)
    expect(gray[500 * 1000 + 400]).toBeLessThan(240)
  })

  it('watch-folder.sh cuts out what arrives', async () => {
    const bin = join(folder, 'bin')
    await mkdir(bin)
    await writeFile(join(bin, 'koutu'), `#!/bin/sh\nexec '${process.execPath}' '${KOUTU}' "$@"\n`, { mode: 0o755 })
    await mkdir(join(folder, 'in'))
    await mkdir(join(folder, 'out'))
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
    const changes = watch(join(folder, 'out'))
    const loop = spawn('sh', ['watch-folder.sh', 'in', 'out'], { cwd: folder, env, detached: true })
    try {
      await copyFile(join(folder, 'photo.jpg'), join(folder, 'in/late.jpg'))
      // Results are renamed into place when they are whole.
      for await (const { filename } of changes) if (filename === 'late.png') break
      expect((await sharp(join(folder, 'out/late.png')).metadata()).channels).toBe(4)
    } finally {
      process.kill(-loop.pid!)
    }
  })
})

describe('clients of koutu serve', () => {
  it.each([
    ['python3', 'client.py'],
    ['sh', 'client.sh'],
  ])('%s %s gets a cropped cutout, and tells a failure', async (program, name) => {
    const data = join(folder, `data-${name}`)
    const server = spawn(process.execPath, [KOUTU, 'serve', '--port', '0', '--data', data])
    started.push(server)
    const url = await new Promise<string>((resolve) => {
      server.stdout.on('data', (line) => {
        const found = /Listening on (\S+)/.exec(String(line))
        if (found) resolve(found[1]!)
      })
    })
    const env = { ...process.env, KOUTU_URL: url, KOUTU_KEY: '' }
    await run(program, [name, 'photo.jpg', `${name}.png`], { cwd: folder, env })
    expect((await sharp(join(folder, `${name}.png`)).metadata()).width).toBeLessThan(1200)
    await expect(run(program, [name, 'package.json', 'none.png'], { cwd: folder, env })).rejects.toThrow()
    server.kill()
  })
})
