// `koutu serve` as somebody runs it: real sockets, real database and folder, the real network. Its restarts and refusals are in
// tests-all/command-serve.test.ts.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { placeEmptyDatabase } from '@koutu/testing'
import { removeBackground } from 'koutu'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Served, serve } from './serve.fixture.ts'

const EXAMPLE = join(import.meta.dirname, '../../../../examples/photo.jpg')

let data: string
let served: Served
let photo: Uint8Array<ArrayBuffer>

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'koutu-serve-'))
  await placeEmptyDatabase(data)
  photo = new Uint8Array(await readFile(EXAMPLE))
  served = await serve(data)
})
afterAll(async () => {
  served.child.kill('SIGKILL')
  await rm(data, { recursive: true })
})

const send = (init: RequestInit, query = '') =>
  fetch(`${served.url}/v1/cutouts${query}`, {
    method: 'POST',
    headers: { 'content-type': 'image/jpeg' },
    body: photo,
    ...init,
  })
const pixels = async (bytes: Uint8Array) => sharp(bytes).raw().toBuffer({ resolveWithObject: true })

describe('koutu serve', () => {
  it('answers the very image that the library makes', async () => {
    const response = await send({}, '?crop=true&margin=5%25')
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png'])
    const { image } = await removeBackground(EXAMPLE, { crop: true, margin: { value: 5, unit: '%' } })
    const [ours, theirs] = [await pixels(await response.bytes()), await pixels(await image.bytes())]
    expect(ours.info).toEqual(theirs.info)
    expect(ours.data.equals(theirs.data)).toBe(true)
  })

  it('says at once what it waits for', () => {
    expect(served.lines).toEqual([
      expect.stringMatching(/^Starting: opening the database in /),
      `Listening on ${served.url}`,
    ])
  })

  it('is ready once its model is loaded, and tells numbers', async () => {
    await expect.poll(async () => (await fetch(`${served.url}/readyz`)).status, { timeout: 60_000 }).toBe(200)
    const text = await (await fetch(`${served.url}/metrics`)).text()
    expect(text).toMatch(/koutu_step_seconds_count\{step="segment"\} [1-9]/)
  })

  it('refuses an image whose contents are broken by the decoder’s own code, and addresses of this machine', async () => {
    const broken = photo.slice(0, 600)
    expect(((await (await send({ body: broken })).json()) as { code: string }).code).toBe('IMAGE_CORRUPT')
    const own = `http://127.0.0.1:${new URL(served.url).port}/docs`
    const byUrl = await send({ headers: { 'content-type': 'application/json' }, body: JSON.stringify({ url: own }) })
    expect([byUrl.status, ((await byUrl.json()) as { code: string }).code]).toEqual([400, 'URL_REFUSED'])
  })
})
