// The calls of a client, one by one and as raw as they are, so that a test can bend each of them.

import { crc32 } from 'node:zlib'
import { amzDate, aws4Authorization, payloadHash } from '@koutu/dreamina'
import { thresholdCutout } from '../../../../../testing/src/dreamina-fake/fake.ts'
import { encodePng } from '../../../../../testing/src/dreamina-fake/png.ts'
import { answer, openTestApp, REPORT, type TestApp, type TestAppOptions } from '../../app.fixture.ts'

const ORIGIN = 'http://localhost'

/** A drawn image: its bright half is the subject. */
export function drawHalves(width = 8, height = 6): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < width * height; i++) data.set(i % width < width / 2 ? [250, 200, 10] : [5, 30, 90], i * 3)
  return new Uint8Array(encodePng({ width, height, channels: 3, data }))
}

/** The app with a runner whose cutouts are real ones of drawn images. */
export function openDreaminaApp(options: TestAppOptions = {}): Promise<TestApp> {
  return openTestApp({
    run({ input }) {
      const image = thresholdCutout(input)
      const view = new DataView(image.buffer, image.byteOffset)
      return { ...answer(image), width: view.getUint32(16), height: view.getUint32(20), report: REPORT }
    },
    ...options,
  })
}

export interface ApiAnswer {
  readonly ret: string
  readonly errmsg: string
  // biome-ignore lint/suspicious/noExplicitAny: each test looks at members of its own
  readonly data: any
}

interface Keys {
  readonly access_key_id: string
  readonly secret_access_key: string
  readonly session_token: string
}

interface Address {
  readonly storeUri: string
  readonly auth: string
  readonly sessionKey: string
}

interface SignOptions {
  readonly signed?: readonly string[]
  readonly region?: string
  readonly service?: string
  readonly nowMs?: number
  /** Sent in place of what was signed. */
  readonly sentBody?: string
  readonly headers?: Readonly<Record<string, string>>
}

// biome-ignore lint/suspicious/noExplicitAny: as above
type Json = any

export interface WireClient {
  api(path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer>
  token(): Promise<Keys>
  imagex(action: string, keys: Keys, body: string | null, options?: SignOptions): Promise<Json>
  apply(keys: Keys, query?: string): Promise<Address>
  put(address: Pick<Address, 'storeUri' | 'auth'>, bytes: Uint8Array, headers?: Record<string, string>): Promise<Json>
  commit(keys: Keys, sessionKey: string): Promise<Json>
  /** Token to commit: the URI. */
  upload(bytes: Uint8Array): Promise<string>
  generate(uri: string, submitId?: string): Promise<ApiAnswer>
  /** Looks until it has ended. */
  ended(historyId: string): Promise<Json>
}

export function draftOf(uri: string, bend: (draft: Json) => void = () => {}): string {
  const draft = {
    type: 'draft',
    id: 'd',
    main_component_id: 'c',
    component_list: [
      {
        type: 'image_base_component',
        id: 'c',
        generate_type: 'cutout',
        abilities: { type: '', id: 'a', cutout: { type: '', id: 'k', init_image: { image_uri: uri, uri } } },
      },
    ],
  }
  bend(draft)
  return JSON.stringify(draft)
}

export function wireClient(app: TestApp, session: string | null = null): WireClient {
  const cookie = session === null ? {} : { cookie: `sessionid=${session}` }
  const client: WireClient = {
    async api(path, body = {}, headers = {}) {
      const response = await app.request(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...cookie, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      if (response.status !== 200) throw new Error(`HTTP ${response.status}`)
      return (await response.json()) as ApiAnswer
    },
    token: async () => (await client.api('/mweb/v1/get_upload_token', { scene: 2 })).data as Keys,
    async imagex(action, keys, body, options = {}) {
      const method = body === null ? 'GET' : 'POST'
      const { region = 'cn-north-1', service = 'imagex', nowMs = Date.now() } = options
      const [name, more = ''] = action.split('?')
      const path = `/?Action=${name}&Version=2018-08-01&ServiceId=tb4s082cfz${more}`
      const hash = payloadHash(body ?? '')
      const headers: Record<string, string> = {
        host: 'localhost',
        'x-amz-date': amzDate(nowMs),
        'x-amz-security-token': keys.session_token,
        ...(body === null ? {} : { 'x-amz-content-sha256': hash, 'content-type': 'application/json' }),
        ...options.headers,
      }
      const usual = ['x-amz-date', 'x-amz-security-token', ...(body === null ? [] : ['x-amz-content-sha256'])]
      headers.authorization = aws4Authorization(
        { method, url: ORIGIN + path, headers, payloadHash: hash },
        options.signed ?? usual,
        { region, service, amzDate: headers['x-amz-date']! },
        { accessKeyId: keys.access_key_id, secretAccessKey: keys.secret_access_key },
      )
      const sent = options.sentBody ?? body
      const response = await app.request(path, { method, headers, ...(sent === null ? {} : { body: sent }) })
      return response.json()
    },
    async apply(keys, query = '') {
      const { Result: result } = await client.imagex(`ApplyImageUpload${query && `?${query}`}`, keys, null)
      const [info] = result.UploadAddress.StoreInfos
      return { storeUri: info.StoreUri, auth: info.Auth, sessionKey: result.UploadAddress.SessionKey }
    },
    async put({ storeUri, auth }, bytes, headers = {}) {
      const response = await app.request(`/upload/v1/${storeUri}`, {
        method: 'POST',
        headers: {
          authorization: auth,
          'content-crc32': crc32(bytes).toString(16).padStart(8, '0'),
          'content-type': 'application/octet-stream',
          ...headers,
        },
        body: bytes as Uint8Array<ArrayBuffer>,
      })
      return response.json()
    },
    commit: (keys, sessionKey) => client.imagex('CommitImageUpload', keys, JSON.stringify({ SessionKey: sessionKey })),
    async upload(bytes) {
      const keys = await client.token()
      const address = await client.apply(keys)
      await client.put(address, bytes)
      return (await client.commit(keys, address.sessionKey)).Result.Results[0].Uri
    },
    generate: (uri, submitId) =>
      client.api('/mweb/v1/aigc_draft/generate', {
        extend: {},
        ...(submitId === undefined ? {} : { submit_id: submitId }),
        draft_content: draftOf(uri),
      }),
    async ended(historyId) {
      for (;;) {
        const record = (await client.api('/mweb/v1/get_history_by_ids', { history_ids: [historyId] })).data[historyId]
        if (record.status !== 20) return record
        const [alias] = await app.store.aliases.find({ id: 'local' }, { numbers: [historyId] })
        if (!alias) throw new Error('the record is not of the owner without keys')
        await app.deps.jobs.wait({ id: 'local' }, alias.jobId, { signal: AbortSignal.timeout(20_000) })
      }
    },
  }
  return client
}
