// rembg's protocol around the image: its two ways in, and its errors. What comes of each parameter is tested with the
// real pipeline in `koutu`.

import { ERRORS, KoutuError } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import { encodePng } from '../../../../../testing/src/dreamina-fake/png.ts'
import { openTestApp, resultOf, type TestApp } from '../../app.fixture.ts'

const PHOTO = new Uint8Array(encodePng({ width: 3, height: 2, channels: 3, data: new Uint8Array(18) }))
const PATH = '/api/remove'

function form(fields: Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') data.append(name, value)
    else data.append(name, new Blob([value]), 'a.png')
  }
  return data
}
const post = (app: TestApp, fields: Parameters<typeof form>[0], query = '', headers: Record<string, string> = {}) =>
  app.request(PATH + query, { method: 'POST', body: form(fields), headers })
const detailOf = async (response: Response) => ({
  status: response.status,
  detail: ((await response.json()) as { detail: unknown }).detail,
})

describe('rembg', () => {
  it('takes a file with parameters in the form or the query, and an address', async () => {
    await using app = await openTestApp({
      fetcher: {
        async *get() {
          yield PHOTO
        },
      },
    })
    const url = encodeURIComponent('https://example.org/a.png?token=secret')
    const answers = [
      await post(app, { file: PHOTO, om: 'true', model: 'u2net' }),
      await post(app, { file: PHOTO }, '?om=true'),
      // What the form says counts for more.
      await post(app, { file: PHOTO, om: 'true', unknown: 'x' }, '?om=false'),
      await app.request(`${PATH}?url=${url}&om=true`),
    ]
    for (const response of answers) {
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png'])
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
      expect(Buffer.from(await response.arrayBuffer()).equals(Buffer.from(resultOf(PHOTO)))).toBe(true)
    }
    expect(app.runs.map(({ options }) => [options.mask, options.model])).toEqual(
      answers.map(() => [true, 'isnet-general-use']),
    )
    expect(JSON.stringify(app.logged)).not.toContain('secret')
  })

  it('says what is missing or wrong as FastAPI does', async () => {
    await using app = await openTestApp()
    const missing = (where: string, name: string) => ({
      status: 422,
      detail: [{ type: 'missing', loc: [where, name], msg: 'Field required', input: null }],
    })
    expect(await detailOf(await app.request(PATH))).toEqual(missing('query', 'url'))
    expect(await detailOf(await post(app, { om: 'true' }))).toEqual(missing('body', 'file'))
    const raw = { method: 'POST', body: PHOTO, headers: { 'content-type': 'image/png' } }
    expect(await detailOf(await app.request(PATH, raw))).toEqual(missing('body', 'file'))
    expect(await detailOf(await post(app, { file: PHOTO, af: 'x' }))).toMatchObject({
      status: 422,
      detail: [{ type: 'int_parsing', loc: ['body', 'af'], input: 'x' }],
    })
    const text = new TextEncoder().encode('no image')
    const picture = await detailOf(await post(app, { file: text }))
    expect(picture).toEqual({ status: 415, detail: expect.stringContaining(ERRORS.IMAGE_UNSUPPORTED.title) })
    const unknown = await detailOf(await post(app, { file: PHOTO, model: 'birefnet-x' }))
    expect(unknown).toMatchObject({ status: 422, detail: [{ type: 'literal_error', loc: ['body', 'model'] }] })
    expect((await app.request(PATH, { method: 'HEAD' })).status).toBe(405)
    expect(await detailOf(await app.request(`${PATH}?url=https://example.org/a.png`))).toEqual({
      status: 503,
      detail: ERRORS.OFFLINE.title,
    })
    expect(app.runs).toEqual([])
  })

  it('needs a key where the server does, is limited like the rest, and ends with what waits too long', async () => {
    await using app = await openTestApp({ hasWorker: false, settings: { access: 'keys', maxWaitMs: 20 } })
    expect(await detailOf(await post(app, { file: PHOTO }))).toMatchObject({ status: 401 })
    const { secret } = await app.store.keys.create({ name: 'old', ratePerMinute: 1 })
    const late = await post(app, { file: PHOTO }, '', { 'x-api-key': secret })
    expect(await detailOf(late)).toMatchObject({ status: 504, detail: expect.stringContaining('try again') })
    const often = await post(app, { file: PHOTO }, '', { 'x-api-key': secret })
    expect([often.status, Number(often.headers.get('retry-after')) > 0]).toEqual([429, true])
    const preflight = await app.request(PATH, { method: 'OPTIONS' })
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'GET, POST'])
  })

  it.each(['u2net', 'bria-rmbg', 'birefnet-massive', 'u2net_cloth_seg', 'sam', ''])(
    'takes the model %j on a fresh install, from the query and the form',
    async (model) => {
      await using app = await openTestApp()
      for (const response of [
        await post(app, { file: PHOTO, model }),
        await post(app, { file: PHOTO }, `?model=${model}`),
        await post(app, { image: PHOTO }, '?model=nonsense'),
      ]) {
        expect([response.status, response.headers.get('koutu-model')]).toEqual([200, 'isnet-general-use'])
      }
      const warned = (await post(app, { file: PHOTO, model })).headers.get('warning')
      if (model === 'sam' || model === '') expect(warned).toBeNull()
      else expect(warned).toContain(`${model} is not installed on this server; isnet-general-use was used`)
    },
  )

  it('is found with a slash at the end, and describes itself at /api', async () => {
    await using app = await openTestApp()
    const data = form({ file: PHOTO })
    expect((await app.app.request('//api/remove/', { method: 'POST', body: data })).status).toBe(200)
    expect((await app.request('/api')).headers.get('location')).toBe('/docs')
  })

  it('tells failures of the job', async () => {
    await using app = await openTestApp({
      run: () => {
        throw new KoutuError('IMAGE_CORRUPT', { detail: 'cut off' })
      },
    })
    expect(await detailOf(await post(app, { file: PHOTO }))).toEqual({
      status: 422,
      detail: `${ERRORS.IMAGE_CORRUPT.title}: cut off`,
    })
  })
})
