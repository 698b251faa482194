// The image that the Dockerfile describes, built and run for real: it cuts out and serves as a user without rights, on a read-only
// root file system, without network, and on every processor. Needs root, buildah and debootstrap; see services/image.ts.

import { chown, copyFile, lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildImage, type Image, NODE_USER } from './services/image.ts'
import type { Seen } from './services/inside-image.ts'

const BUILD_TIMEOUT_MS = 1_200_000
const MAX_BYTES = 280e6

let image: Image
let data: string

beforeAll(async () => {
  image = await buildImage()
  data = await mkdtemp(join(tmpdir(), 'koutu-data-'))
  await chown(data, NODE_USER.uid, NODE_USER.gid)
}, BUILD_TIMEOUT_MS)
afterAll(async () => {
  if (data) await rm(data, { recursive: true })
  await image?.[Symbol.asyncDispose]()
})

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

/** Parts of the image that are clear and that are opaque, in [0, 1]. */
async function alphaShares(path: string): Promise<{ clear: number; opaque: number }> {
  const { data: alpha, info } = await sharp(path).extractChannel('alpha').raw().toBuffer({ resolveWithObject: true })
  expect([info.width, info.height]).toEqual([1200, 900])
  const share = (wanted: number) => alpha.reduce((sum, value) => sum + (value === wanted ? 1 : 0), 0) / alpha.length
  return { clear: share(0), opaque: share(255) }
}

async function expectCutout(path: string): Promise<void> {
  const { clear, opaque } = await alphaShares(path)
  expect(clear).toBeGreaterThan(0.5)
  expect(opaque).toBeGreaterThan(0.15)
}

describe('the image', () => {
  it(`is at most ${MAX_BYTES / 1e6} MB above its base`, async () => {
    const files = await filesIn(join(image.folder, 'opt/koutu'))
    const sizes = await Promise.all(files.map(async (file) => (await lstat(file)).size))
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    console.log(`the image is ${(bytes / 1e6).toFixed(0)} MB above its base, in ${files.length} files`)
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES)
  })

  it('holds no development tools', async () => {
    const lock = JSON.parse(await readFile(join(import.meta.dirname, '../package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>
    }
    const development = Object.keys(lock.packages).filter((path) => lock.packages[path]?.dev)
    const installed = new Set(
      (await filesIn(join(image.folder, 'opt/koutu'))).map((file) => file.slice(image.folder.length)),
    )
    expect(development).toEqual(expect.arrayContaining(['node_modules/vitest', 'node_modules/typescript']))
    expect(development.filter((path) => installed.has(`/opt/koutu/${path}/package.json`))).toEqual([])
  })

  it('holds the weights once, and nothing made for the processor that built it', async () => {
    const files = (await filesIn(image.folder)).map((file) => file.slice(image.folder.length))
    const models = files.filter((file) =>
      /\.onnx$|\/int8\.data$|\/(processor|prepared)-[0-9a-f]{24}\.|\/last-load\.json$/.test(file),
    )
    const folder = '/opt/koutu/packages/model-isnet/weights'
    expect(models.sort()).toEqual(['int8.data', 'int8.onnx'].map((name) => `${folder}/${name}`))
  })

  it('runs as a user without rights, and keeps everything in /data', () => {
    expect(image.config.User).toBe('node')
    expect(image.config.Volumes).toEqual({ '/data': {} })
    expect(image.config.Env).toEqual(expect.arrayContaining(['KOUTU_DATA_DIR=/data', 'KOUTU_CACHE_DIR=/data/cache']))
  })
})

describe('a container with a read-only root and no network', () => {
  it('cuts out, serves with a key, and stops', async () => {
    await copyFile(join(import.meta.dirname, 'services/inside-image.ts'), join(data, 'inside.ts'))
    const { Entrypoint, Cmd } = image.config
    const command = JSON.stringify([...Entrypoint, ...Cmd])
    const seen = JSON.parse(await image.run(data, ['node', '/data/inside.ts', command])) as Seen
    expect(seen, seen.log).toMatchObject({
      uid: NODE_USER.uid,
      rootFileSystem: 'EROFS',
      network: 'ENETUNREACH',
      refused: 401,
      answered: 200,
      ready: 200,
      exitCode: 0,
    })
    await expectCutout(join(data, 'command.png'))
    await expectCutout(join(data, 'server.png'))
  })

  it.each([true, false])('works at once where int8 sums saturate: %s', async (saturates) => {
    const cache = join(data, 'cache')
    const trial = (await readdir(cache)).find((name) => name.startsWith('processor-'))!
    const found = JSON.parse(await readFile(join(cache, trial), 'utf8')) as object
    await writeFile(join(cache, trial), JSON.stringify({ ...found, saturates, int8Ms: 1, fp32Ms: 3 }))
    await image.run(data, ['koutu', 'examples/photo.jpg', '-o', `/data/${saturates}.png`, '--offline'])
    await expectCutout(join(data, `${saturates}.png`))
    const graphs = (await filesIn(cache)).filter((name) => name.endsWith('.onnx'))
    expect(graphs).toHaveLength(1)
  })
})
