// The app as clients meet it: every way in, every way out, and who may.

import { createHash } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { encodePng } from '../../../testing/src/dreamina-fake/png.ts'
import { openTestApp, REPORT, resultOf, type TestApp } from './app.fixture.ts'

/** For what happens soon, on a machine that may be busy. */
const PATIENCE = { timeout: 30_000 }

/** Pictures that differ, and are all real. */
function photo(seed = 1, width = 3, height = 2): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(width * height * 3).map((_, i) => (i * 7 + seed * 31) % 256)
  return new Uint8Array(encodePng({ width, height, channels: 3, data }))
}

function form(fields: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>, fileName = 'photo.png'): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') data.append(name, value)
    else data.append(name, new Blob([value]), fileName)
  }
  return data
}

const post = (app: TestApp, init: RequestInit, query = '') =>
  app.request(`/v1/cutouts${query}`, { method: 'POST', ...init })
const json = (value: unknown, headers: Record<string, string> = {}): RequestInit => ({
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json', ...headers },
})
const raw = (bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): RequestInit => ({
  body: bytes,
  headers: { 'content-type': 'image/png', ...headers },
})
function twoImages(): FormData {
  const body = form({ image: photo() })
  body.append('image', new Blob([photo()]), 'b.png')
  return body
}
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())
async function problem(response: Response): Promise<{ code: string; status: number; detail?: string; data?: object }> {
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const body = (await response.json()) as { code: string; status: number }
  expect(body.status).toBe(response.status)
  return body
}
interface JobJson {
  readonly id: string
  readonly state: string
  readonly fileName: string | null
  readonly priority: number
  readonly options: Record<string, unknown>
  readonly result: { readonly url: string; readonly sha256: string } | null
  readonly attempts: number
  readonly error: { readonly code: string } | null
}
const job = async (response: Response) => (await response.json()) as JobJson
async function ended(app: TestApp, id: string): Promise<JobJson> {
  await app.deps.jobs.wait({ id: 'local' }, id, { signal: AbortSignal.timeout(20_000) })
  return job(await app.request(`/v1/jobs/${id}`))
}

describe('POST /v1/cutouts', () => {
  it('answers the picture at once, whichever way it came in', async () => {
    const png = photo()
    await using app = await openTestApp({
      fetcher: {
        async *get(url) {
          expect(url).toBe('https://example.org/dir/cat.png?token=1')
          yield png.slice(0, 10)
          yield png.slice(10)
        },
      },
    })
    const ways: RequestInit[] = [
      { body: form({ image: png }) },
      raw(png),
      raw(png, { 'content-type': 'application/octet-stream' }),
      // As curl --data-binary sends it, and as Python's requests does.
      raw(png, { 'content-type': 'application/x-www-form-urlencoded' }),
      { body: png },
      json({ image: Buffer.from(png).toString('base64') }),
      json({ image: `data:image/png;base64,${Buffer.from(png).toString('base64')}` }),
      json({ url: `data:image/png;base64,${Buffer.from(png).toString('base64')}` }),
      json({ url: 'https://example.org/dir/cat.png?token=1' }),
      { body: form({ url: 'https://example.org/dir/cat.png?token=1' }) },
    ]
    for (const way of ways) {
      const response = await post(app, way)
      expect(response.status).toBe(200)
      expect(response.headers.get('content-type')).toBe('image/png')
      expect((await bytesOf(response)).equals(resultOf(png))).toBe(true)
      expect(response.headers.get('etag')).toBe(`"${createHash('sha256').update(resultOf(png)).digest('hex')}"`)
    }
    expect(app.runs.map(({ input }) => Buffer.from(input).equals(png))).toEqual(ways.map(() => true))
    expect(JSON.stringify(app.logged)).not.toContain('token')
    expect(JSON.stringify(app.logged)).not.toContain('cat')
  })

  it('takes every option in a query, a form and JSON alike, and gives it to the runner', async () => {
    await using app = await openTestApp()
    const texts = {
      background: '#ff0000',
      crop: 'true',
      margin: '5% 1px',
      scale: '60%',
      position: '0% 100%',
      maxOutputPixels: '250000',
      cropThreshold: '0.25',
      mask: 'false',
      format: 'webp',
      lossyQuality: '77',
      keepIcc: 'true',
      keepMetadata: 'true',
      maxPixels: '1000',
      model: 'isnet-general-use',
      roi: '0,0,2,2',
      keep: '1,1@2',
      fillHoles: 'true',
      feather: '1.5',
    }
    const values = {
      background: { type: 'color', color: '#ff0000' },
      crop: true,
      margin: [
        { value: 5, unit: '%' },
        { value: 1, unit: 'px' },
      ],
      scale: 60,
      position: { x: 0, y: 100 },
      maxOutputPixels: 250_000,
      cropThreshold: 0.25,
      mask: false,
      format: 'webp',
      lossyQuality: 77,
      keepIcc: true,
      keepMetadata: true,
      maxPixels: 1000,
      model: 'isnet-general-use',
      roi: { left: 0, top: 0, width: 2, height: 2, unit: 'px' },
      keep: { type: 'strokes', unit: 'px', strokes: [{ points: [[1, 1]], radius: 2 }] },
      fillHoles: true,
      feather: 1.5,
    }
    await post(app, raw(photo()), `?${new URLSearchParams(texts)}`)
    await post(app, { body: form({ ...texts, image: photo() }) })
    await post(app, json({ ...values, image: Buffer.from(photo()).toString('base64') }))
    await post(app, json({ ...texts, image: Buffer.from(photo()).toString('base64') }))
    expect(app.runs).toHaveLength(4)
    for (const { options } of app.runs)
      expect(options).toMatchObject({ ...values, maxBytes: 8 * 2 ** 20, maxFrames: 100 })
  })

  it('takes a background as a file and as an address, of which nothing is kept', async () => {
    const behind = photo(9)
    await using app = await openTestApp({
      fetcher: {
        async *get() {
          yield behind
        },
      },
    })
    const url = 'https://example.org/b.png?secret=1'
    await post(app, { body: form({ image: photo(), background: behind }) })
    await post(app, { body: form({ image: photo(), background: url }) })
    await post(
      app,
      json({ image: Buffer.from(photo()).toString('base64'), background: { type: 'picture', source: url } }),
    )
    expect(app.runs).toHaveLength(3)
    for (const { options } of app.runs) {
      expect(options.background.type === 'picture' && Buffer.from(options.background.source as Uint8Array)).toEqual(
        Buffer.from(behind),
      )
    }
    const listed = await (await app.request('/v1/jobs')).text()
    expect(listed).not.toContain('secret')
    expect((await problem(await post(app, { body: form({ image: photo(), background: '/etc/passwd' }) }))).code).toBe(
      'INVALID_OPTIONS',
    )
  })

  it('refuses options that reach into the machine, exceed its limits, or do not exist, all at once', async () => {
    await using app = await openTestApp()
    const refused = async (fields: Record<string, string>) =>
      problem(await post(app, { body: form({ ...fields, image: photo() }) }))
    for (const fields of [
      { model: '/tmp/evil.onnx' },
      { refiner: '/tmp/evil.onnx' },
      { keep: '/etc/passwd' },
      { erase: 'https://example.org/marks.png' },
      { allowPrivateUrls: 'true' },
      { offline: 'true' },
      { modelSize: '32' },
      { engine: 'dreamina' },
      { maxPixels: '90000000' },
      { maxBytes: '999999999' },
      { crop: 'maybe' },
      { format: 'bmp' },
      { nonsense: '1' },
      { __proto__x: '1' },
      { priority: '5' },
      { webhookUrl: 'file:///etc/passwd' },
      { format: 'jpeg' },
    ]) {
      const inJson = json({ ...fields, image: Buffer.from(photo()).toString('base64') })
      for (const found of [await refused(fields), await problem(await post(app, inJson))])
        expect(found, JSON.stringify(fields)).toMatchObject({ code: 'INVALID_OPTIONS', status: 400 })
    }
    expect((await refused({ fromat: 'png' })).detail).toContain('Did you mean format?')
    expect((await refused({ background: 'whiet' })).detail).toContain('Expected transparent, blur, a color or the URL')
    const { detail } = await refused({ crop: 'maybe', lossyQuality: 'x' })
    expect(detail).toContain('crop')
    expect(detail).toContain('lossyQuality')
    expect((await refused({ model: 'unheard-of' })).code).toBe('MODEL_UNKNOWN')
    const want = vi.spyOn(app.deps.models, 'want')
    expect((await refused({ model: 'not-here' })).code).toBe('MODEL_MISSING')
    expect(want.mock.calls).toEqual([['not-here']])
    want.mockRestore()
    expect(app.runs).toEqual([])
    expect(app.blobs.keys).toEqual([])
  })

  it.each([
    ['a path in place of a file', form({ image: 'photo.jpg' }), "curl -F 'image=@photo.jpg'"],
    [
      'base64 in place of a file',
      form({ image: 'A'.repeat(70_000) }),
      'in the field "image"; an image is sent as a file',
    ],
    ['two images', twoImages(), '/v1/batches takes several'],
  ])('says what to send instead of %s', async (_, body, hint) => {
    await using app = await openTestApp()
    const { code, detail } = await problem(await post(app, { body }))
    expect([code, detail]).toEqual(['REQUEST_INVALID', expect.stringContaining(hint)])
  })

  it('answers a job at once with Prefer: respond-async, and after the time of wait', async () => {
    await using app = await openTestApp({ hasWorker: false })
    for (const prefer of ['respond-async', 'wait=0', 'respond-async, wait=0']) {
      const response = await post(app, raw(photo(), { prefer }))
      expect(response.status).toBe(202)
      const { id, state } = await job(response)
      expect(state).toBe('queued')
      expect(response.headers.get('location')).toBe(`/v1/jobs/${id}`)
    }
  })

  it('answers the job with Accept: application/json, whose link needs no key', async () => {
    await using app = await openTestApp()
    const { result, options } = await job(await post(app, raw(photo(), { accept: 'application/json' })))
    expect(Object.keys(options)).toContain('crop')
    expect(Object.keys(options)).not.toContain('allowPrivateUrls')
    expect((await bytesOf(await app.request(result!.url))).equals(resultOf(photo()))).toBe(true)
  })

  it('makes a repeat with the same key harmless, and refuses another request under it', async () => {
    await using app = await openTestApp()
    const key = { 'idempotency-key': 'a-1' }
    const first = await post(app, raw(photo(), key))
    const second = await post(app, raw(photo(), key))
    expect(second.status).toBe(200)
    expect(second.headers.get('koutu-job')).toBe(first.headers.get('koutu-job'))
    expect(second.headers.get('idempotency-replayed')).toBe('true')
    expect(app.runs).toHaveLength(1)
    expect((await problem(await post(app, raw(photo(2), key)))).code).toBe('IDEMPOTENCY_CONFLICT')
    expect((await problem(await post(app, raw(photo(), key), '?crop=true'))).code).toBe('IDEMPOTENCY_CONFLICT')
    expect((await problem(await post(app, raw(photo(), { 'idempotency-key': 'ü'.repeat(2) })))).code).toBe(
      'REQUEST_INVALID',
    )
  })

  it('takes a request back by its key, before it has arrived and after', async () => {
    await using app = await openTestApp({ hasWorker: false })
    const key = (name: string) => ({ 'idempotency-key': name, prefer: 'respond-async' })
    const withdraw = async (name: string) => {
      const response = await app.request('/v1/cutouts', { method: 'DELETE', headers: { 'idempotency-key': name } })
      expect(response.status).toBe(200)
      return ((await response.json()) as { jobs: JobJson[] }).jobs.map(({ id, state }) => [id, state])
    }
    expect(await withdraw('early')).toEqual([])
    expect(await withdraw('early')).toEqual([])
    expect((await problem(await post(app, raw(photo(), key('early'))))).code).toBe('JOB_CANCELED')
    const { id } = await job(await post(app, raw(photo(), key('late'))))
    expect(await withdraw('late')).toEqual([[id, 'canceled']])
    expect((await job(await post(app, raw(photo(), key('late'))))).state).toBe('canceled')
    // Neither gets past the other.
    for (let i = 0; i < 8; i++) {
      const [withdrawn, submitted] = await Promise.all([
        withdraw(`at-once-${i}`),
        post(app, raw(photo(), key(`at-once-${i}`))),
      ])
      expect(withdrawn.length).toBe(submitted.status === 202 ? 1 : 0)
    }
    expect(await app.deps.jobs.stats()).toMatchObject({ queued: 0, running: 0 })
    expect((await problem(await app.request('/v1/cutouts', { method: 'DELETE' }))).code).toBe('REQUEST_INVALID')
  })

  it('tells a failed picture by its own code, and our own faults without their words', async () => {
    const { KoutuError } = await import('@koutu/core')
    for (const [error, code, status] of [
      [new KoutuError('IMAGE_CORRUPT', { detail: 'the scan ends early' }), 'IMAGE_CORRUPT', 422],
      [new Error('/root/secret/path'), 'INTERNAL', 500],
    ] as const) {
      await using app = await openTestApp({
        run: () => {
          throw error
        },
      })
      const response = await post(app, raw(photo()))
      const body = await problem(response)
      expect([body.code, response.status]).toEqual([code, status])
      expect(body.detail).toBe(status === 422 ? 'the scan ends early' : undefined)
      expect(JSON.stringify(body)).not.toContain('secret')
    }
  })

  it('cancels the job of a client that has gone', async () => {
    await using app = await openTestApp({ hasWorker: false })
    const gone = new AbortController()
    const waiting = Promise.resolve(
      app.app.request('/v1/cutouts', { method: 'POST', signal: gone.signal, ...raw(photo()) }),
    )
    let id = ''
    await expect
      .poll(async () => {
        id = (await app.deps.jobs.list({ id: 'local' }, { limit: 1 })).jobs[0]?.id ?? ''
        return id
      }, PATIENCE)
      .not.toBe('')
    gone.abort()
    await waiting.catch(() => {})
    expect((await ended(app, id)).state).toBe('canceled')
  })

  it('refuses new work while it stops, lets what waits go on, and ends it with a job at last', async () => {
    await using app = await openTestApp({ hasWorker: false })
    const waiting = post(app, raw(photo()))
    await expect.poll(async () => (await app.deps.jobs.stats()).queued, PATIENCE).toBe(1)
    app.stopping.abort()
    const refused = await post(app, raw(photo(2)))
    expect((await problem(refused)).code).toBe('SERVER_STOPPING')
    expect(refused.headers.get('retry-after')).toBe('10')
    expect((await app.request('/readyz')).status).toBe(503)
    expect((await app.request('/healthz')).status).toBe(200)
    app.ending.abort()
    expect((await waiting).status).toBe(202)
  })
})

describe('back-pressure', () => {
  it('answers 429 with Retry-After when the queue is full, and keeps nothing of it', async () => {
    await using app = await openTestApp({ hasWorker: false, maxQueued: 1 })
    await post(app, raw(photo(), { prefer: 'respond-async' }))
    const kept = app.blobs.keys
    const response = await post(app, raw(photo(2), { prefer: 'respond-async' }))
    expect((await problem(response)).code).toBe('QUEUE_FULL')
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(app.blobs.keys).toEqual(kept)
  })

  it('limits the jobs of one owner, the requests of a minute and the uploads at once', async () => {
    await using app = await openTestApp({ hasWorker: false, settings: { maxUnfinished: 1 }, maxUploads: 1 })
    const later = { prefer: 'respond-async' }
    await post(app, raw(photo(), later))
    expect((await problem(await post(app, raw(photo(2), later)))).code).toBe('TOO_MANY_JOBS')
    let send = () => {}
    const slow = new ReadableStream<Uint8Array>({
      start(controller) {
        send = () => {
          controller.enqueue(photo(3))
          controller.close()
        }
      },
    })
    const first = post(app, {
      body: slow,
      duplex: 'half',
      headers: { 'content-type': 'image/png', ...later },
    } as RequestInit)
    const busy = await post(app, raw(photo(), later))
    expect([(await problem(busy)).code, busy.headers.get('retry-after')]).toEqual(['SERVER_BUSY', '2'])
    send()
    await first

    await using limited = await openTestApp({ settings: { ratePerMinute: 2 } })
    await limited.request('/v1/models')
    await limited.request('/v1/models')
    const third = await limited.request('/v1/models')
    expect((await problem(third)).code).toBe('RATE_LIMITED')
    expect(Number(third.headers.get('retry-after'))).toBeLessThanOrEqual(60)
    expect((await limited.request('/healthz')).status).toBe(200)
  })

  it('answers a full disk with 507, and goes on when there is room again', async () => {
    const { KoutuError } = await import('@koutu/core')
    await using app = await openTestApp()
    app.blobs.failWith(new KoutuError('STORAGE_FULL'))
    const response = await post(app, raw(photo()))
    expect([(await problem(response)).code, response.status]).toEqual(['STORAGE_FULL', 507])
    app.blobs.failWith(null)
    expect((await post(app, raw(photo()))).status).toBe(200)
  })
})

describe('/v1/jobs', () => {
  it('lists with a cursor, the newest first, and by state', async () => {
    await using app = await openTestApp({ hasWorker: false })
    const ids: string[] = []
    for (let i = 0; i < 5; i++) ids.push((await job(await post(app, raw(photo(i), { prefer: 'respond-async' })))).id)
    await app.request(`/v1/jobs/${ids[2]}`, { method: 'DELETE' })
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = (await (await app.request(`/v1/jobs?limit=2${cursor ? `&cursor=${cursor}` : ''}`)).json()) as {
        jobs: JobJson[]
        nextCursor: string | null
      }
      seen.push(...page.jobs.map(({ id }) => id))
      cursor = page.nextCursor
    } while (cursor)
    expect(seen).toEqual(ids.toReversed())
    const canceled = (await (await app.request('/v1/jobs?state=canceled')).json()) as { jobs: JobJson[] }
    expect(canceled.jobs.map(({ id }) => id)).toEqual([ids[2]])
    for (const query of [
      'limit=0',
      'limit=101',
      'limit=x',
      'state=lost',
      'cursor=nonsense',
      'limit=1&limit=2',
      'more=1',
    ]) {
      expect((await problem(await app.request(`/v1/jobs?${query}`))).code, query).toBe('INVALID_OPTIONS')
    }
    const { detail } = await problem(await app.request('/v1/jobs?limit=x'))
    expect(detail).toBe("limit: Expected a number but received 'x'")
  })

  it('serves the result with a name, ETag and ranges', async () => {
    await using app = await openTestApp()
    const { id } = await job(
      await post(app, { body: form({ image: photo() }, 'Käse "1".jpeg'), headers: { accept: 'application/json' } }),
    )
    const path = `/v1/jobs/${id}/result`
    const whole = await app.request(path)
    const bytes = await bytesOf(whole)
    expect(bytes.equals(resultOf(photo()))).toBe(true)
    expect(whole.headers.get('content-disposition')).toBe(
      `inline; filename="K_se _1_.png"; filename*=UTF-8''K%C3%A4se%20_1_.png`,
    )
    const etag = whole.headers.get('etag')!
    expect((await app.request(path, { headers: { 'if-none-match': etag } })).status).toBe(304)
    expect((await app.request(path, { headers: { 'if-none-match': '"other"' } })).status).toBe(200)
    const part = await app.request(path, { headers: { range: 'bytes=3-9' } })
    expect([part.status, part.headers.get('content-range'), part.headers.get('content-length')]).toEqual([
      206,
      `bytes 3-9/${bytes.length}`,
      '7',
    ])
    expect((await bytesOf(part)).equals(bytes.subarray(3, 10))).toBe(true)
    const tail = await app.request(path, { headers: { range: 'bytes=-4' } })
    expect((await bytesOf(tail)).equals(bytes.subarray(-4))).toBe(true)
    expect((await app.request(path, { headers: { range: 'bytes=3-9', 'if-range': '"other"' } })).status).toBe(200)
    const beyond = await app.request(path, { headers: { range: `bytes=${bytes.length}-` } })
    expect([beyond.headers.get('content-range'), (await problem(beyond)).code]).toEqual([
      `bytes */${bytes.length}`,
      'RANGE_INVALID',
    ])
    const head = await app.request(path, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), (await bytesOf(head)).length]).toEqual([
      200,
      String(bytes.length),
      0,
    ])
  })

  it('answers a damaged result, or a range of it, with an error before its first byte', async () => {
    await using app = await openTestApp()
    const { id } = await job(await post(app, raw(photo(), { accept: 'application/json' })))
    const key = app.blobs.keys.find((name) => name.includes(id) && name.includes('result'))!
    const good = resultOf(photo())
    const flipped = Uint8Array.from(good, (byte, i) => (i === 5 ? byte ^ 1 : byte))
    const put = (bytes: Uint8Array) => app.blobs.put(key, bytes, { contentType: 'image/png' })
    for (const bad of [good.subarray(0, 4), Buffer.concat([good, good]), new Uint8Array(), flipped]) {
      await put(bad)
      for (const headers of [{}, { range: 'bytes=0-1' }]) {
        const response = await app.request(`/v1/jobs/${id}/result`, { headers })
        expect(await problem(response)).toMatchObject({
          code: 'BLOB_DAMAGED',
          status: 500,
          data: { retry: `/v1/jobs/${id}/retry` },
        })
      }
    }
    await put(good)
    expect((await bytesOf(await app.request(`/v1/jobs/${id}/result`))).equals(good)).toBe(true)
  })

  it('makes a damaged result anew where the problem says so', async () => {
    await using app = await openTestApp()
    const { id } = await job(await post(app, raw(photo(), { accept: 'application/json' })))
    const key = app.blobs.keys.find((name) => name.includes(id) && name.includes('result'))!
    await app.blobs.put(key, new Uint8Array(7), { contentType: 'image/png' })
    const { data } = (await problem(await app.request(`/v1/jobs/${id}/result`))) as { data: { retry: string } }
    const retry = () => app.request(data.retry, { method: 'POST' })
    expect(await job(await retry())).toMatchObject({ id, state: 'queued', result: null })
    expect(await ended(app, id)).toMatchObject({ state: 'succeeded', attempts: 2 })
    const again = await retry()
    expect([again.status, (await job(again)).attempts]).toEqual([200, 2])
    expect((await bytesOf(await app.request(`/v1/jobs/${id}/result`))).equals(resultOf(photo()))).toBe(true)
    expect((await problem(await app.request('/v1/jobs/nothing/retry', { method: 'POST' }))).code).toBe('JOB_NOT_FOUND')
  })

  it('fails the job of a damaged input, which nothing sees', async () => {
    await using app = await openTestApp({ hasWorker: false })
    const { id } = await job(await post(app, raw(photo(), { prefer: 'respond-async' })))
    const key = app.blobs.keys.find((name) => name.includes(id))!
    await app.blobs.put(key, photo(2), { contentType: 'image/png' })
    app.worker.start()
    expect(await ended(app, id)).toMatchObject({ state: 'failed', error: { code: 'BLOB_DAMAGED' } })
    expect(app.runs).toEqual([])
  })

  it('tells what happens as events with ids, and replays after Last-Event-ID', async () => {
    await using app = await openTestApp()
    const { id } = await job(await post(app, raw(photo(), { accept: 'application/json' })))
    const all = await (await app.request(`/v1/jobs/${id}/events`)).text()
    const ids = [...all.matchAll(/^id: (\d+)$/gm)].map((match) => Number(match[1]))
    expect(ids).toEqual(ids.map((_, i) => i + 1))
    const states = [...all.matchAll(/^data: (\{"state".*)$/gm)].map(
      (match) => (JSON.parse(match[1]!) as { state: string }).state,
    )
    expect(states).toEqual(['queued', 'running', 'succeeded'])
    const rest = await (await app.request(`/v1/jobs/${id}/events`, { headers: { 'last-event-id': '2' } })).text()
    expect([...rest.matchAll(/^id: (\d+)$/gm)].map((match) => match[1])).toEqual(['3'])
    expect((await problem(await app.request('/v1/jobs/nothing/events'))).code).toBe('JOB_NOT_FOUND')
  })

  it('keeps a stream of events alive, and ends it when the server does', async () => {
    await using app = await openTestApp({ hasWorker: false, settings: { sseHeartbeatMs: 5 } })
    const { id } = await job(await post(app, raw(photo(), { prefer: 'respond-async' })))
    const response = await app.request(`/v1/jobs/${id}/events`)
    let text = ''
    const decoder = new TextDecoder()
    for await (const piece of response.body!) {
      text += decoder.decode(piece, { stream: true })
      if (text.includes(': still here')) app.ending.abort()
    }
    expect(text).toContain('"queued"')
  })

  it('cancels, and says why there is no result', async () => {
    await using app = await openTestApp({ hasWorker: false })
    const { id } = await job(await post(app, raw(photo(), { prefer: 'respond-async' })))
    expect((await problem(await app.request(`/v1/jobs/${id}/result`))).code).toBe('JOB_NOT_DONE')
    expect((await job(await app.request(`/v1/jobs/${id}`, { method: 'DELETE' }))).state).toBe('canceled')
    expect((await problem(await app.request(`/v1/jobs/${id}/result`))).code).toBe('JOB_CANCELED')
    const none = '01900000-0000-7000-8000-000000000000'
    for (const [method, path] of [
      ['GET', none],
      ['DELETE', none],
      ['GET', `${none}/result`],
      ['GET', 'x'],
      ['GET', '%00'],
    ] as const)
      expect((await problem(await app.request(`/v1/jobs/${path}`, { method }))).code).toBe('JOB_NOT_FOUND')
  })

  it('deletes the images of an ended job at once, keeps its record, and may be asked again', async () => {
    await using app = await openTestApp()
    const { id } = await job(await post(app, raw(photo(), { accept: 'application/json' })))
    expect(app.blobs.keys).toHaveLength(2)
    for (let i = 0; i < 2; i++) {
      expect(await job(await app.request(`/v1/jobs/${id}`, { method: 'DELETE' }))).toMatchObject({
        state: 'deleted',
        result: null,
      })
      expect(app.blobs.keys).toEqual([])
    }
    expect(await problem(await app.request(`/v1/jobs/${id}/result`))).toMatchObject({
      code: 'JOB_EXPIRED',
      status: 410,
    })
    expect((await job(await app.request(`/v1/jobs/${id}`))).state).toBe('deleted')
  })
})

describe('/v1/batches', () => {
  const three = () => {
    const data = new FormData()
    for (const [i, name] of ['a/x.png', 'b/x.png', 'y.jpg'].entries()) data.append('image', new Blob([photo(i)]), name)
    data.append('crop', 'true')
    return data
  }

  it('answers a zip with a manifest', async () => {
    await using app = await openTestApp()
    const response = await app.request('/v1/batches', { method: 'POST', body: three() })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/zip'])
    const files = readZip(await bytesOf(response))
    expect([...files.keys()]).toEqual(['x.png', 'x-2.png', 'y.png', 'manifest.json'])
    expect(files.get('x-2.png')!.equals(resultOf(photo(1)))).toBe(true)
    const manifest = JSON.parse(files.get('manifest.json')!.toString()) as { fileName: string; result: string }[]
    expect(manifest.map(({ fileName, result }) => [fileName, result])).toEqual([
      ['x.png', 'x.png'],
      ['x.png', 'x-2.png'],
      ['y.jpg', 'y.png'],
    ])
    expect(app.runs.every(({ options }) => options.crop)).toBe(true)
  })

  it('answers a manifest at once or at the end, and the zip later; a failed picture leaves its reason', async () => {
    const { KoutuError } = await import('@koutu/core')
    const bad = photo(1)
    await using app = await openTestApp({
      run: ({ input }) => {
        if (Buffer.from(input).equals(bad)) throw new KoutuError('IMAGE_CORRUPT')
        return { image: resultOf(input), contentType: 'image/png', width: 1, height: 1, report: REPORT }
      },
    })
    const images = [0, 1, 2].map((i) => ({ image: Buffer.from(photo(i)).toString('base64'), fileName: `${i}.png` }))
    const later = await app.request('/v1/batches', { method: 'POST', ...json({ images }, { prefer: 'respond-async' }) })
    expect(later.status).toBe(202)
    const { id } = (await later.json()) as { id: string }
    const files = readZip(await bytesOf(await app.request(`/v1/batches/${id}/result`)))
    expect([...files.keys()]).toEqual(['0.png', '2.png', 'manifest.json'])
    const manifest = JSON.parse(files.get('manifest.json')!.toString()) as { error: { code: string } | null }[]
    expect(manifest.map(({ error }) => error?.code ?? null)).toEqual([null, 'IMAGE_CORRUPT', null])
    const done = (await (await app.request(`/v1/batches/${id}`)).json()) as { isDone: boolean; jobs: JobJson[] }
    expect([done.isDone, ...done.jobs.map(({ state }) => state)]).toEqual([true, 'succeeded', 'failed', 'succeeded'])
    const atOnce = await app.request('/v1/batches', {
      method: 'POST',
      ...json({ images }, { accept: 'application/json' }),
    })
    expect([atOnce.status, ((await atOnce.json()) as { isDone: boolean }).isDone]).toEqual([200, true])
    expect((await problem(await app.request('/v1/batches/none'))).code).toBe('JOB_NOT_FOUND')
    const deleted = await app.request(`/v1/batches/${id}`, { method: 'DELETE' })
    expect(((await deleted.json()) as { jobs: JobJson[] }).jobs.map(({ state }) => state)).toEqual(
      Array.from({ length: 3 }, () => 'deleted'),
    )
    expect(app.blobs.keys.filter((key) => done.jobs.some((job) => key.includes(job.id)))).toEqual([])
    expect((await problem(await app.request('/v1/batches/none', { method: 'DELETE' }))).code).toBe('JOB_NOT_FOUND')
  })

  it('counts all of its bytes, announced or not', async () => {
    const whole = new Response(three())
    const type = whole.headers.get('content-type')!
    const body = await whole.bytes()
    for (const [maxBatchBytes, code] of [
      [body.length, null],
      [body.length - 1, 'IMAGE_TOO_MANY_BYTES'],
    ] as const) {
      await using app = await openTestApp({ settings: { maxBatchBytes } })
      const batch = (init: object, headers = {}) =>
        app.request('/v1/batches', { method: 'POST', headers: { 'content-type': type, ...headers }, ...init })
      const streamed = await batch({ body: new Blob([body]).stream(), duplex: 'half' })
      const announced = await batch({ body }, { 'content-length': String(body.length) })
      for (const response of [streamed, announced]) {
        if (code === null) expect((await bytesOf(response)).subarray(0, 2).toString()).toBe('PK')
        else expect((await problem(response)).code).toBe(code)
      }
    }
  })

  it('takes all of the pictures or none, and no more than the limit', async () => {
    await using app = await openTestApp({ settings: { maxBatchPictures: 2 } })
    expect((await problem(await app.request('/v1/batches', { method: 'POST', body: three() }))).code).toBe(
      'REQUEST_INVALID',
    )
    const body = form({ image: photo() })
    body.append('image', new Blob(['<svg xmlns="http://www.w3.org/2000/svg"/>']), 'evil.svg')
    expect((await problem(await app.request('/v1/batches', { method: 'POST', body }))).code).toBe('IMAGE_UNSUPPORTED')
    expect(app.blobs.keys).toEqual([])
  })
})

describe('keys', () => {
  it('are needed, have scopes and limits of their own, and see their own jobs alone', async () => {
    await using app = await openTestApp({ settings: { access: 'keys' }, hasWorker: false })
    const { keys } = app.store
    const one = await keys.create({ name: 'one' })
    const two = await keys.create({ name: 'two' })
    const reader = await keys.create({ name: 'reader', scopes: ['jobs:read'], ratePerMinute: 3 })
    const as = ({ secret }: { secret: string }, headers: Record<string, string> = {}) => ({
      authorization: `Bearer ${secret}`,
      ...headers,
    })

    const missing = await app.request('/v1/jobs')
    expect([(await problem(missing)).code, missing.headers.get('www-authenticate')]).toEqual([
      'KEY_MISSING',
      'Bearer realm="koutu"',
    ])
    for (const authorization of ['Bearer nonsense', `Bearer ${one.secret}x`, `Bearer ${'k'.repeat(5000)}`])
      expect((await problem(await app.request('/v1/jobs', { headers: { authorization } }))).code).toBe('KEY_INVALID')

    const created = await job(await post(app, raw(photo(), as(one, { prefer: 'respond-async' }))))
    expect((await app.request(`/v1/jobs/${created.id}`, { headers: { 'x-api-key': one.secret } })).status).toBe(200)
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/result'],
      ['GET', '/events'],
    ] as const) {
      const response = await app.request(`/v1/jobs/${created.id}${path}`, { method, headers: as(two) })
      expect((await problem(response)).code, `${method} ${path}`).toBe('JOB_NOT_FOUND')
    }
    expect(((await (await app.request('/v1/jobs', { headers: as(two) })).json()) as { jobs: [] }).jobs).toEqual([])
    const forbidden = await post(app, raw(photo(), as(reader)))
    expect(await problem(forbidden)).toMatchObject({ code: 'SCOPE_MISSING', data: { scope: 'cutouts:write' } })
    expect((await problem(await app.request('/metrics', { headers: as(reader) }))).code).toBe('SCOPE_MISSING')
    for (let i = 0; i < 3; i++) expect((await app.request('/v1/models', { headers: as(reader) })).status).toBe(200)
    expect((await problem(await app.request('/v1/models', { headers: as(reader) }))).code).toBe('RATE_LIMITED')
    await keys.revoke(one.key.id)
    expect((await problem(await app.request('/v1/jobs', { headers: as(one) }))).code).toBe('KEY_INVALID')
    for (const path of ['/healthz', '/readyz', '/openapi.json']) expect((await app.request(path)).status).toBe(200)
    for (const { secret } of [one, two, reader]) expect(JSON.stringify(app.logged)).not.toContain(secret)
  })

  it('are not needed for a signed link, which opens one result until it expires', async () => {
    await using app = await openTestApp({ settings: { access: 'keys' } })
    const { secret } = await app.store.keys.create({ name: 'one' })
    const authorization = `Bearer ${secret}`
    const made = async (seed: number) =>
      job(await post(app, raw(photo(seed), { authorization, accept: 'application/json' })))
    const [first, second] = [await made(1), await made(2)]
    const url = new URL(first.result!.url, 'http://localhost')
    expect((await app.request(url.pathname + url.search)).status).toBe(200)
    const other = `/v1/jobs/${second.id}/result${url.search}`
    const changed = new URL(url)
    changed.searchParams.set('expires', String(Number(url.searchParams.get('expires')) + 60))
    const owner = new URL(url)
    owner.searchParams.set('owner', 'local')
    const listing = `/v1/jobs${url.search}`
    for (const link of [
      other,
      changed.pathname + changed.search,
      owner.pathname + owner.search,
      listing,
      `${url.pathname}?signature=x`,
    ])
      expect((await problem(await app.app.request(link))).code, link).toBe('LINK_INVALID')
    const past = app.deps.links.sign(url.pathname, url.searchParams.get('owner')!, Date.now() - 1000)
    expect((await problem(await app.request(past))).code).toBe('LINK_INVALID')
  })

  it('are not needed on this machine, where pages of other sites are refused', async () => {
    await using app = await openTestApp({ settings: { access: 'local' } })
    const get = (headers: Record<string, string>) => app.request('http://localhost/v1/models', { headers })
    for (const host of ['localhost', 'localhost:8787', '127.0.0.1:8787', '[::1]:8787'])
      expect((await get({ host })).status, host).toBe(200)
    for (const headers of [
      { host: 'evil.example' },
      { host: '127.0.0.1.evil.example' },
      { host: 'localhost:8787', origin: 'https://evil.example' },
      { host: 'localhost:8787', origin: 'null' },
      { host: 'localhost:8787', 'sec-fetch-site': 'cross-site' },
    ]) {
      expect((await problem(await get(headers))).code, JSON.stringify(headers)).toBe('ORIGIN_REFUSED')
    }
    expect((await get({ host: 'localhost:8787', origin: 'http://localhost:8787' })).status).toBe(200)
  })
})

describe('the service itself', () => {
  it('says what it is', async () => {
    await using app = await openTestApp()
    expect(((await (await app.request('/v1/models')).json()) as { models: { id: string }[] }).models[0]!.id).toBe(
      'isnet-general-use',
    )
    expect((await problem(await app.request('/nothing'))).code).toBe('ROUTE_NOT_FOUND')
    const wrong = await app.request('/v1/cutouts')
    expect([(await problem(wrong)).code, wrong.headers.get('allow')]).toEqual(['METHOD_NOT_ALLOWED', 'POST, DELETE'])
  })

  it('counts what happened', async () => {
    await using app = await openTestApp()
    await post(app, raw(photo()))
    await post(app, raw(new Uint8Array([1, 2, 3])))
    const text = await (await app.request('/metrics')).text()
    expect(text).toMatch(/koutu_jobs_total\{state="succeeded"\} 1/)
    expect(text).toMatch(/koutu_http_problems_total\{code="IMAGE_UNSUPPORTED"\} 1/)
    expect(text).toMatch(/koutu_http_request_seconds_count\{method="POST",route="\/v1\/cutouts",status="200"\} 1/)
    expect(text).toMatch(/koutu_step_seconds_count\{step="segment"\} 1/)
    expect(text).toMatch(/koutu_queue_jobs\{state="queued"\} 0/)
    expect(text).toMatch(/koutu_queue_limit_jobs 100/)
    expect(text).toMatch(/process_resident_memory_bytes \d+/)
  })

  it('gives each request an id that its log line and its problem carry', async () => {
    await using app = await openTestApp()
    const response = await app.request('/v1/jobs/x')
    const id = response.headers.get('request-id')
    expect((await problem(response)) as object).toMatchObject({ instance: `urn:koutu:request:${id}` })
    expect(app.logged).toContainEqual(
      expect.objectContaining({ request: id, code: 'JOB_NOT_FOUND', status: 404, route: '/v1/jobs/{id}' }),
    )
  })
})

/** Files of a zip without compression, by its central directory (APPNOTE 6.3). */
function readZip(zip: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>()
  let at = zip.readUInt32LE(zip.length - 22 + 16)
  for (let i = 0; i < zip.readUInt16LE(zip.length - 22 + 10); i++) {
    const size = zip.readUInt32LE(at + 24)
    const nameLength = zip.readUInt16LE(at + 28)
    const local = zip.readUInt32LE(at + 42)
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength)
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    files.set(name, zip.subarray(from, from + size))
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
  return files
}
