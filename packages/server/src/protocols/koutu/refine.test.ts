// Results made again from what the network found: the requests, what the runner gets, and what is deleted when.

import { describe, expect, it } from 'vitest'
import { encodePng } from '../../../../../testing/src/dreamina-fake/png.ts'
import { answer, openTestApp, resultOf, type TestApp, type TestAppOptions } from '../../app.fixture.ts'
import type { CoarseFacts } from '../../ports/ports.ts'

const PHOTO = new Uint8Array(encodePng({ width: 3, height: 2, channels: 3, data: new Uint8Array(18).fill(9) }))
const ALPHA = new Uint8Array(encodePng({ width: 2, height: 2, channels: 3, data: new Uint8Array(12).fill(255) }))
const FACTS: CoarseFacts = {
  width: 2,
  height: 2,
  box: { left: 1, top: 0, width: 2, height: 2 },
  image: { width: 3, height: 2 },
  engine: 'onnx',
  model: 'isnet-general-use',
  precision: 'int8',
  warnings: [],
}
const FOUND = { file: ALPHA, facts: FACTS }
const STROKES = { type: 'strokes', unit: 'px', strokes: [{ points: [[1, 1]] }] }

interface JobJson {
  readonly id: string
  readonly state: string
  readonly refines: string | null
  readonly fileName: string | null
  readonly options: Record<string, unknown>
  readonly result: { readonly sha256: string } | null
}

const open = (options: TestAppOptions = {}) =>
  openTestApp({
    run: ({ input, coarse }) => ({ ...answer(resultOf(input)), ...(coarse ? {} : { coarse: FOUND }) }),
    ...options,
  })

async function cut(app: TestApp, query = ''): Promise<JobJson> {
  const headers = { 'content-type': 'image/png', accept: 'application/json' }
  return (await (await app.request(`/v1/cutouts${query}`, { method: 'POST', body: PHOTO, headers })).json()) as JobJson
}

function refine(app: TestApp, id: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Response> {
  return app.request(`/v1/jobs/${id}/refine`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })
}

async function refined(app: TestApp, id: string, body?: unknown): Promise<JobJson> {
  const response = await refine(app, id, body)
  expect(response.status).toBe(202)
  const job = (await response.json()) as JobJson
  expect(response.headers.get('location')).toBe(`/v1/jobs/${job.id}`)
  await app.deps.jobs.wait({ id: 'local' }, job.id, { signal: AbortSignal.timeout(20_000) })
  return (await (await app.request(`/v1/jobs/${job.id}`)).json()) as JobJson
}

const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code

describe('GET /v1/jobs/{id}/alpha', () => {
  it('answers what the network found, with the part of the image that it covers', async () => {
    await using app = await open()
    const { id } = await cut(app)
    const response = await app.request(`/v1/jobs/${id}/alpha`)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'koutu-alpha-size': '3x2',
      'koutu-alpha-box': '1,0,2,2',
      etag: expect.any(String),
    })
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(ALPHA)
    const validator = { 'if-none-match': response.headers.get('etag')! }
    expect((await app.request(`/v1/jobs/${id}/alpha`, { headers: validator })).status).toBe(304)
  })

  it('says why there is none', async () => {
    await using app = await open({ run: ({ input }) => answer(resultOf(input)) })
    const { id } = await cut(app)
    const response = await app.request(`/v1/jobs/${id}/alpha`)
    expect([response.status, await codeOf(response)]).toEqual([404, 'COARSE_MISSING'])
    expect(await codeOf(await refine(app, id))).toBe('COARSE_MISSING')
    expect(await codeOf(await app.request('/v1/jobs/0/alpha'))).toBe('JOB_NOT_FOUND')
    await using waiting = await open({ hasWorker: false })
    const headers = { 'content-type': 'image/png', prefer: 'respond-async' }
    const queued = await waiting.request('/v1/cutouts', { method: 'POST', body: PHOTO, headers })
    const early = await waiting.request(`/v1/jobs/${((await queued.json()) as JobJson).id}/alpha`)
    expect([early.status, await codeOf(early)]).toEqual([409, 'JOB_NOT_DONE'])
  })

  it('is deleted with its job', async () => {
    await using app = await open()
    const { id } = await cut(app)
    await app.request(`/v1/jobs/${id}`, { method: 'DELETE' })
    expect(app.blobs.keys).toEqual([])
    expect(await codeOf(await app.request(`/v1/jobs/${id}/alpha`))).toBe('JOB_EXPIRED')
  })
})

describe('POST /v1/jobs/{id}/refine', () => {
  it('runs a job on the same image and alpha, with the options of before and those given', async () => {
    await using app = await open()
    const first = await cut(app, '?crop=true&edgeShift=2&fileName=cat.png')
    const again = await refined(app, first.id, { options: { keep: STROKES, background: '#fff' } })
    expect([again.state, again.refines, again.fileName]).toEqual(['succeeded', first.id, 'cat.png'])
    expect(again.options).toMatchObject({ crop: true, edgeShift: 2, keep: STROKES, background: { type: 'color' } })
    const [, run] = app.runs
    expect(new Uint8Array(run!.input)).toEqual(PHOTO)
    expect(run!.coarse).toMatchObject({ facts: FACTS })
    expect(new Uint8Array(run!.coarse!.file)).toEqual(ALPHA)
    // From the second one on, whatever becomes of the first.
    await app.request(`/v1/jobs/${first.id}`, { method: 'DELETE' })
    const third = await refined(app, again.id, { options: { keep: null, crop: null, format: 'webp' } })
    expect(third.refines).toBe(again.id)
    expect(third.options).toMatchObject({ crop: false, edgeShift: 2, format: 'webp' })
    expect(third.options.keep).toBeUndefined()
  })

  it('keeps the background of before, takes another, and lets it go', async () => {
    const other = new Uint8Array(encodePng({ width: 1, height: 1, channels: 3, data: new Uint8Array(3).fill(7) }))
    await using app = await open({
      fetcher: {
        async *get() {
          yield other
        },
      },
    })
    const body = new FormData()
    body.append('image', new Blob([PHOTO]))
    body.append('background', new Blob([ALPHA]), 'wall.png')
    const headers = { accept: 'application/json' }
    const first = (await (await app.request('/v1/cutouts', { method: 'POST', body, headers })).json()) as JobJson
    const source = (run: number) => {
      const { background } = app.runs[run]!.options
      return background.type === 'picture' ? Buffer.from(background.source as Uint8Array) : null
    }
    await refined(app, first.id)
    expect(source(1)?.equals(ALPHA)).toBe(true)
    await refined(app, first.id, {
      options: { background: { type: 'picture', source: 'https://example.org/wall.png' } },
    })
    expect(source(2)?.equals(other)).toBe(true)
    await refined(app, first.id, { options: { background: null } })
    expect(source(3)).toBeNull()
  })

  it('is made once for one idempotency key', async () => {
    await using app = await open()
    const { id } = await cut(app)
    const key = { 'idempotency-key': 'k' }
    const [one, two] = [await refine(app, id, {}, key), await refine(app, id, {}, key)]
    expect(two.headers.get('idempotency-replayed')).toBe('true')
    expect(((await two.json()) as JobJson).id).toBe(((await one.json()) as JobJson).id)
    const other = await refine(app, id, { options: { crop: true } }, key)
    expect([other.status, await codeOf(other)]).toEqual([422, 'IDEMPOTENCY_CONFLICT'])
  })

  it('refuses what the network would have to run for, and what no refinement has', async () => {
    await using app = await open({ maxUploads: 1 })
    const { id } = await cut(app)
    for (const options of [
      { model: 'u2net' },
      { quality: 'best' },
      { engine: 'dreamina' },
      { maxPixels: 1 },
      { keep: 'a.png' },
    ])
      expect(await codeOf(await refine(app, id, { options })), JSON.stringify(options)).toBe('INVALID_OPTIONS')
    expect(await codeOf(await refine(app, id, { image: 'AAAA' }))).toBe('INVALID_OPTIONS')
    expect(await codeOf(await refine(app, id, []))).toBe('INVALID_OPTIONS')
    expect(app.runs).toHaveLength(1)
  })

  it('takes its place in the queue and under the limits, and leaves nothing where it is refused', async () => {
    await using app = await open({ settings: { maxUnfinished: 1 } })
    const { id } = await cut(app)
    await app.worker.stop({ timeoutMs: 1000 })
    expect((await refine(app, id)).status).toBe(202)
    const before = app.blobs.keys
    const refused = await refine(app, id)
    expect([refused.status, await codeOf(refused)]).toEqual([429, 'TOO_MANY_JOBS'])
    expect(app.blobs.keys).toEqual(before)
  })
})
