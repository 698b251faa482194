// remove.bg's protocol around the picture: keys, rates, errors, pages, what becomes of the job. What comes of each
// parameter is tested with the real pipeline in `koutu`.

import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { ERRORS, type ErrorCode, KoutuError } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { encodePng } from '../../../../../testing/src/dreamina-fake/png.ts'
import { answer, openTestApp, REPORT, resultOf, type TestApp } from '../../app.fixture.ts'
import { toRemovebgError } from './errors.ts'
import { createMegapixelRates } from './rate.ts'

const PHOTO = new Uint8Array(encodePng({ width: 3, height: 2, channels: 3, data: new Uint8Array(18) }))
const BASE64 = Buffer.from(PHOTO).toString('base64')
const PATH = '/v1.0/removebg'

type Fields = Record<string, string>
const post = (app: TestApp, fields: object, headers: Fields = {}, init: RequestInit = {}) =>
  app.request(PATH, {
    method: 'POST',
    body: JSON.stringify(fields),
    headers: { 'content-type': 'application/json', ...headers },
    ...init,
  })

interface Errors {
  readonly errors: readonly [{ readonly title: string; readonly code?: string; readonly detail?: string }]
}
const errorOf = async (response: Response) => {
  const { errors } = (await response.json()) as Errors
  expect(errors).toHaveLength(1)
  return { status: response.status, ...errors[0] }
}

describe('keys', () => {
  it('are needed where the server needs them, and wrong ones are told from none', async () => {
    await using app = await openTestApp({ settings: { access: 'keys' } })
    const { secret } = await app.store.keys.create({ name: 'shop' })
    const reader = await app.store.keys.create({ name: 'reader', scopes: ['jobs:read'] })
    const none = await post(app, { image_file_b64: BASE64 })
    expect(none.headers.get('access-control-allow-origin')).toBe('*')
    expect(await errorOf(none)).toEqual({ status: 403, title: 'Missing API Key', code: 'auth_failed' })
    const wrong = await post(app, { image_file_b64: BASE64 }, { 'x-api-key': 'wrong' })
    // As recorded from the service itself.
    expect(await wrong.clone().json()).toEqual({ errors: [{ title: 'API Key invalid', code: 'auth_failed' }] })
    expect(wrong.status).toBe(403)
    expect(await errorOf(await post(app, {}, { 'x-api-key': reader.secret }))).toMatchObject({
      status: 403,
      code: 'auth_failed',
    })
    expect((await post(app, { image_file_b64: BASE64 }, { 'X-API-KEY': secret })).status).toBe(200)
    expect((await post(app, { image_file_b64: BASE64 }, { authorization: `Bearer ${secret}` })).status).toBe(200)
    expect((await app.request('/v1.0/account', { headers: { 'x-api-key': 'wrong' } })).status).toBe(403)
    expect(JSON.stringify(app.logged)).not.toContain(secret)
  })

  it('of any kind will do where none are needed', async () => {
    await using app = await openTestApp()
    expect((await post(app, { image_file_b64: BASE64 }, { 'x-api-key': 'anything' })).status).toBe(200)
  })
})

describe('the job', () => {
  it('is one like any other, and belongs to the key', async () => {
    await using app = await openTestApp({ settings: { access: 'keys' } })
    const { secret } = await app.store.keys.create({ name: 'shop' })
    const response = await post(app, { image_file_b64: BASE64, crop: true, size: 'auto' }, { 'x-api-key': secret })
    expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(resultOf(PHOTO)))).toBe(true)
    const list = await app.request('/v1/jobs', { headers: { 'x-api-key': secret } })
    const { jobs } = (await list.json()) as { jobs: readonly { state: string; options: object }[] }
    expect(jobs).toMatchObject([{ state: 'succeeded', options: { crop: true, format: 'png' } }])
    expect(app.runs[0]!.options).toMatchObject({ crop: true, maxFrames: 100 })
    const metrics = await app.deps.metrics.expose()
    expect(metrics).toMatch(/koutu_jobs_total\{state="succeeded"\} 1/)
    expect(metrics).toContain('route="/v1.0/removebg"')
  })

  it('is canceled when its client goes away', async () => {
    const gone = new AbortController()
    let started = () => {}
    const running = new Promise<void>((resolve) => {
      started = resolve
    })
    await using app = await openTestApp({
      run: async (_, signal) => {
        started()
        await new Promise((resolve) => signal?.addEventListener('abort', resolve))
        throw new KoutuError('ABORTED')
      },
    })
    const asked = app.app.request(PATH, {
      method: 'POST',
      body: JSON.stringify({ image_file_b64: BASE64 }),
      headers: { 'content-type': 'application/json' },
      signal: gone.signal,
    })
    await running
    gone.abort()
    await asked
    const { jobs } = await app.store.jobs.list({ id: 'local' }, { limit: 5 })
    expect(jobs.map(({ state }) => state)).toEqual(['canceled'])
  })

  it('is canceled, and the client told to come again, when it takes too long', async () => {
    await using app = await openTestApp({ hasWorker: false, settings: { maxWaitMs: 20 } })
    const error = await errorOf(await post(app, { image_file_b64: BASE64 }))
    expect(error).toEqual({ status: 504, title: ERRORS.JOB_TIMEOUT.title, detail: 'try again later' })
    const { jobs } = await app.store.jobs.list({ id: 'local' }, { limit: 5 })
    expect(jobs.map(({ state }) => state)).toEqual(['canceled'])
  })
})

describe('the subject’s box', () => {
  it('is told in pixels of what came in above 25 megapixels, of the result below', async () => {
    const box = { left: 600, top: 500, width: 1200, height: 1000 }
    const resultBox = { left: 60, top: 50, width: 120, height: 100 }
    let input = { width: 6000, height: 5000, format: 'png' as const }
    await using app = await openTestApp({
      run: (request) => ({ ...answer(resultOf(request.input)), report: { ...REPORT, box, resultBox, input } }),
    })
    const told = async () => {
      const { headers } = await post(app, { image_file_b64: BASE64 })
      return ['left', 'top', 'width', 'height'].map((side) => Number(headers.get(`x-foreground-${side}`)))
    }
    expect(await told()).toEqual([600, 500, 1200, 1000])
    input = { width: 5000, height: 5000, format: 'png' }
    expect(await told()).toEqual([60, 50, 120, 100])
  })
})

describe('large base64', () => {
  it('comes through the disk, in JSON and in a form, and leaves nothing there', async () => {
    await using app = await openTestApp()
    const noise = new Uint8Array(encodePng({ width: 1200, height: 1000, channels: 3, data: randomBytes(3.6e6) }))
    const text = Buffer.from(noise).toString('base64')
    expect(text.length).toBeGreaterThan(4 * 2 ** 20)
    const encoded = await app.request(PATH, { method: 'POST', body: new URLSearchParams({ image_file_b64: text }) })
    for (const response of [await post(app, { image_file_b64: text }), encoded]) {
      expect(response.status).toBe(200)
      expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(resultOf(noise)))).toBe(true)
    }
    expect(await readdir(app.spoolFolder)).toEqual([])
  })

  it('of more than the largest picture is refused before it has come', async () => {
    await using app = await openTestApp({ settings: { limits: { maxBytes: 1000, maxPixels: 50, maxFrames: 9 } } })
    let sent = 0
    const endless = new ReadableStream({
      pull(controller) {
        sent += 2 ** 14
        controller.enqueue(new Uint8Array(2 ** 14).fill(65))
      },
    })
    const response = await app.request(PATH, {
      method: 'POST',
      body: endless,
      headers: { 'content-type': 'application/json' },
      duplex: 'half',
    })
    expect(await errorOf(response)).toMatchObject({ status: 400, code: 'file_too_large' })
    expect(sent).toBeLessThan(2 ** 18)
  })
})

describe('rates', () => {
  it('count megapixels, at least one for each picture, for each key by itself', async () => {
    const take = createMegapixelRates(500, () => 1_000_000)
    expect(await take('a', 100)).toEqual({ limit: 500, remaining: 499, resetAt: 1060 })
    expect(await take('a', 10e6)).toMatchObject({ remaining: 489 })
    expect(await take('a', 2.5e6)).toMatchObject({ remaining: 486 })
    for (let i = 0; i < 19; i++) await take('a', 25e6)
    const refused = await take('a', 12e6).catch((error: KoutuError) => error)
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', data: { remaining: 11, resetAt: 1060 } })
    // What was refused has used up nothing.
    expect(await take('a', 11e6)).toMatchObject({ remaining: 0 })
    expect(await take('b', 1)).toMatchObject({ remaining: 499 })
  })

  it('come with every answer, and with 429 when they are used up', async () => {
    await using app = await openTestApp()
    const large = new Uint8Array(encodePng({ width: 5000, height: 5000, channels: 1, data: new Uint8Array(25e6) }))
    const image_file_b64 = Buffer.from(large).toString('base64')
    for (let left = 475; left >= 0; left -= 25) {
      const response = await post(app, { image_file_b64 })
      expect([response.status, response.headers.get('x-ratelimit-remaining')]).toEqual([200, String(left)])
      expect(response.headers.get('retry-after')).toBeNull()
      await response.arrayBuffer()
    }
    const refused = await post(app, { image_file_b64: BASE64 })
    expect(Object.fromEntries(refused.headers)).toMatchObject({
      'x-ratelimit-limit': '500',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': expect.stringMatching(/^\d{10}$/),
      'retry-after': expect.stringMatching(/^[1-9]\d?$/),
      'content-type': expect.stringContaining('application/json'),
    })
    expect(await errorOf(refused)).toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
  })

  it('and limits of the server itself are told in the same way', async () => {
    await using full = await openTestApp({ hasWorker: false, maxQueued: 1, settings: { maxWaitMs: 10 } })
    const waiting = await full.request('/v1/cutouts', {
      method: 'POST',
      body: PHOTO,
      headers: { 'content-type': 'image/png', prefer: 'respond-async' },
    })
    expect(waiting.status).toBe(202)
    const response = await post(full, { image_file_b64: BASE64 })
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await errorOf(response)).toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
  })

  it('of requests and uploads, too', async () => {
    await using app = await openTestApp({ settings: { ratePerMinute: 1 }, maxUploads: 0 })
    const busy = await post(app, { image_file_b64: BASE64 })
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([429, '2'])
    const often = await post(app, { image_file_b64: BASE64 })
    expect(await errorOf(often)).toMatchObject({ status: 429, code: 'rate_limit_exceeded' })
    await using stopped = await openTestApp()
    stopped.stopping.abort()
    const stopping = await post(stopped, { image_file_b64: BASE64 })
    expect(stopping.headers.get('retry-after')).toBe('10')
    expect(await errorOf(stopping)).toEqual({
      status: 503,
      title: ERRORS.SERVER_STOPPING.title,
      detail: 'try again later',
    })
  })
})

describe('errors', () => {
  it.each([
    [{}, 'missing_source'],
    [{ image_file_b64: '' }, 'missing_source'],
    [{ image_file_b64: BASE64, image_url: 'https://example.org/a.png' }, 'multiple_sources'],
    [{ image_file_b64: BASE64, size: 'huge' }, 'invalid_size'],
    [{ image_file_b64: BASE64, roi: '0 0 4px 2px' }, 'roi_exceeds_bounds'],
    [{ image_file_b64: Buffer.from('no picture').toString('base64') }, 'invalid_file_type'],
    [{ image_file_b64: Buffer.from(PHOTO.slice(0, 20)).toString('base64') }, 'failed_to_read_image'],
    // The test's network is not there.
    [{ image_url: 'https://example.org/a.png' }, 'failed_image_download'],
  ])('%j is %s', async (fields, code) => {
    await using app = await openTestApp()
    expect(await errorOf(await post(app, fields, { accept: 'image/png' }))).toMatchObject({ status: 400, code })
    expect(app.runs).toEqual([])
    expect(app.blobs.keys).toEqual([])
  })

  it('name the limit that was passed', async () => {
    await using app = await openTestApp({ settings: { limits: { maxBytes: 1000, maxPixels: 50, maxFrames: 9 } } })
    const wide = new Uint8Array(encodePng({ width: 60, height: 1, channels: 1, data: new Uint8Array(60) }))
    const pixels = await errorOf(await post(app, { image_file_b64: Buffer.from(wide).toString('base64') }))
    expect(pixels).toMatchObject({ status: 400, code: 'resolution_too_high', detail: expect.stringContaining('50') })
    const long = Buffer.concat([PHOTO, Buffer.alloc(2000)]).toString('base64')
    const bytes = await errorOf(await post(app, { image_file_b64: long }))
    expect(bytes).toMatchObject({ status: 400, code: 'file_too_large', detail: expect.stringContaining('1000 bytes') })
    const form = new FormData()
    form.append('image_file', new Blob([Buffer.alloc(2 ** 21)]), 'a.png')
    const { headers, body } = new Response(form)
    const sent = { method: 'POST', body: await new Response(body).bytes(), headers }
    const response = await app.request(PATH, sent)
    expect(await errorOf(response)).toMatchObject({ status: 400, code: 'file_too_large' })
  })

  it('of the job are those of its picture; ours say nothing of themselves', async () => {
    let code: ErrorCode = 'IMAGE_CORRUPT'
    let data = {}
    await using app = await openTestApp({
      run: () => {
        throw new KoutuError(code, { detail: '/secret/path', data })
      },
    })
    expect(await errorOf(await post(app, { image_file_b64: BASE64 }))).toMatchObject({
      status: 400,
      code: 'failed_to_read_image',
    })
    code = 'INVALID_OPTIONS'
    data = { problems: [{ path: 'margin', message: 'too wide' }] }
    expect((await errorOf(await post(app, { image_file_b64: BASE64 }))).code).toBe('invalid_crop_margin')
    code = 'INTERNAL'
    data = {}
    const ours = await errorOf(await post(app, { image_file_b64: BASE64 }))
    expect(ours).toEqual({ status: 500, title: ERRORS.INTERNAL.title })
  })

  it('without a subject is one, though the job itself is done', async () => {
    await using app = await openTestApp({
      run: ({ input }) => ({ ...answer(resultOf(input)), report: { ...REPORT, subject: false, box: null } }),
    })
    const error = await errorOf(await post(app, { image_file_b64: BASE64 }))
    expect(error).toMatchObject({ status: 400, code: 'unknown_foreground' })
  })

  it('have one of the protocol’s statuses each', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[]) {
      const { status, code: theirs, title } = toRemovebgError(new KoutuError(code))
      expect([400, 402, 403, 404, 429, 500, 501, 502, 503, 504, 507], code).toContain(status)
      expect(theirs === undefined, code).toBe(status >= 500)
      expect(title, code).not.toBe('')
    }
  })

  it('come for a body that is no form at all', async () => {
    await using app = await openTestApp()
    for (const [type, code] of [
      ['text/plain', 'missing_source'],
      ['application/json', 'invalid_request'],
      ['multipart/form-data', 'invalid_request'],
    ] as const) {
      const response = await post(app, {}, { 'content-type': type }, { body: 'what is this' })
      expect(await errorOf(response), type).toMatchObject({ status: 400, code })
    }
  })
})

describe('beside the picture', () => {
  it('there is an account that never empties', async () => {
    await using app = await openTestApp()
    for (const path of ['/v1.0/account', '/v1/account']) {
      const response = await app.request(path)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(await response.json()).toEqual({
        data: {
          attributes: {
            credits: { total: 1_000_000, subscription: 0, payg: 0, enterprise: 1_000_000 },
            api: { free_calls: 1_000_000, sizes: 'all' },
          },
        },
      })
    }
  })

  it('nobody takes pictures to learn from', async () => {
    await using app = await openTestApp()
    const response = await app.request('/v1.0/improve', { method: 'POST' })
    expect(await errorOf(response)).toMatchObject({ status: 404, code: 'not_available' })
  })

  it('what is not there is refused in the same words', async () => {
    await using app = await openTestApp()
    for (const [method, path] of [
      ['GET', PATH],
      ['POST', '/v1.0/nothing'],
    ] as const) {
      const error = await errorOf(await app.app.request(path, { method }))
      expect(error, path).toMatchObject({ status: 404, code: 'not_available' })
    }
  })

  it('clients that were led here under the service’s own name are let in, and none under another', async () => {
    await using app = await openTestApp({ settings: { access: 'local' } })
    expect((await post(app, { image_file_b64: BASE64 }, { host: 'api.remove.bg' })).status).toBe(200)
    const other = await post(app, { image_file_b64: BASE64 }, { host: 'example.org' })
    expect(await errorOf(other)).toMatchObject({ status: 403, code: 'auth_failed' })
  })

  it('pages of other sites may ask, unless the server is for this machine alone', async () => {
    const ask = (app: TestApp, path: string) =>
      app.request(path, { method: 'OPTIONS', headers: { origin: 'https://example.org' } })
    await using app = await openTestApp({ settings: { access: 'keys' } })
    for (const path of [PATH, '/v1/removebg', '/removebg', '/v1.0/account']) {
      const response = await ask(app, path)
      expect(response.status).toBe(204)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(response.headers.get('access-control-allow-headers')).toContain('X-Api-Key')
    }
    const { secret } = await app.store.keys.create({ name: 'page' })
    const origin = { origin: 'https://example.org', 'x-api-key': secret }
    const answered = await post(app, { image_file_b64: BASE64 }, origin)
    expect([answered.status, answered.headers.get('access-control-expose-headers')]).toEqual([
      200,
      expect.stringContaining('X-Foreground-Top'),
    ])
    await using local = await openTestApp({ settings: { access: 'local' } })
    expect((await ask(local, PATH)).status).toBe(403)
    const refused = await post(local, { image_file_b64: BASE64 }, { origin: 'https://example.org' })
    expect(await errorOf(refused)).toMatchObject({ status: 403, code: 'auth_failed' })
  })
})
