// Generate, records and results through the app.

import { type ErrorCode, KoutuError } from '@koutu/core'
import { sign } from '@koutu/dreamina'
import { describe, expect, it } from 'vitest'
import { decodePng } from '../../../../../testing/src/dreamina-fake/png.ts'
import { answer, REPORT, type TestApp } from '../../app.fixture.ts'
import { createApp } from '../../app.ts'
import { createPictureLinks } from './links.ts'
import { idOf } from './uris.ts'
import { type ApiAnswer, draftOf, drawHalves, openDreaminaApp, wireClient } from './wire-client.fixture.ts'

const PICTURE = drawHalves()
const SUBMIT_ID = '0b2b2c6e-9f0c-4d0a-8f0e-2f9d3a1b1c11'
const GENERATE = '/mweb/v1/aigc_draft/generate'
const BY_IDS = '/mweb/v1/get_history_by_ids'
const recordOf = ({ ret, data }: ApiAnswer) => {
  expect(ret).toBe('0')
  return data.aigc_data
}
async function download(app: TestApp, url: string): Promise<Response> {
  const { pathname, search } = new URL(url)
  return app.request(pathname + search)
}

describe('a cutout', () => {
  it('is a PNG with alpha, of the size of the image, behind a signed address', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const created = recordOf(await client.generate(await client.upload(PICTURE), SUBMIT_ID))
    expect(created).toMatchObject({ status: 20, item_list: [], submit_id: SUBMIT_ID })
    expect(created.history_record_id).toMatch(/^\d{13,14}$/)
    const record = await client.ended(created.history_record_id)
    expect(record).toMatchObject({ status: 50, submit_id: SUBMIT_ID, task: { status: 50 } })
    const [image] = record.item_list[0].image.large_images
    expect(image).toMatchObject({ width: 8, height: 6, format: 'png' })
    expect(image.image_url.split('/').slice(3).join('/').split('~')[0]).toBe(image.image_uri)
    const response = await download(app, image.image_url)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png'])
    const bytes = new Uint8Array(await response.arrayBuffer())
    expect(bytes).toHaveLength(image.size)
    const { width, height, channels, data } = decodePng(bytes)
    expect([width, height, channels]).toEqual([8, 6, 4])
    // The bright half stays, the dark one goes.
    expect([...data.subarray(0, 4)]).toEqual([250, 200, 10, 255])
    expect(data[7 * 4 + 3]).toBe(0)
  })

  it('asks the runner for a PNG at the size of the image, whatever the draft says besides', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const uri = await client.upload(PICTURE)
    const draft = draftOf(uri, (node) => {
      node.image_info = { format: 'webp', width: 1 }
      node.component_list[0].abilities.cutout.format = 'jpeg'
    })
    const { history_record_id: id } = recordOf(await client.api(GENERATE, { draft_content: draft, image_info: {} }))
    await client.ended(id)
    expect(app.runs).toHaveLength(1)
    expect(app.runs[0]!.options).toMatchObject({ format: 'png', crop: false, background: { type: 'transparent' } })
    expect(Buffer.from(app.runs[0]!.input).equals(Buffer.from(PICTURE))).toBe(true)
  })

  it('can be the input of the next', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const first = await client.ended(recordOf(await client.generate(await client.upload(PICTURE))).history_record_id)
    const { image_uri: uri } = first.item_list[0].image.large_images[0]
    const second = await client.ended(recordOf(await client.generate(uri)).history_record_id)
    expect(second.status).toBe(50)
    expect(second.item_list[0].image.large_images[0].image_uri).not.toBe(uri)
    const images = (await client.api('/mweb/v1/get_image_by_uri', { uris: [uri] })).data.uri2image
    expect(images[uri]).toMatchObject({ width: 8, height: 6, format: 'png' })
    expect((await download(app, images[uri].image_url)).status).toBe(200)
  })

  it('is an ordinary job', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    await client.ended(recordOf(await client.generate(await client.upload(PICTURE))).history_record_id)
    const { jobs } = (await (await app.request('/v1/jobs')).json()) as { jobs: { state: string }[] }
    expect(jobs.map(({ state }) => state)).toEqual(['succeeded'])
  })
})

describe('the submit id', () => {
  it('brings the same record back, and makes one job', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const uri = await client.upload(PICTURE)
    const ids = await Promise.all(
      [1, 2, 3, 4].map(async () => recordOf(await client.generate(uri, SUBMIT_ID)).history_record_id),
    )
    expect(new Set(ids).size).toBe(1)
    await client.ended(ids[0])
    expect(recordOf(await client.generate(uri, SUBMIT_ID))).toMatchObject({ history_record_id: ids[0], status: 50 })
    expect(app.runs).toHaveLength(1)
  })

  it('brings it back for the same bytes uploaded again, and refuses other bytes', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const first = recordOf(await client.generate(await client.upload(PICTURE), SUBMIT_ID))
    const again = recordOf(await client.generate(await client.upload(PICTURE), SUBMIT_ID))
    expect(again.history_record_id).toBe(first.history_record_id)
    const other = await client.generate(await client.upload(drawHalves(4, 4)), SUBMIT_ID)
    expect(other).toMatchObject({ ret: '1001', data: null })
    await client.ended(first.history_record_id)
    expect(app.runs).toHaveLength(1)
  })

  it('is made here where the client makes none, and is the client’s own otherwise', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const uri = await client.upload(PICTURE)
    const [one, two] = [recordOf(await client.generate(uri)), recordOf(await client.generate(uri))]
    expect(one.submit_id).toMatch(/^[0-9a-f-]{36}$/)
    expect(two.history_record_id).not.toBe(one.history_record_id)
    for (const bad of ['a b', 'x'.repeat(129), 'ä']) expect((await client.generate(uri, bad)).ret).toBe('1001')
    expect(recordOf(await client.api(GENERATE, { submit_id: 7, draft_content: draftOf(uri) })).submit_id).toBe('7')
  })
})

describe('records', () => {
  it('are found by history id and by submit id, several at once, keyed by what was asked', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const uri = await client.upload(PICTURE)
    const one = recordOf(await client.generate(uri, SUBMIT_ID)).history_record_id
    const two = recordOf(await client.generate(uri, 'second')).history_record_id
    const keysOf = async (body: object) => Object.keys((await client.api(BY_IDS, body)).data).sort()
    expect(await keysOf({ history_ids: [one] })).toEqual([one])
    expect(await keysOf({ history_ids: [Number(one), two, '7000000000099', 'x'] })).toEqual([one, two].sort())
    expect(await keysOf({ submit_ids: [SUBMIT_ID, 'unknown'] })).toEqual([SUBMIT_ID])
    expect(await keysOf({ submit_ids: ['second'], history_ids: [one], need_batch: true })).toEqual(
      [one, 'second'].sort(),
    )
    expect(await keysOf({ data: { history_ids: [one], image_info: { width: 1 } } })).toEqual([one])
    expect(await keysOf({ history_ids: ['1'] })).toEqual([])
    for (const body of [{}, { history_ids: [] }, { history_ids: 'x' }, '', '[]', '{']) {
      expect((await client.api(BY_IDS, body)).ret).toBe('1000')
    }
  })

  it('stay at 20 without items while they wait and run, with the length of the queue', async () => {
    await using app = await openDreaminaApp({ hasWorker: false })
    const client = wireClient(app)
    const uri = await client.upload(PICTURE)
    await client.generate(uri, SUBMIT_ID)
    await client.generate(uri, 'second')
    const records = (await client.api(BY_IDS, { submit_ids: [SUBMIT_ID] })).data
    expect(records[SUBMIT_ID]).toMatchObject({ status: 20, item_list: [], queue_info: { queue_length: 2 } })
    const id = records[SUBMIT_ID].history_record_id
    const queue = (await client.api('/mweb/v1/get_history_queue_info', { history_ids: [id] })).data
    expect(queue[id]).toMatchObject({
      status: 20,
      queue_info: { queue_idx: 0, queue_length: 2, polling_config: { interval_seconds: 1 } },
    })
  })

  it('are listed in pages, the newest first', async () => {
    await using app = await openDreaminaApp({ hasWorker: false })
    const client = wireClient(app)
    const uri = await client.upload(PICTURE)
    const ids: string[] = []
    for (const name of ['1', '2', '3']) ids.unshift(recordOf(await client.generate(uri, name)).history_record_id)
    const page = (body: object) => client.api('/mweb/v1/get_history', body)
    const idsOf = (data: { records_list: { history_record_id: string }[] }) =>
      data.records_list.map((record) => record.history_record_id)
    const first = (await page({ count: 2 })).data
    expect([idsOf(first), first.has_more]).toEqual([ids.slice(0, 2), true])
    const second = (await page({ count: 2, offset: first.next_offset })).data
    expect([idsOf(second), second.has_more]).toEqual([ids.slice(2), false])
    expect((await client.api('/mweb/v1/get_history', '')).ret).toBe('2008')
  })

  it.each<[ErrorCode, string]>([
    ['IMAGE_CORRUPT', '3020'],
    ['ENGINE_UNAVAILABLE', '2002'],
    ['SUBJECT_NOT_FOUND', '2046'],
  ])('of a failure are 30, with its code: %s is %s', async (code, failCode) => {
    await using app = await openDreaminaApp({
      run() {
        throw new KoutuError(code, { detail: 'as the test says' })
      },
    })
    const client = wireClient(app)
    const id = recordOf(await client.generate(await client.upload(PICTURE))).history_record_id
    const record = await client.ended(id)
    expect(record).toMatchObject({ status: 30, item_list: [], fail_code: failCode, task: { status: 30 } })
    expect(record.fail_msg).not.toBe('')
    const queue = (await client.api('/mweb/v1/get_history_queue_info', { history_ids: [id] })).data
    expect(queue[id]).toMatchObject({ status: 30, fail_code: failCode })
  })

  it('of an image without a subject are 30 with 2046, not an empty image', async () => {
    await using app = await openDreaminaApp({
      run: ({ input }) => ({ ...answer(input), report: { ...REPORT, subject: false, box: null } }),
    })
    const client = wireClient(app)
    const id = recordOf(await client.generate(await client.upload(PICTURE))).history_record_id
    expect(await client.ended(id)).toMatchObject({ status: 30, fail_code: '2046', item_list: [] })
  })

  it('of a canceled job, and of one whose image has been deleted, are 30', async () => {
    await using app = await openDreaminaApp({ hasWorker: false })
    const client = wireClient(app)
    const id = recordOf(await client.generate(await client.upload(PICTURE))).history_record_id
    const [alias] = await app.store.aliases.find({ id: 'local' }, { numbers: [id] })
    await app.request(`/v1/jobs/${alias!.jobId}`, { method: 'DELETE' })
    expect(await client.ended(id)).toMatchObject({ status: 30, fail_code: '2002' })
    await app.store.database.query(`update koutu.job set state = 'expired'`)
    expect(await client.ended(id)).toMatchObject({ status: 30, fail_code: '3020' })
    // With the record of its job the alias goes.
    await app.store.database.query('delete from koutu.job')
    expect((await client.api(BY_IDS, { history_ids: [id] })).data).toEqual({})
  })
})

describe('what cannot be done', () => {
  it.each<[string, (uri: string) => unknown, string]>([
    ['no draft', () => ({}), '1002'],
    ['a draft that is an object', (uri) => ({ draft_content: JSON.parse(draftOf(uri)) }), '1002'],
    ['a draft that is no JSON', () => ({ draft_content: '{' }), '1002'],
    [
      'another tool',
      (uri) => ({
        draft_content: draftOf(uri, (d) => {
          d.component_list[0].generate_type = 'blend'
        }),
      }),
      '1002',
    ],
    [
      'no image',
      (uri) => ({
        draft_content: draftOf(uri, (d) => {
          d.component_list[0].abilities.cutout = {}
        }),
      }),
      '1001',
    ],
    [
      'an unknown image',
      (uri) => ({ draft_content: draftOf(`${uri.slice(0, -1)}${uri.endsWith('0') ? 1 : 0}`) }),
      '1001',
    ],
    ['a foreign name', () => ({ draft_content: draftOf('tos-cn-i-other/0123') }), '1001'],
    ['a path', () => ({ draft_content: draftOf('../../etc/passwd') }), '1001'],
    ['an address', () => ({ draft_content: draftOf('http://127.0.0.1/x.png') }), '1001'],
    ['a body that is no object', () => '[]', '1000'],
    ['a body that is no JSON', () => 'draft', '1000'],
  ])('is refused: %s', async (_, bodyOf, ret) => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const refused = await client.api(GENERATE, bodyOf(await client.upload(PICTURE)))
    expect(refused).toMatchObject({ ret, data: null })
    expect(app.runs).toEqual([])
  })

  it('is too many jobs, a full queue, and a server that stops: 1010', async () => {
    await using app = await openDreaminaApp({ hasWorker: false, settings: { maxUnfinished: 1 } })
    const client = wireClient(app)
    const uri = await client.upload(PICTURE)
    expect((await client.generate(uri)).ret).toBe('0')
    expect((await client.generate(uri)).ret).toBe('1010')
    app.stopping.abort()
    expect((await client.generate(uri)).ret).toBe('1010')
  })

  it('is a path without a call, in the same envelope', async () => {
    await using app = await openDreaminaApp()
    const post = async (path: string, method = 'POST') => {
      const response = await app.app.request(path, { method })
      return [response.status, ((await response.json()) as ApiAnswer).ret]
    }
    expect(await post('/mweb/v1/get_asset_list')).toEqual([200, '1000'])
    expect(await post('/commerce/v1/subscription/user_info')).toEqual([200, '1000'])
    expect(await post(GENERATE, 'GET')).toEqual([200, '1000'])
  })
})

describe('owners', () => {
  it('are known by a key of koutu as their session, in any of its cookies; others get 1015', async () => {
    await using app = await openDreaminaApp({ settings: { access: 'keys' } })
    const { secret } = await app.deps.keys.create({ name: 'a' })
    const check = async (cookie?: string) => {
      const headers: Record<string, string> = cookie === undefined ? {} : { cookie }
      return (await wireClient(app).api('/mweb/v1/get_upload_token', {}, headers)).ret
    }
    for (const cookie of [
      `sessionid=${secret}`,
      `sessionid_ss=${secret}`,
      `sid_tt=${secret}`,
      `_tea_web_id=1; sid_guard=${secret}%7C1768097896%7C5184000%7CWed`,
      `sessionid=us-${secret}`,
    ]) {
      expect(await check(cookie)).toBe('0')
    }
    for (const cookie of [undefined, 'sessionid=unknown', `sessionid=${secret}x`, `sessionid=${'x'.repeat(500)}`]) {
      expect(await check(cookie)).toBe('1015')
    }
    const refused = await wireClient(app, 'unknown').api('/mweb/v1/get_user_info')
    expect(refused).toMatchObject({ ret: '1015', errmsg: 'login error', data: null })
    const { data, ret } = await wireClient(app, 'unknown').api('/commerce/v1/benefits/user_credit')
    expect([ret, data]).toEqual(['1015', null])
    // Our own headers are not this protocol's.
    expect((await wireClient(app).api('/mweb/v1/get_user_info', {}, { 'x-api-key': secret })).ret).toBe('1015')
  })

  it('see nothing of each other', async () => {
    await using app = await openDreaminaApp({ settings: { access: 'keys' } })
    const [keyA, keyB] = [await app.deps.keys.create({ name: 'a' }), await app.deps.keys.create({ name: 'b' })]
    const [a, b] = [wireClient(app, keyA.secret), wireClient(app, keyB.secret)]
    const uri = await a.upload(PICTURE)
    const record = recordOf(await a.generate(uri, SUBMIT_ID))
    expect((await b.generate(uri)).ret).toBe('1001')
    expect((await b.api('/mweb/v1/get_image_by_uri', { uris: [uri] })).data.uri2image).toEqual({})
    const ids = { history_ids: [record.history_record_id], submit_ids: [SUBMIT_ID] }
    expect((await b.api(BY_IDS, ids)).data).toEqual({})
    expect((await b.api('/mweb/v1/get_history_queue_info', ids)).data).toEqual({})
    expect((await b.api('/mweb/v1/get_history', { count: 20 })).data.records_list).toEqual([])
    const owner = { id: keyA.key.id }
    const [alias] = await app.store.aliases.find(owner, { names: [SUBMIT_ID] })
    await app.deps.jobs.wait(owner, alias!.jobId, { signal: AbortSignal.timeout(20_000) })
    const { item_list: items } = (await a.api(BY_IDS, ids)).data[SUBMIT_ID]
    const result = items[0].image.large_images[0]
    expect((await b.generate(result.image_uri)).ret).toBe('1001')
    expect((await b.api('/mweb/v1/get_image_by_uri', { uris: [result.image_uri] })).data.uri2image).toEqual({})
    // The same submit id is another owner's own.
    expect(recordOf(await b.generate(await b.upload(PICTURE), SUBMIT_ID)).history_record_id).not.toBe(
      record.history_record_id,
    )
    // The address says nothing of its owner.
    expect(result.image_url).not.toContain(keyA.key.id)
    const userIds = await Promise.all([a, b].map(async (one) => (await one.api('/mweb/v1/get_user_info')).data.uid))
    expect(new Set(userIds).size).toBe(2)
    expect(userIds[0]).toBe((await a.api('/passport/account/info/v2?account_sdk_source=web')).data.user_id)
  })

  it('are told of their account without `ret`, beside `data` and in it', async () => {
    await using app = await openDreaminaApp({ settings: { access: 'keys' } })
    const { secret } = await app.deps.keys.create({ name: 'client' })
    const answer = await wireClient(app, secret).api('/passport/account/info/v2?account_sdk_source=web')
    expect(Object.keys(answer).sort()).toEqual(['data', 'message', 'name', 'user_id', 'user_id_str'])
    const { message, data, ...account } = answer as unknown as Record<string, unknown>
    expect([message, data]).toEqual(['success', account])
    expect(account).toMatchObject({ user_id: expect.stringMatching(/^\d+$/), name: 'koutu' })
    // A session that is none is an answer of the API, which all clients read.
    const stranger = await wireClient(app, 'unknown').api('/passport/account/info/v2')
    expect([stranger.ret, (stranger as { user_id?: unknown }).user_id]).toEqual(['1015', undefined])
  })

  it('may do what their keys permit', async () => {
    await using app = await openDreaminaApp({ settings: { access: 'keys' } })
    const { secret } = await app.deps.keys.create({ name: 'reader', scopes: ['jobs:read'] })
    const client = wireClient(app, secret)
    expect((await client.api('/mweb/v1/get_history', { count: 1 })).ret).toBe('0')
    expect((await client.api(GENERATE)).ret).toBe('4003')
    expect((await client.api('/mweb/v1/get_upload_token')).ret).toBe('4003')
  })
})

describe('a server of this machine alone', () => {
  const ask = async (headers: Record<string, string>) => {
    await using app = await openDreaminaApp({ settings: { access: 'local' } })
    return (await wireClient(app).api('/mweb/v1/get_user_info', {}, headers)).ret
  }
  it.each([
    { host: 'localhost:8787', origin: 'https://jimeng.jianying.com', referer: 'https://jimeng.jianying.com/' },
    { host: '127.0.0.1', origin: 'https://dreamina.capcut.com', 'sec-fetch-site': 'cross-site' },
    { host: 'jimeng.jianying.com', origin: 'https://jimeng.jianying.com' },
    { host: 'mweb-api-sg.capcut.com:443' },
    { host: '[::1]:8787' },
  ])('is open to clients of the service: %o', async (headers) => {
    expect(await ask(headers)).toBe('0')
  })
  it.each([
    { host: 'evil.example' },
    { host: 'jimeng.jianying.com.evil.example' },
    { host: 'eviljianying.com' },
    { host: 'localhost', origin: 'https://evil.example' },
    { host: 'localhost', origin: 'null' },
    { host: 'localhost', 'sec-fetch-site': 'cross-site' },
  ])('is closed to other pages: %o', async (headers) => {
    expect(await ask(headers)).toBe('1019')
  })
  it('does not open its own routes to those names', async () => {
    await using app = await openDreaminaApp({ settings: { access: 'local' } })
    const response = await app.request('/v1/jobs', { headers: { host: 'jimeng.jianying.com' } })
    expect(response.status).toBe(403)
  })
})

describe('the sign', () => {
  const PATH = '/mweb/v1/get_user_info'
  const signed = (deviceTime: number, appvr = '8.4.0') => ({
    sign: sign({ pathname: PATH, pf: '7', appvr, deviceTime, tdid: '' }),
    pf: '7',
    appvr,
    'device-time': String(deviceTime),
    'sign-ver': '1',
    tdid: '',
  })
  const now = () => Math.floor(Date.now() / 1000)

  it('is not looked at by default', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    expect((await client.api(PATH)).ret).toBe('0')
    expect((await client.api(PATH, {}, { ...signed(now()), sign: 'wrong' })).ret).toBe('0')
  })

  it('must be right, of every version and with any query, on a server that insists', async () => {
    await using app = await openDreaminaApp({ settings: { isDreaminaSignStrict: true } })
    const client = wireClient(app)
    expect((await client.api(`${PATH}?aid=513695&region=cn`, {}, signed(now()))).ret).toBe('0')
    expect((await client.api(PATH, {}, signed(now(), '5.8.0'))).ret).toBe('0')
    for (const headers of [
      {},
      { ...signed(now()), sign: '0'.repeat(32) },
      signed(now() - 1000),
      { ...signed(now()), pf: '8' },
    ]) {
      expect(await client.api(PATH, {}, headers as Record<string, string>)).toMatchObject({ ret: '1014', data: null })
    }
  })
})

describe('a signed address', () => {
  it('needs no session, knows ranges and HEAD, and ends', async () => {
    await using app = await openDreaminaApp({ settings: { access: 'keys' } })
    const { secret } = await app.deps.keys.create({ name: 'a' })
    const client = wireClient(app, secret)
    const uri = await client.upload(PICTURE)
    const { image_url: url } = (await client.api('/mweb/v1/get_image_by_uri', { uris: [uri] })).data.uri2image[uri]
    const { pathname, search } = new URL(url)
    const whole = await app.request(pathname + search)
    expect(Buffer.from(await whole.arrayBuffer()).equals(Buffer.from(PICTURE))).toBe(true)
    const part = await app.request(pathname + search, { headers: { range: 'bytes=1-3' } })
    expect([part.status, await part.text()]).toEqual([206, 'PNG'])
    expect((await app.request(pathname + search, { method: 'HEAD' })).headers.get('content-length')).toBe(
      String(PICTURE.length),
    )
    const links = createPictureLinks(app.deps.secret('dreamina-links'))
    const old = links.sign({ kind: 'input', id: idOf(uri)!, format: 'png' }, Date.now() - 2 * 3_600_000, 3_600_000)
    expect((await app.request(old)).status).toBe(403)
    expect((await app.request(pathname)).status).toBe(403)
    expect((await app.request(pathname + search.replace(/x-signature=.{4}/, 'x-signature=AAAA'))).status).toBe(403)
    // A genuine one, of what is not there any more.
    await app.store.database.query('delete from koutu.picture')
    expect((await app.request(pathname + search)).status).toBe(410)
  })
})

it('each request of a flow may meet another machine', async () => {
  await using app = await openDreaminaApp()
  // An app of its own for every request: nothing is shared but database and store.
  const machines: TestApp = { ...app, request: async (path, init) => createApp(app.deps).request(path, init) }
  const client = wireClient(machines)
  const uri = await client.upload(PICTURE)
  const record = await client.ended(recordOf(await client.generate(uri)).history_record_id)
  expect(record.status).toBe(50)
  expect((await download(machines, record.item_list[0].image.large_images[0].image_url)).status).toBe(200)
})

it('the description names the cookie', async () => {
  await using app = await openDreaminaApp()
  const document = (await (await app.request('/openapi.json')).json()) as {
    paths: Record<string, Record<string, { security: object[] }>>
    components: { securitySchemes: Record<string, object> }
  }
  expect(document.paths[GENERATE]!.post!.security).toEqual([{ dreaminaSession: [] }])
  expect(document.components.securitySchemes.dreaminaSession).toEqual({
    type: 'apiKey',
    in: 'cookie',
    name: 'sessionid',
  })
})

describe('side calls', () => {
  it('have a balance, twice, and say that nothing was spent', async () => {
    await using app = await openDreaminaApp()
    const response = await app.request('/commerce/v1/benefits/user_credit', { method: 'POST', body: '{}' })
    const answer = (await response.json()) as { data: { credit: Record<string, number> }; response: string }
    expect(Object.values(answer.data.credit).reduce((sum, value) => sum + value)).toBeGreaterThan(0)
    expect(JSON.parse(answer.response)).toEqual(answer.data)
    const client = wireClient(app)
    const receive = await client.api('/commerce/v1/benefits/credit_receive', { time_zone: 'Asia/Shanghai' })
    expect(receive.data).toMatchObject({ receive_quota: 0, is_first_receive: false })
    const spent = await client.api('/commerce/v1/benefits/user_credit_history', {
      count: 20,
      cursor: '0',
      history_type: 2,
    })
    expect(spent.data).toMatchObject({ records: [], has_more: false })
  })

  it('let clients go on', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    expect((await client.api('/mweb/v1/imagex/submit_audit_job', { uri_list: ['x'] })).ret).toBe('0')
    expect((await client.api('/mweb/v1/algo_proxy', { scene: 'image_face_ip' })).ret).toBe('0')
    expect((await client.api('/mweb/v1/get_image_by_uri', { uri: 'x' })).ret).toBe('1000')
  })
})
