// The recipes of the docs, run as people run them: web frameworks from the registry, clients of a running server.
// Needs the npm registry, curl and Python 3.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, symlink, watch, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
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
  await mkdir(join(folder, 'node_modules/@aws-sdk'))
  for (const name of ['koutu', 'sharp', '@aws-sdk/client-s3'])
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

  it('id-photo.js makes a photo of 35 x 45 mm with room above the head', async () => {
    await run(process.execPath, ['id-photo.js', 'photo.jpg'], { cwd: folder })
    const photo = sharp(join(folder, 'photo.id.jpg'))
    expect(await photo.metadata()).toMatchObject({ width: 413, height: 531, density: 300 })
    const gray = await photo.grayscale().raw().toBuffer()
    expect(gray.subarray(0, 50 * 413).every((value) => value > 250)).toBe(true)
    expect(Math.min(...gray.subarray(56 * 413, 90 * 413))).toBeLessThan(200)
    expect(Math.min(...gray.subarray(520 * 413))).toBeLessThan(200)
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

/** The objects of an S3 that answers GET and PUT at a path, which is all that the recipe asks for. */
async function openBucket() {
  const objects = new Map<string, Buffer>()
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url!, 'http://localhost')
    if (request.method === 'PUT') objects.set(decodeURIComponent(pathname), Buffer.concat(await request.toArray()))
    response.end(request.method === 'GET' ? objects.get(decodeURIComponent(pathname)) : undefined)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { objects, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

describe('the code of the docs', () => {
  it('calls.ts takes every kind of input, and options as text and as data', async () => {
    await copyFile(join(root, 'examples/calls.ts'), join(folder, 'calls.ts'))
    const { stdout, stderr } = await run(process.execPath, ['calls.ts'], { cwd: folder })
    expect(stdout).toBe('1200\n')
    expect(stderr).toMatch(/^Image has too many pixels: .*1080000/)
  })
})

describe('a Lambda function', () => {
  it('lambda.js takes and gives base64', async () => {
    const script = `
      import { handler } from './lambda.js'
      import { readFileSync } from 'node:fs'
      const { statusCode, headers, body } = await handler({ body: readFileSync('photo.jpg', 'base64') })
      console.log(statusCode, headers['content-type'], Buffer.from(body, 'base64').subarray(1, 4).toString())
      process.exit()
    `
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder })
    expect(stdout).toBe('200 image/png PNG\n')
  })

  it('s3-trigger.js writes the cutout of an upload, and goes on after a file that is no image', async () => {
    const { objects, server, url } = await openBucket()
    objects.set('/shop/photos/red fox.jpg', await photo())
    objects.set('/shop/photos/notes.txt', Buffer.from('not an image'))
    const record = (key: string) => ({ s3: { bucket: { name: 'shop' }, object: { key } } })
    const event = { Records: [record('photos/notes.txt'), record('photos/red+fox.jpg')] }
    const script = `
      import { handler } from './s3-trigger.js'
      await handler(${JSON.stringify(event)})
      process.exit()
    `
    const env = {
      ...process.env,
      AWS_ENDPOINT_URL_S3: url,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    }
    const { stderr } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: folder, env })
    server.close()
    expect(stderr).toContain('photos/notes.txt: IMAGE_UNSUPPORTED')
    expect([...objects.keys()].filter((key) => key.includes('cutouts'))).toEqual(['/shop/cutouts/red fox.png'])
    expect(await sharp(objects.get('/shop/cutouts/red fox.png')).metadata()).toMatchObject({ width: 1200, channels: 4 })
  })
})

/** A server on an empty data folder. */
async function startServer(name: string) {
  const server = spawn(process.execPath, [KOUTU, 'serve', '--port', '0', '--data', join(folder, `data-${name}`)])
  started.push(server)
  const url = await new Promise<string>((resolve) => {
    server.stdout.on('data', (line) => {
      const found = /Listening on (\S+)/.exec(String(line))
      if (found) resolve(found[1]!)
    })
  })
  return { server, url }
}

interface Named {
  readonly name: string
  readonly value: string
}

describe('clients of koutu serve', () => {
  it.each([
    ['python3', 'client.py'],
    ['sh', 'client.sh'],
  ])('%s %s gets a cropped cutout, and tells a failure', async (program, name) => {
    const { server, url } = await startServer(name)
    const env = { ...process.env, KOUTU_URL: url, KOUTU_KEY: '' }
    await run(program, [name, 'photo.jpg', `${name}.png`], { cwd: folder, env })
    expect((await sharp(join(folder, `${name}.png`)).metadata()).width).toBeLessThan(1200)
    await expect(run(program, [name, 'package.json', 'none.png'], { cwd: folder, env })).rejects.toThrow()
    server.kill()
  })

  it('n8n.json sends what its HTTP Request node says, and gets a cropped cutout', async () => {
    const { nodes, connections } = JSON.parse(await readFile(join(folder, 'n8n.json'), 'utf8'))
    const names = nodes.map(({ name }: Named) => name)
    expect(Object.keys(connections)).toEqual(names.slice(0, -1))
    const { type, parameters } = nodes.find(({ name }: Named) => name === 'Cut out')
    const [body] = parameters.bodyParameters.parameters
    expect([type, parameters.contentType, body.parameterType]).toEqual([
      'n8n-nodes-base.httpRequest',
      'multipart-form-data',
      'formBinaryData',
    ])
    const { server, url } = await startServer('n8n')
    const address = new URL(new URL(parameters.url).pathname, url)
    for (const { name, value } of parameters.queryParameters.parameters as Named[])
      address.searchParams.set(name, value)
    const form = new FormData()
    form.append(body.name, new Blob([await photo()], { type: 'image/jpeg' }), 'photo.jpg')
    const headers = parameters.headerParameters.parameters.map(({ name, value }: Named) => [name, value])
    const answer = await fetch(address, { method: parameters.method, headers, body: form })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect((await sharp(await answer.arrayBuffer()).metadata()).width).toBeLessThan(1200)
    server.kill()
  })
})
