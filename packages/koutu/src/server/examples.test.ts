// The curl scripts of `examples/`, run as they stand.

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { encodePng, unzip } from '@koutu/testing'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type PictureServer, startPictureServer } from './picture-server.fixture.ts'

const EXAMPLES = join(import.meta.dirname, '../../../../examples')
const run = promisify(execFile)
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
)

/** A red subject of 40 x 20 in the left upper part of 120 x 80. */
function draw(): Uint8Array {
  const data = new Uint8Array(120 * 80 * 3)
  for (let i = 0; i < 120 * 80; i++) {
    const [x, y] = [i % 120, Math.floor(i / 120)]
    data.set(x >= 30 && x < 70 && y >= 20 && y < 40 ? [255, 0, 0] : [0, 200, 0], i * 3)
  }
  return encodePng({ width: 120, height: 80, channels: 3, data })
}

let server: PictureServer
beforeAll(async () => {
  server = await startPictureServer()
  await writeFile(join(server.folder, 'photo.png'), draw())
})
afterAll(() => server[Symbol.asyncDispose]())

async function script(name: string): Promise<{ file(name: string): string }> {
  const folder = join(server.folder, name.replace('/', '-'))
  await run(join(EXAMPLES, name), [join(server.folder, 'photo.png'), folder], {
    env: { ...process.env, KOUTU_URL: server.url },
  })
  return { file: (file) => join(folder, file) }
}

async function sizeOf(path: string): Promise<readonly unknown[]> {
  const { format, width, height, channels } = await sharp(path).metadata()
  return [format, width, height, channels]
}

describe.skipIf(!hasCurl)('examples', () => {
  it('removebg/cutout.sh', async () => {
    const { file } = await script('removebg/cutout.sh')
    expect(await readFile(file('headers.txt'), 'utf8')).toMatch(/^x-foreground-left: 30\r$/m)
    expect(await sizeOf(file('cutout.png'))).toEqual(['png', 120, 80, 4])
    expect(await sizeOf(file('preview.png'))).toEqual(['png', 120, 80, 4])
    expect((await sizeOf(file('shop.jpg')))[0]).toBe('jpeg')
    expect(await sizeOf(file('placed.png'))).toEqual(['png', 120, 80, 4])
    expect(await sizeOf(file('on-photo.jpg'))).toEqual(['jpeg', 120, 80, 3])
    expect((await sizeOf(file('mask.png')))[3]).toBe(1)
    const left = await sharp(file('left.png')).extractChannel(3).raw().toBuffer()
    expect([left[25 * 120 + 59], left[25 * 120 + 61]]).toEqual([255, 0])
    expect([...(await unzip(await readFile(file('cutout.zip')))).keys()]).toEqual(['color.jpg', 'alpha.png'])
    const { data } = JSON.parse(await readFile(file('answer.json'), 'utf8')) as { data: { result_b64: string } }
    expect(Buffer.from(data.result_b64, 'base64').equals(await readFile(file('cutout.png')))).toBe(true)
    expect(await readFile(file('account.json'), 'utf8')).toContain('"free_calls"')
  })

  it('rembg/remove.sh', async () => {
    const { file } = await script('rembg/remove.sh')
    expect(await sizeOf(file('cutout.png'))).toEqual(['png', 120, 80, 4])
    expect(await sizeOf(file('mask.png'))).toEqual(['png', 120, 80, 1])
    const blue = await sharp(file('on-blue.png')).raw().toBuffer()
    expect([...blue.subarray(0, 3)]).toEqual([0, 0, 255])
  })
})
