// Uploads through the app: keys, signature, bytes, commit; and everything that may be wrong with each.

import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { KoutuError } from '@koutu/core'
import { describe, expect, it } from 'vitest'
import type { TestApp } from '../../app.fixture.ts'
import { createUploadCredentials } from './upload-credentials.ts'
import { drawHalves, openDreaminaApp, wireClient } from './wire-client.fixture.ts'

const PICTURE = drawHalves()
/** What ImageX answers when it refuses. */
const refusal = (answer: { ResponseMetadata: { Error?: { CodeN: number; Message: string } } }) =>
  answer.ResponseMetadata.Error

async function twoOwners(app: TestApp) {
  const [a, b] = await Promise.all(['a', 'b'].map((name) => app.deps.keys.create({ name })))
  return [wireClient(app, a!.secret), wireClient(app, b!.secret)] as const
}

describe('an upload', () => {
  it('ends in a URI, with what the image is', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app, 'anything')
    const keys = await client.token()
    const address = await client.apply(keys)
    expect(address.storeUri).toMatch(/^tos-cn-i-tb4s082cfz\/[0-9a-f]{32}$/)
    expect(await client.put(address, PICTURE)).toEqual({
      code: 2000,
      message: 'Success',
      data: { crc32: crc32(PICTURE).toString(16).padStart(8, '0') },
    })
    const { Result } = await client.commit(keys, address.sessionKey)
    expect(Result.Results).toEqual([{ Uri: address.storeUri, UriStatus: 2000 }])
    expect(Result.PluginResult[0]).toMatchObject({
      ImageUri: address.storeUri,
      ImageWidth: 8,
      ImageHeight: 6,
      ImageMd5: createHash('md5').update(PICTURE).digest('hex'),
      ImageFormat: 'png',
      ImageSize: PICTURE.length,
      FrameCnt: 1,
    })
  })

  it('gives each upload of the same bytes a URI of its own', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    expect(await client.upload(PICTURE)).not.toBe(await client.upload(PICTURE))
  })

  it.each(['UploadNum=1&FileExtension=.png&s=abc', 'FileSize=123&s=abcdefghijk&device_platform=web', ''])(
    'needs nothing of the query: %s',
    async (query) => {
      await using app = await openDreaminaApp()
      const client = wireClient(app)
      const keys = await client.token()
      const address = await client.apply(keys, query && `&${query}`)
      expect(address.storeUri.endsWith('.png')).toBe(query.includes('FileExtension'))
      await client.put(address, PICTURE)
      const { Result } = await client.commit(keys, address.sessionKey)
      expect(Result.Results[0].Uri).toBe(address.storeUri)
      expect((await client.generate(address.storeUri)).ret).toBe('0')
    },
  )

  it('comes by PUT, with the slash of its URI escaped, and with old tokens of the old path', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const keys = (await client.api('/artist/v2/tools/get_upload_token', { scene: 2 })).data
    const { storeUri, auth } = await client.apply(keys)
    const response = await app.request(`/upload/v1/${encodeURIComponent(storeUri)}`, {
      method: 'PUT',
      headers: { authorization: auth, 'content-crc32': crc32(PICTURE).toString(16) },
      body: PICTURE,
    })
    expect(await response.json()).toMatchObject({ code: 2000 })
  })

  it('names this server as the place to upload to, or its public address', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const headers = { host: 'cutouts.example:8443' }
    expect((await client.api('/mweb/v1/get_upload_token', {}, headers)).data.upload_domain).toBe(headers.host)
    const apply = await client.imagex('ApplyImageUpload', await client.token(), null, { headers })
    expect(apply.Result.UploadAddress).toMatchObject({ UploadHosts: [headers.host], UploadHost: headers.host })
    const bad = await client.api('/mweb/v1/get_upload_token', {}, { host: 'a b' })
    expect(bad).toMatchObject({ ret: '1001', data: null })

    await using behind = await openDreaminaApp({ settings: { publicUrl: 'https://public.example' } })
    const uri = await wireClient(behind).upload(PICTURE)
    const images = (await wireClient(behind).api('/mweb/v1/get_image_by_uri', { uris: [uri] })).data.uri2image
    expect(images[uri].image_url).toMatch(/^https:\/\/public\.example\/tos-/)
    expect((await wireClient(behind).api('/mweb/v1/get_upload_token')).data.upload_domain).toBe('public.example')
  })
})

describe('the checksum', () => {
  /** Its checksum begins with a zero, which some clients leave out. */
  const padded = (() => {
    for (let width = 2; ; width += 2) {
      const picture = drawHalves(width, 3)
      if (crc32(picture) < 0x1000_0000) return picture
    }
  })()

  it.each([
    ['padded', (hex: string) => hex.padStart(8, '0')],
    ['unpadded', (hex: string) => hex],
    ['in capitals', (hex: string) => hex.toUpperCase()],
    ['in decimal', (hex: string) => String(Number.parseInt(hex, 16))],
  ])('may come %s', async (_, write) => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const address = await client.apply(await client.token())
    const header = { 'content-crc32': write(crc32(padded).toString(16)) }
    expect((await client.put(address, padded, header)).code).toBe(2000)
  })

  it.each(['00000000', '', 'zz', '123456789', '-1'])(
    'must be right: %j is refused, and nothing is stored',
    async (crc) => {
      await using app = await openDreaminaApp()
      const client = wireClient(app)
      const keys = await client.token()
      const address = await client.apply(keys)
      expect((await client.put(address, PICTURE, { 'content-crc32': crc })).code).toBe(4400)
      expect(app.blobs.keys).toEqual([])
      expect(refusal(await client.commit(keys, address.sessionKey))).toMatchObject({ CodeN: 30406 })
      // The address is not used up by that.
      expect((await client.put(address, PICTURE)).code).toBe(2000)
    },
  )
})

describe('what is no image within the limits', () => {
  it.each([
    ['text', Buffer.from('hello'), 4415, {}],
    ['nothing', Buffer.alloc(0), 4415, {}],
    ['a broken header', PICTURE.subarray(0, 20), 4422, {}],
    ['too many bytes', PICTURE, 4413, { maxBytes: PICTURE.length - 1 }],
    ['too many pixels', PICTURE, 4413, { maxPixels: 47 }],
  ])('is not taken: %s', async (_, bytes, code, limits) => {
    const settings = { limits: { maxBytes: 2 ** 20, maxPixels: 1e6, maxFrames: 10, ...limits } }
    await using app = await openDreaminaApp({ settings })
    const client = wireClient(app)
    expect((await client.put(await client.apply(await client.token()), new Uint8Array(bytes))).code).toBe(code)
    expect(app.blobs.keys).toEqual([])
  })
})

it('an upload whose connection ends early leaves nothing behind', async () => {
  await using app = await openDreaminaApp()
  const client = wireClient(app)
  const keys = await client.token()
  const { storeUri, auth, sessionKey } = await client.apply(keys)
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      controller.enqueue(PICTURE.subarray(0, 40))
      controller.error(new Error('gone'))
    },
  })
  const headers = { authorization: auth, 'content-crc32': crc32(PICTURE).toString(16) }
  const response = await app.request(`/upload/v1/${storeUri}`, { method: 'POST', headers, body, duplex: 'half' })
  expect(await response.json()).toMatchObject({ code: 4400 })
  expect([app.blobs.keys, await readdir(app.spoolFolder)]).toEqual([[], []])
  expect(refusal(await client.commit(keys, sessionKey))).toMatchObject({ CodeN: 30406 })
})

it('a store that is full is told of, and the token stays good', async () => {
  await using app = await openDreaminaApp()
  const client = wireClient(app)
  const address = await client.apply(await client.token())
  app.blobs.failWith(new KoutuError('STORAGE_FULL'))
  expect((await client.put(address, PICTURE)).code).toBe(4507)
  app.blobs.failWith(null)
  expect((await client.put(address, PICTURE)).code).toBe(2000)
})

describe('an upload token', () => {
  it('is for one upload', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const keys = await client.token()
    const address = await client.apply(keys)
    await client.put(address, PICTURE)
    expect(await client.put(address, drawHalves(4, 4))).toMatchObject({ code: 4400 })
    expect(app.blobs.keys).toHaveLength(1)
    const { Result } = await client.commit(keys, address.sessionKey)
    expect(Result.PluginResult[0].ImageSize).toBe(PICTURE.length)
    expect(await client.put(address, PICTURE)).toMatchObject({ code: 4400 })
  })

  it('keeps one of two uploads that come at the same time', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const keys = await client.token()
    const address = await client.apply(keys)
    const answers = await Promise.all([4, 6, 10, 12].map((width) => client.put(address, drawHalves(width, 4))))
    expect(answers.filter(({ code }) => code === 2000)).toHaveLength(1)
    expect(app.blobs.keys).toHaveLength(1)
  })

  it('is for its own URI, and for nobody who has none', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const keys = await client.token()
    const [one, other] = [await client.apply(keys), await client.apply(keys)]
    expect(await client.put({ ...one, auth: other.auth }, PICTURE)).toMatchObject({ code: 4403 })
    expect(await client.put({ ...one, auth: one.auth.slice(0, -2) }, PICTURE)).toMatchObject({ code: 4403 })
    expect(await client.put({ ...one, auth: one.sessionKey }, PICTURE)).toMatchObject({ code: 4403 })
    expect(await client.put({ ...one, auth: '' }, PICTURE)).toMatchObject({ code: 4403 })
    expect(await client.put({ ...one, storeUri: 'tos-cn-i-tb4s082cfz/x' }, PICTURE)).toMatchObject({ code: 4403 })
    expect(app.blobs.keys).toEqual([])
  })

  it('ends', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const keys = await client.token()
    const { storeUri } = await client.apply(keys)
    const old = createUploadCredentials(app.deps.secret).issueUpload(
      { ownerId: 'local', uri: storeUri },
      Date.now() - 3_600_001,
    )
    expect(await client.put({ storeUri, auth: old.auth }, PICTURE)).toMatchObject({ code: 4403 })
    expect(refusal(await client.commit(keys, old.sessionKey))).toMatchObject({ CodeN: 30406 })
  })
})

describe('a commit', () => {
  it('is made once, after the upload, by its owner', async () => {
    await using app = await openDreaminaApp({ settings: { access: 'keys' } })
    const [a, b] = await twoOwners(app)
    const [keysA, keysB] = [await a.token(), await b.token()]
    const address = await a.apply(keysA)
    expect(refusal(await a.commit(keysA, address.sessionKey))).toMatchObject({ Code: 'InvalidToken', CodeN: 30406 })
    await a.put(address, PICTURE)
    expect((await a.generate(address.storeUri)).ret).toBe('1001')
    expect(refusal(await b.commit(keysB, address.sessionKey))).toMatchObject({ CodeN: 30406 })
    expect((await a.commit(keysA, address.sessionKey)).Result.Results[0].UriStatus).toBe(2000)
    expect(refusal(await a.commit(keysA, address.sessionKey))).toMatchObject({ CodeN: 30406 })
    expect((await a.generate(address.storeUri)).ret).toBe('0')
  })

  it.each(['', '{', '[]', '{}', '{"SessionKey":1}', '{"SessionKey":"x"}'])('refuses the body %j', async (body) => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    expect(refusal(await client.imagex('CommitImageUpload', await client.token(), body))).toMatchObject({
      CodeN: 30406,
    })
  })
})

describe('the signature', () => {
  const COMMIT = JSON.stringify({ SessionKey: 'x' })

  it.each([
    [null, 'x-amz-date;x-amz-security-token'],
    [null, 'host;x-amz-date;x-amz-security-token'],
    [COMMIT, 'x-amz-content-sha256;x-amz-date;x-amz-security-token'],
    [COMMIT, 'content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token'],
  ])('may be over any list that clients use: %s %s', async (body, list) => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const action = body === null ? 'ApplyImageUpload' : 'CommitImageUpload'
    const answer = await client.imagex(action, await client.token(), body, { signed: list.split(';') })
    // A right signature comes as far as the SessionKey.
    expect(refusal(answer)?.CodeN).toBe(body === null ? undefined : 30406)
  })

  it('over a GET whose empty payload is declared is right too', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const answer = await client.imagex('ApplyImageUpload', await client.token(), null, {
      signed: ['host', 'x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'],
      headers: { 'x-amz-content-sha256': createHash('sha256').digest('hex') },
    })
    expect(answer.Result.UploadAddress.UploadHosts).toEqual(['localhost'])
  })

  it.each(['cn-north-1', 'us-east-1', 'ap-southeast-1'])('may name the region %s', async (region) => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const answer = await client.imagex('ApplyImageUpload', await client.token(), null, { region })
    expect(answer.ResponseMetadata).toMatchObject({ Action: 'ApplyImageUpload', Service: 'imagex', Region: region })
    expect(refusal(answer)).toBeUndefined()
  })

  it('must be right', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const keys = await client.token()
    const other = await client.token()
    const attempts = [
      client.imagex('ApplyImageUpload', { ...keys, secret_access_key: other.secret_access_key }, null),
      client.imagex('ApplyImageUpload', { ...keys, access_key_id: other.access_key_id }, null),
      client.imagex('ApplyImageUpload', { ...keys, session_token: other.session_token }, null),
      client.imagex('ApplyImageUpload', { ...keys, session_token: 'STS2x' }, null),
      client.imagex('ApplyImageUpload', keys, null, { region: 'eu-central-1' }),
      client.imagex('ApplyImageUpload', keys, null, { service: 'vod' }),
      client.imagex('ApplyImageUpload', keys, null, { nowMs: Date.now() - 16 * 60_000 }),
      client.imagex('ApplyImageUpload', keys, null, { nowMs: Date.now() + 16 * 60_000 }),
      client.imagex('ApplyImageUpload', keys, null, { signed: ['host'] }),
      client.imagex('CommitImageUpload', keys, COMMIT, { sentBody: '{"SessionKey":"y"}' }),
    ]
    for (const answer of await Promise.all(attempts)) {
      expect(refusal(answer)).toMatchObject({ Code: 'InvalidAuthorization', CodeN: 100024 })
    }
    const unsigned = await app.request('/?Action=ApplyImageUpload&Version=2018-08-01')
    expect(refusal((await unsigned.json()) as never)).toMatchObject({ CodeN: 100024 })
  })

  it('of keys that have ended is refused', async () => {
    await using app = await openDreaminaApp()
    const client = wireClient(app)
    const old = createUploadCredentials(app.deps.secret).issueKeys('local', Date.now() - 3_600_001)
    const keys = {
      access_key_id: old.accessKeyId,
      secret_access_key: old.secretAccessKey,
      session_token: old.sessionToken,
    }
    expect(refusal(await client.imagex('ApplyImageUpload', keys, null))).toMatchObject({ CodeN: 100024 })
  })

  it('is looked at only for ImageX: whoever else comes to / is led to the docs', async () => {
    await using app = await openDreaminaApp()
    const response = await app.request('/')
    expect([response.status, response.headers.get('location')]).toEqual([302, '/docs'])
    const keys = await wireClient(app).token()
    expect(refusal(await wireClient(app).imagex('Other', keys, null))).toMatchObject({ CodeN: 400 })
  })
})

it('a revoked key takes its uploads along', async () => {
  await using app = await openDreaminaApp({ settings: { access: 'keys' } })
  const { key, secret } = await app.deps.keys.create({ name: 'a' })
  const client = wireClient(app, secret)
  const keys = await client.token()
  const address = await client.apply(keys)
  await app.deps.keys.revoke(key.id)
  expect(await client.put(address, PICTURE)).toMatchObject({ code: 4401 })
  expect(refusal(await client.imagex('ApplyImageUpload', keys, null))).toMatchObject({ CodeN: 100024 })
  expect(app.blobs.keys).toEqual([])
})

it('keeps secrets out of the log', async () => {
  await using app = await openDreaminaApp()
  const client = wireClient(app, 'a-session-of-somebody')
  const keys = await client.token()
  const address = await client.apply(keys)
  await client.put({ ...address, storeUri: `${address.storeUri}.x` }, PICTURE)
  await client.put(address, PICTURE)
  await client.commit({ ...keys, secret_access_key: 'wrong-secret' }, address.sessionKey)
  await client.commit(keys, address.sessionKey)
  const record = await client.ended((await client.generate(address.storeUri)).data.aigc_data.history_record_id)
  const link = new URL(record.item_list[0].image.large_images[0].image_url)
  await app.request(link.pathname + link.search)
  const log = JSON.stringify(app.logged)
  expect(log).toContain('LINK_INVALID')
  const secrets = [...Object.values(keys).slice(0, 3), address.auth, address.sessionKey, 'a-session-of-somebody']
  for (const secret of [...secrets, link.searchParams.get('x-signature')!, link.pathname]) {
    expect(log).not.toContain(secret)
  }
})
