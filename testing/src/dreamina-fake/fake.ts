// A stand-in for the Dreamina service: real HTTP on loopback, all of its hosts in one. Answers are shaped like the
// recorded ones, in each variant where sources disagree, and it checks what the service checks. Knows nothing of koutu's
// own client: everything is read from the wire.

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { crc32 } from 'node:zlib'
import { aws4Problem } from './aws4-check.ts'
import { decodePng, encodePng } from './png.ts'

export type FakeStep = 'token' | 'apply' | 'upload' | 'commit' | 'generate' | 'query' | 'download' | 'credit'

/** What goes wrong at a step, once per entry. `drop` breaks the connection before the work, `lose` after it. */
export type Fault =
  | { readonly type: 'drop' | 'lose' | 'hang' }
  | { readonly type: 'ret'; readonly ret: string; readonly errmsg?: string; readonly data?: unknown }
  | { readonly type: 'imagex'; readonly codeN: number; readonly message?: string }
  | {
      readonly type: 'http'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
    }

export interface DreaminaFakeOptions {
  readonly sessionId?: string
  /** Where Apply names the upload host. */
  readonly uploadHost?: 'UploadHosts' | 'UploadHost' | 'both'
  /** A host before the right one that nobody listens on. */
  readonly deadFirstHost?: boolean
  /** Where Commit names the image. */
  readonly commit?: 'Results' | 'PluginResult' | 'both'
  readonly uriStatus?: number
  /** Whether codes and status are text or numbers. */
  readonly codes?: 'string' | 'number'
  /** Whether generate wraps its record in `aigc_data`. */
  readonly record?: 'wrapped' | 'direct'
  /** Whether the token names the space and the ImageX host, or only `service_id`. */
  readonly token?: 'space_name' | 'service_id'
  readonly tokenLifeS?: number
  /** Status of each poll before the final one. */
  readonly statuses?: readonly number[]
  readonly finalStatus?: number
  /** Whether `status` stands in the record or only in its `task`. */
  readonly statusIn?: 'record' | 'task'
  /** Polls with the final status and no items yet. */
  readonly emptyFinalPolls?: number
  readonly failure?: { readonly code?: string; readonly message?: string; readonly key?: string }
  /** Position in the queue at each poll; 0 after the last. */
  readonly queue?: readonly number[]
  readonly polling?: { readonly interval_seconds: number; readonly timeout_seconds: number }
  readonly result?: 'png' | 'jpeg' | 'opaque'
  /** Result addresses that have expired when they are given out. */
  readonly expiredUrls?: number
  readonly escapedUrls?: boolean
  readonly credit?: 'response' | 'data' | 'both'
  readonly balance?: { readonly vip: number; readonly gift: number; readonly purchase: number }
  /** Its clock less the machine's. */
  readonly clockOffsetMs?: number
  /** Answers `ret 1014` to a wrong sign, which the real service does not. */
  readonly strictSign?: boolean
  /** Repeats in its error texts what the request carried, credentials first. */
  readonly echoSecrets?: boolean
  readonly awsRegion?: string
  readonly serviceId?: string
  /** Encoded image in, encoded cutout out. */
  readonly cutout?: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>
}

export interface FakeCall {
  readonly step: FakeStep | null
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

export interface DreaminaFake extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`: stands for all hosts. */
  readonly origin: string
  readonly sessionId: string
  readonly calls: readonly FakeCall[]
  /** What the client did wrong, in sentences; empty after a clean run. */
  readonly violations: readonly string[]
  /** Generates that were accepted, each of which costs. */
  readonly charged: number
  /** Everything that must never be seen outside the wire. */
  readonly secrets: readonly string[]
  readonly submitIds: readonly string[]
  /** Faults of a step, used up in order. */
  fail(step: FakeStep, ...faults: readonly Fault[]): void
  /** Steps of the calls so far, repeated ones once. */
  steps(): readonly FakeStep[]
  /** Resolves at the next call of a step. */
  next(step: FakeStep): Promise<void>
}

interface FakeTask {
  readonly historyId: string
  readonly submitId: string
  readonly imageUri: string
  polls: number
  result: Uint8Array | null
}

interface Stored {
  readonly auth: string
  readonly sessionKey: string
  bytes: Uint8Array | null
  committed: boolean
}

/** A black 8 x 8 JPEG. */
const JPEG = Buffer.from(
  '/9j/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAIAAgDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAf/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AJ+AD//Z',
  'base64',
)

/** Pixels whose first channel is above the middle are the subject: enough for drawn images. */
export function thresholdCutout(bytes: Uint8Array): Uint8Array {
  const { width, height, channels, data } = decodePng(bytes)
  const out = new Uint8Array(width * height * 4)
  for (let i = 0; i < width * height; i++) {
    const pixel = data.subarray(i * channels, (i + 1) * channels)
    const grey = channels < 3
    out.set([pixel[0]!, pixel[grey ? 0 : 1]!, pixel[grey ? 0 : 2]!, pixel[0]! > 127 ? 255 : 0], i * 4)
  }
  return encodePng({ width, height, channels: 4, data: out })
}

/** Starts it on a free port. Dispose it to stop it and to break its open connections. */
export async function startDreaminaFake(options: DreaminaFakeOptions = {}): Promise<DreaminaFake> {
  const sessionId = options.sessionId ?? randomBytes(16).toString('hex')
  const awsRegion = options.awsRegion ?? 'cn-north-1'
  const serviceId = options.serviceId ?? 'tb4s082cfz'
  const codes = options.codes ?? 'string'
  const calls: FakeCall[] = []
  const violations: string[] = []
  const secrets: string[] = [sessionId]
  const faults = new Map<FakeStep, Fault[]>()
  const waiters: { step: FakeStep; resolve: () => void }[] = []
  const keys = new Map<string, { secret: string; token: string; untilMs: number }>()
  const store = new Map<string, Stored>()
  const tasks = new Map<string, FakeTask>()
  const results = new Map<string, { task: FakeTask; expired: boolean }>()
  let charged = 0
  let expiredLeft = options.expiredUrls ?? 0
  let historyCount = 0
  let origin = ''

  const nowMs = () => Date.now() + (options.clockOffsetMs ?? 0)
  const seconds = () => Math.floor(nowMs() / 1000)
  const number = (value: number | string) => (codes === 'string' ? String(value) : Number(value))
  const secret = (bytes: number) => {
    const value = randomBytes(bytes).toString('base64url')
    secrets.push(value)
    return value
  }
  const echo = (message: string) => (options.echoSecrets ? `${message} ${ECHO}` : message)
  const wrong = (sentence: string) => {
    violations.push(sentence)
    return sentence
  }

  const envelope = (data: unknown, ret = '0', errmsg = 'success') => ({
    ret: number(ret),
    errmsg: ret === '0' ? errmsg : echo(errmsg),
    systime: String(seconds()),
    logid: `20260111101816${randomBytes(10).toString('hex').toUpperCase()}`,
    data,
  })
  const imagexError = (codeN: number, message: string) => ({
    ResponseMetadata: {
      RequestId: randomUUID(),
      Error: { Code: String(codeN), CodeN: codeN, Message: echo(message) },
    },
  })

  function apiProblem(call: FakeCall, path: string): unknown {
    const cookie = /(?:^|; )sessionid=([^;]*)/.exec(call.headers.cookie ?? '')?.[1]
    if (cookie !== sessionId) return envelope(null, '1015', 'login error')
    const { pf, appvr, tdid = '', sign } = call.headers
    const time = call.headers['device-time']
    const expected = createHash('md5')
      .update(`9e2c|${path.slice(-7)}|${pf}|${appvr}|${time}|${tdid}|11ac`)
      .digest('hex')
    if (sign !== expected) {
      wrong(`the sign of ${path} is wrong`)
      if (options.strictSign) return envelope(null, '1014', 'sign error')
    }
    if (Math.abs(Number(time) - seconds()) > 86_400) wrong(`Device-Time of ${path} is not in seconds`)
    return null
  }

  function token(): unknown {
    const id = `AKTP${secret(12)}`
    secrets.push(id)
    const untilMs = nowMs() + (options.tokenLifeS ?? 3600) * 1000
    const key = { secret: `${secret(24)}==`, token: `STS2${secret(48)}`, untilMs }
    secrets.push(key.token)
    keys.set(id, key)
    const named =
      options.token === 'service_id'
        ? { service_id: serviceId }
        : { space_name: serviceId, upload_domain: origin.slice('http://'.length), region: 'cn' }
    return envelope({
      access_key_id: id,
      secret_access_key: key.secret,
      session_token: key.token,
      expired_time: number(Math.floor(untilMs / 1000)),
      current_time: number(seconds()),
      ...named,
    })
  }

  function imagexProblem(call: FakeCall): unknown {
    const query = new URLSearchParams(call.target.split('?')[1])
    const problem = aws4Problem({
      ...call,
      service: 'imagex',
      region: awsRegion,
      nowMs: nowMs(),
      secretOf(id) {
        const key = keys.get(id)
        return key && key.token === call.headers['x-amz-security-token'] && key.untilMs > nowMs()
          ? key.secret
          : undefined
      },
    })
    if (problem) return imagexError(100024, wrong(problem))
    if (query.get('ServiceId') !== serviceId) return imagexError(100004, wrong('ServiceId is not that of the token'))
    return null
  }

  const metadata = (action: string) => ({
    RequestId: randomUUID(),
    Action: action,
    Version: '2018-08-01',
    Service: 'imagex',
    Region: awsRegion,
  })

  function apply(): unknown {
    const uri = `tos-cn-i-${serviceId}/${randomBytes(16).toString('hex')}`
    const entry: Stored = {
      auth: `SpaceKey/${serviceId}/1/:version:v2:${secret(40)}`,
      sessionKey: Buffer.from(JSON.stringify({ accountType: 'ImageX', key: secret(24) })).toString('base64'),
      bytes: null,
      committed: false,
    }
    secrets.push(entry.auth, entry.sessionKey)
    store.set(uri, entry)
    const host = origin.slice('http://'.length)
    const hosts = options.deadFirstHost ? ['127.0.0.1:1', host] : [host]
    return {
      ResponseMetadata: metadata('ApplyImageUpload'),
      Result: {
        UploadAddress: {
          StoreInfos: [{ StoreUri: uri, Auth: entry.auth, UploadID: randomBytes(16).toString('hex') }],
          ...(options.uploadHost === 'UploadHost' ? { UploadHosts: null } : { UploadHosts: hosts }),
          ...(options.uploadHost === 'UploadHosts' ? {} : { UploadHost: host }),
          SessionKey: entry.sessionKey,
        },
      },
    }
  }

  function upload(call: FakeCall): unknown {
    const entry = store.get(decodeURIComponent(call.target.slice('/upload/v1/'.length)))
    if (!entry) return { code: 4404, message: wrong('an upload to a place that Apply did not give') }
    if (call.headers.authorization !== entry.auth)
      return { code: 4403, message: echo(wrong('the upload has another Auth')) }
    if (call.headers.cookie) wrong('the upload carries the cookie')
    if (Number.parseInt(call.headers['content-crc32'] ?? '', 16) !== crc32(call.body)) {
      return { code: 4400, message: wrong('Content-CRC32 does not match the bytes') }
    }
    entry.bytes = call.body
    return { code: 2000, message: 'Success', data: { crc32: call.headers['content-crc32'] } }
  }

  function commit(call: FakeCall): unknown {
    const { SessionKey: sessionKey } = JSON.parse(Buffer.from(call.body).toString()) as { SessionKey?: string }
    const found = [...store].find(([, entry]) => entry.sessionKey === sessionKey)
    if (!found) return imagexError(30406, wrong('Commit with a SessionKey that Apply did not give'))
    const [uri, entry] = found
    if (!entry.bytes) return imagexError(30406, wrong('Commit before the upload'))
    entry.committed = true
    const status = options.uriStatus ?? 2000
    const results = [{ Uri: uri, UriStatus: number(status) }]
    const plugin = [{ FileName: uri.split('/')[1], SourceUri: uri, ImageUri: uri, ImageSize: entry.bytes.length }]
    return {
      ResponseMetadata: metadata('CommitImageUpload'),
      Result: {
        ...(options.commit === 'PluginResult' ? {} : { Results: results }),
        ...(options.commit === 'Results' ? {} : { PluginResult: plugin }),
      },
    }
  }

  function generate(call: FakeCall): unknown {
    const body = JSON.parse(Buffer.from(call.body).toString()) as Record<string, unknown>
    const imageUri = draftImage(body)
    if (imageUri === null) {
      wrong('the draft could not be read')
      return envelope(null, '1002', 'common error')
    }
    if (!store.get(imageUri)?.committed) {
      wrong('the draft names an image that was not uploaded')
      return envelope(null, '1001', 'invalid params')
    }
    charged++
    historyCount++
    const submitId = String(body.submit_id)
    const historyId = String(7_897_104_935_000 + historyCount)
    const task: FakeTask = { historyId, submitId, imageUri, polls: 0, result: null }
    tasks.set(submitId, task)
    tasks.set(historyId, task)
    const record = {
      generate_type: 0,
      history_record_id: historyId,
      origin_history_record_id: null,
      created_time: nowMs() / 1000,
      item_list: [],
      origin_item_list: [],
      task: {
        task_id: historyId,
        submit_id: submitId,
        aid: 0,
        status: number(20),
        finish_time: 0,
        history_id: historyId,
      },
      status: number(20),
      submit_id: submitId,
    }
    return envelope(options.record === 'direct' ? record : { aigc_data: record })
  }

  async function query(call: FakeCall): Promise<unknown> {
    const body = JSON.parse(Buffer.from(call.body).toString()) as Record<string, string[] | undefined>
    const ids = [...(body.history_ids ?? []), ...(body.submit_ids ?? [])]
    if (ids.length === 0) return envelope(null, '1000', wrong('a query without ids'))
    const data: Record<string, unknown> = {}
    for (const id of ids) {
      const task = tasks.get(id)
      if (task) data[id] = await record(task)
    }
    // As seen: an answer that knows nothing may have no map at all.
    return envelope(Object.keys(data).length > 0 ? data : null)
  }

  async function record(task: FakeTask): Promise<unknown> {
    const statuses = options.statuses ?? [20, 42, 45]
    const poll = task.polls++
    const waiting = statuses[poll]
    const status = waiting ?? options.finalStatus ?? 50
    const over = waiting === undefined
    const failed = over && status !== 50 && !(status === 10 && options.failure === undefined)
    const show = over && !failed && poll >= statuses.length + (options.emptyFinalPolls ?? 0)
    return {
      ...(options.statusIn === 'task' ? {} : { status: number(status) }),
      task: { task_id: task.historyId, submit_id: task.submitId, status: number(status), history_id: task.historyId },
      history_record_id: task.historyId,
      submit_id: task.submitId,
      item_list: show ? [await item(task)] : [],
      queue_info: {
        queue_idx: options.queue?.[poll] ?? 0,
        priority: 3,
        queue_status: 2,
        queue_length: options.queue?.[0] ?? 0,
        polling_config: options.polling ?? { interval_seconds: 30, timeout_seconds: 86_400 },
      },
      forecast_generate_cost: 23,
      ...(failed
        ? {
            fail_code: options.failure?.code === undefined ? '' : number(options.failure.code),
            fail_msg: echo(options.failure?.message ?? 'generate failed'),
            fail_starling_key: options.failure?.key ?? '',
          }
        : {}),
    }
  }

  async function item(task: FakeTask): Promise<unknown> {
    task.result ??= await resultOf(task)
    const signature = secret(24)
    results.set(signature, { task, expired: expiredLeft-- > 0 })
    const url = `${origin}/result/${task.historyId}.png?lk3s=7c3bb0db&x-expires=${seconds() + 3600}&x-signature=${signature}&format=.png`
    const image_url = options.escapedUrls ? url.replaceAll('&', '\\u0026') : url
    return {
      common_attr: { id: task.historyId, effect_type: 9, status: 144, cover_url: `${origin}/cover` },
      author: null,
      image: {
        format: 'png',
        large_images: [{ image_uri: `tos-cn-i-${serviceId}/out`, image_url, width: 0, height: 0, format: 'png' }],
      },
    }
  }

  async function resultOf(task: FakeTask): Promise<Uint8Array> {
    const input = store.get(task.imageUri)!.bytes!
    if (options.result === 'jpeg') return JPEG
    if (options.result !== 'opaque') return (options.cutout ?? thresholdCutout)(input)
    const { width, height } = decodePng(input)
    return encodePng({ width, height, channels: 3, data: new Uint8Array(width * height * 3) })
  }

  function credit(): unknown {
    const { vip, gift, purchase } = options.balance ?? { vip: 0, gift: 60, purchase: 5 }
    const payload = {
      credit: { vip_credit: vip, gift_credit: number(gift), purchase_credit: purchase },
      expiring_credits: [],
    }
    const where = options.credit ?? 'response'
    return {
      ret: number(0),
      errmsg: 'success',
      svr_time: seconds(),
      log_id: randomUUID(),
      ...(where === 'data' ? {} : { response: JSON.stringify(payload), sign: 'c2lnbg==' }),
      ...(where === 'response' ? {} : { data: payload }),
    }
  }

  function download(call: FakeCall, response: ServerResponse): void {
    const signature = new URLSearchParams(call.target.split('?')[1]).get('x-signature') ?? ''
    const found = results.get(signature)
    if (call.headers.cookie) wrong('the download carries the cookie')
    if (!found || found.expired) response.writeHead(403).end('expired')
    else response.writeHead(200, { 'content-type': 'image/png' }).end(found.task.result)
  }

  async function answer(call: FakeCall, path: string): Promise<unknown> {
    if (call.step === 'apply' || call.step === 'commit') {
      return imagexProblem(call) ?? (call.step === 'apply' ? apply() : commit(call))
    }
    if (call.step === 'upload') return upload(call)
    const problem = apiProblem(call, path)
    if (problem) return problem
    if (call.step === 'token') return token()
    if (call.step === 'generate') return generate(call)
    return call.step === 'query' ? query(call) : credit()
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '/'
    const method = request.method ?? 'GET'
    const step = stepOf(method, target)
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    const call: FakeCall = { step, method, target, headers, body: new Uint8Array(Buffer.concat(parts)) }
    calls.push(call)
    for (const waiter of waiters.filter((one) => one.step === step)) {
      waiters.splice(waiters.indexOf(waiter), 1)
      waiter.resolve()
    }
    if (step === null) return void response.writeHead(404).end(wrong(`${method} ${target.split('?')[0]} is unknown`))
    const fault = faults.get(step)?.shift()
    if (fault?.type === 'drop') return void request.socket.destroy()
    if (fault?.type === 'hang') return
    if (fault?.type === 'http')
      return void response.writeHead(fault.status, fault.headers ?? {}).end(withEcho(echo(fault.body ?? ''), call))
    if (fault?.type === 'ret')
      return send(response, envelope(fault.data ?? null, fault.ret, fault.errmsg ?? 'refused'), call)
    if (fault?.type === 'imagex') return send(response, imagexError(fault.codeN, fault.message ?? 'refused'), call)
    if (step === 'download' && fault?.type !== 'lose') return download(call, response)
    const value = step === 'download' ? null : await answer(call, target.split('?')[0] ?? '')
    if (fault?.type === 'lose') return void request.socket.destroy()
    send(response, value, call)
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      wrong(`the fake failed: ${String(error)}`)
      response.destroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  return {
    origin,
    sessionId,
    calls,
    violations,
    secrets,
    get charged() {
      return charged
    },
    get submitIds() {
      return [...new Set([...tasks.values()].map((task) => task.submitId))]
    },
    fail(step, ...list) {
      faults.set(step, [...(faults.get(step) ?? []), ...list])
    },
    steps: () => calls.map((call) => call.step).filter((step, i, all) => step !== all[i - 1]) as FakeStep[],
    next: (step) => new Promise((resolve) => waiters.push({ step, resolve })),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Stands in an error text for what the request carried. */
const ECHO = '{the request}'

function withEcho(text: string, { headers, body, target }: FakeCall): string {
  const { cookie, authorization } = headers
  const carried = [cookie, headers['x-amz-security-token'], authorization, Buffer.from(body).toString('latin1'), target]
  const quoted = JSON.stringify(carried.filter((part) => part !== undefined).join(' ')).slice(1, -1)
  return text.replaceAll(ECHO, () => quoted)
}

function send(response: ServerResponse, value: unknown, call: FakeCall): void {
  response
    .writeHead(200, { 'content-type': 'application/json; charset=utf-8' })
    .end(withEcho(JSON.stringify(value), call))
}

const API_STEPS: Readonly<Record<string, FakeStep>> = {
  '/mweb/v1/get_upload_token': 'token',
  '/mweb/v1/aigc_draft/generate': 'generate',
  '/mweb/v1/get_history_by_ids': 'query',
  '/commerce/v1/benefits/user_credit': 'credit',
}

function stepOf(method: string, target: string): FakeStep | null {
  const [path = '', query = ''] = target.split('?')
  if (method === 'POST' && Object.hasOwn(API_STEPS, path)) return API_STEPS[path]!
  if (method === 'POST' && path.startsWith('/upload/v1/')) return 'upload'
  if (method === 'GET' && path.startsWith('/result/')) return 'download'
  const action = path === '/' ? new URLSearchParams(query).get('Action') : null
  if (method === 'GET' && action === 'ApplyImageUpload') return 'apply'
  return method === 'POST' && action === 'CommitImageUpload' ? 'commit' : null
}

/** The image of a cutout request, null where anything about it is not as recorded. */
function draftImage(body: Record<string, unknown>): string | null {
  const { draft_content: content, submit_id: submitId } = body
  if (typeof content !== 'string' || typeof submitId !== 'string') return null
  type Node = Record<string, unknown>
  const draft = JSON.parse(content) as Node
  const [component] = (draft.component_list ?? []) as Node[]
  const cutout = (component?.abilities as Node | undefined)?.cutout as Node | undefined
  const image = cutout?.init_image as Node | undefined
  const fits =
    draft.type === 'draft' &&
    draft.min_version === '3.3.8' &&
    draft.main_component_id === component?.id &&
    component?.type === 'image_base_component' &&
    component.aigc_mode === 'workbench' &&
    component.generate_type === 'cutout' &&
    image?.type === 'image' &&
    image.uri === image.image_uri
  return fits && typeof image.image_uri === 'string' ? image.image_uri : null
}
