// Requests made to harm, each as a function that sends it and resolves with the answers, counted. What they are made of is
// made when they are sent, so that no more than one is in memory.

import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { crc32, deflateSync } from 'node:zlib'
import { encodePng } from '../../testing/src/dreamina-fake/png.ts'
import { HOSTILE_FILES, swellingFiles } from '../../testing/src/server/hostile-files.ts'

export interface Attack {
  readonly name: string
  /** Answers by status and code. */
  send(url: string): Promise<Record<string, number>>
}

type Headers = Readonly<Record<string, string>>

interface Sent {
  readonly path?: string
  readonly headers?: Headers
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
}

const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY })
const PNG = { 'content-type': 'image/png' }
const JSON_TYPE = { 'content-type': 'application/json' }
const FORM = { 'content-type': 'multipart/form-data; boundary=b' }
const URLENCODED = { 'content-type': 'application/x-www-form-urlencoded' }
const MB = 1e6

function answerOf(sent: ClientRequest): Promise<string> {
  return new Promise((resolve) => {
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'))
    sent.on('response', (response: IncomingMessage) => {
      let head = ''
      response.on('data', (piece: Buffer) => {
        if (head.length < 10_000) head += piece.toString('latin1')
      })
      const end = (): void => resolve(`${response.statusCode} ${/"code":"(\w+)"/.exec(head)?.[1] ?? ''}`.trim())
      response.on('end', end).on('error', end)
    })
  })
}

async function post(url: string, { path = '/v1/cutouts', headers = PNG, body }: Sent): Promise<string> {
  const isWhole = body instanceof Uint8Array
  const length = isWhole ? { 'content-length': String(body.length) } : {}
  const sent = request(`${url}${path}`, { method: 'POST', agent, headers: { ...headers, ...length } })
  const answer = answerOf(sent)
  let isAnswered = false
  void answer.then(() => {
    isAnswered = true
  })
  if (isWhole) sent.end(body)
  else {
    for await (const piece of body) {
      if (isAnswered) break
      if (!sent.write(piece)) await Promise.race([new Promise((resolve) => sent.once('drain', resolve)), answer])
    }
    sent.end()
  }
  return answer
}

async function tally(answers: readonly Promise<string>[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const answer of await Promise.all(answers)) counts[answer] = (counts[answer] ?? 0) + 1
  return counts
}

function attack(name: string, sent: () => Sent, times = 1): Attack {
  return {
    name,
    send(url) {
      const one = sent()
      return tally(Array.from({ length: times }, () => post(url, one)))
    },
  }
}

const be = (value: number, bytes: number): number[] =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) % 256)
const joined = (...parts: readonly (string | readonly number[] | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))))
const fill = (bytes: number, unit: string | Uint8Array): Uint8Array => Buffer.alloc(bytes, unit, 'latin1')

const app1 = joined([0xff, 0xe1], be(14, 2), 'Exif\0\0MM\0*\0\0')
const heifBox = (type: string, ...parts: readonly (string | readonly number[] | Uint8Array)[]): Uint8Array => {
  const body = joined(...parts)
  return joined(be(body.length + 8, 4), type, body)
}
const heifTrack = heifBox('trak', heifBox('mdia', heifBox('minf', fill(60 * 8, heifBox('stbl')))))
const HEIF_START = joined(
  heifBox('ftyp', 'avif', be(0, 4), 'mif1'),
  heifBox('meta', be(0, 4), heifBox('pitm', be(0, 4), be(1, 2))),
)
const webpJunk = joined('EXIF', [10, 0, 0, 0], 'Exif\0\0MM\0*')
const WEBP_START = joined('RIFF', [0, 0, 0, 3], 'WEBPVP8X', [10, 0, 0, 0], [0, 0, 0, 0, 2, 0, 0, 1, 0, 0])

const HEADERS: readonly Attack[] = [
  attack('JPEG of 9 MB, broken Exif segments', () => ({ body: joined([0xff, 0xd8], fill(9 * MB, app1)) })),
  attack('JPEG of 47 MB, broken Exif segments', () => ({ body: joined([0xff, 0xd8], fill(47 * MB, app1)) })),
  attack('JPEG of 50 MB of FF 01', () => ({ body: joined([0xff, 0xd8], fill(50 * MB, new Uint8Array([0xff, 1]))) })),
  attack('WebP with 200,000 broken EXIF chunks', () => ({ body: joined(WEBP_START, fill(3.6 * MB, webpJunk)) })),
  attack('AVIF with 10,000 tracks of 60 boxes', () => ({ body: joined(HEIF_START, fill(5 * MB, heifTrack)) })),
  attack('GIF of 50 MB of empty extensions', () => ({
    body: joined('GIF89a', [3, 0, 2, 0, 0, 0, 0], fill(50 * MB, new Uint8Array([0x21, 0xfe, 0]))),
  })),
]

const json = (text: string, path = '/v1/cutouts'): Sent => ({ path, headers: JSON_TYPE, body: Buffer.from(text) })
const RB = '/v1.0/removebg'
const URL_OF_IMAGE = 'http://192.0.2.1/a.png'
const options = (text: string): string => `{"url":"${URL_OF_IMAGE}",${text}}`
const many = (count: number, one: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => one(i)).join(',')

const TEXTS: readonly Attack[] = [
  attack('base64 of = and an A, JSON', () => json(`{"image":"${'='.repeat(150_000)}A"}`)),
  attack('base64 of = and an A, remove.bg', () => json(`{"image_file_b64":"${'='.repeat(150_000)}A"}`, RB)),
  attack('base64 of 15 MB of =', () => json(`{"image":"${'='.repeat(15 * MB)}"}`)),
  attack('7 million brackets', () => json('['.repeat(7 * MB))),
  attack('7 million brackets, remove.bg', () => json('['.repeat(7 * MB), RB)),
  attack('points of 15 MB of zeros', () =>
    json(options(`"keep":{"type":"strokes","unit":"px","strokes":[{"points":[[${many(3.7 * MB, () => '0,0')}]]}]}`)),
  ),
  attack('points in a field of a form', () => ({
    headers: FORM,
    body: joined('--b\r\ncontent-disposition: form-data; name="keep"\r\n\r\n', fill(15 * MB, '0,0 '), '\r\n--b--'),
  })),
  attack('a million strokes', () =>
    json(options(`"keep":{"type":"strokes","unit":"px","strokes":[${many(MB / 2, () => '{"points":[]}')}]}`)),
  ),
  attack('a color of 15 MB', () => json(options(`"background":{"type":"color","color":"${'f'.repeat(15 * MB)}"}`))),
  attack('a webhook address of 15 MB', () => json(options(`"webhookUrl":"http://a/${'f'.repeat(15 * MB)}"`))),
  attack('a URL of 15 MB', () => json(`{"url":"http://a/${'f'.repeat(15 * MB)}"}`)),
  attack('4 million keys, remove.bg', () => json(`{${many(4 * MB, (i) => `"k${i}":1`)}}`, RB)),
  attack('a form of 5 million fields, remove.bg', () => ({
    path: RB,
    headers: URLENCODED,
    body: fill(45 * MB, 'abcd=1&&'),
  })),
  attack('a form of a million parts', () => ({
    headers: FORM,
    body: fill(45 * MB, '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n\r\n'),
  })),
]

const FORMS: readonly Attack[] = [
  ...[
    ['line breaks', '\r\n'],
    ['dashes', '-'],
    ['preamble', 'x'],
    ['half boundaries', '\r\n--'],
  ].map(([name, unit]) => attack(`45 MB of ${name}`, () => ({ headers: FORM, body: fill(45 * MB, unit!) }))),
  attack('a part with filename*', () => ({
    headers: FORM,
    body: joined(
      '--b\r\ncontent-disposition: form-data; name="image"; filename*=UTF-8\'\'a.png\r\n\r\n',
      gray(4, 4),
      '\r\n--b--\r\n',
    ),
  })),
]

function gray(width: number, height: number): Uint8Array {
  return encodePng({ width, height, channels: 1, data: new Uint8Array(width * height) })
}

function pngChunk(type: string, body: Uint8Array): Uint8Array {
  const typed = joined(type, body)
  return joined(be(body.length, 4), typed, be(crc32(typed), 4))
}

/** A PNG whose rows repeat one: `rowBytes` for each, after its filter's zero. */
function pngOf(
  width: number,
  height: number,
  { depth = 8, type = 2, noise = false, extra = [] as Uint8Array[] } = {},
): Uint8Array {
  const channels = { 0: 1, 2: 3, 6: 4 }[type]!
  const rowBytes = 1 + (width * channels * depth) / 8
  const rows = Buffer.alloc(rowBytes * height)
  let state = 1
  for (let y = 0; y < height; y++) {
    for (let x = 1; x < rowBytes; x++) {
      state = (state * 1_103_515_245 + 12_345) >>> 0
      rows[y * rowBytes + x] = noise ? state >>> 24 : (x >> 6) + (y >> 6)
    }
  }
  const header = joined(be(width, 4), be(height, 4), [depth, type, 0, 0, 0])
  return joined(
    '\x89PNG\r\n\x1a\n',
    pngChunk('IHDR', header),
    ...extra,
    pngChunk('IDAT', deflateSync(rows, { level: noise ? 0 : 6 })),
    pngChunk('IEND', joined()),
  )
}

const ASYNC = { prefer: 'respond-async' }

/** What has not ended by then is canceled: it would show nothing new. */
const MAX_WORK_MS = 60_000

async function waitForJobs(url: string): Promise<void> {
  const unfinished = async (): Promise<{ readonly id: string }[]> => {
    const lists = ['queued', 'running'].map(async (state) => {
      const response = await fetch(`${url}/v1/jobs?state=${state}&limit=100`)
      return ((await response.json()) as { jobs: { id: string }[] }).jobs
    })
    return (await Promise.all(lists)).flat()
  }
  const begin = performance.now()
  for (let jobs = await unfinished(); jobs.length > 0; jobs = await unfinished()) {
    if (performance.now() - begin > MAX_WORK_MS)
      for (const { id } of jobs) await fetch(`${url}/v1/jobs/${id}`, { method: 'DELETE' })
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

/** With the jobs that come of it. */
function work(name: string, sent: () => Sent, times = 1): Attack {
  return {
    name,
    async send(url) {
      const { headers, ...rest } = sent()
      const body = { ...rest, headers: { ...(headers ?? PNG), ...ASYNC } }
      const counts = await tally(Array.from({ length: times }, () => post(url, body)))
      await waitForJobs(url)
      return counts
    },
  }
}

async function* byteByByte(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1)
}

/** Pictures of one form, and no end of it. */
async function* openBatch(picture: Uint8Array, count: number, until: Promise<void>): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    yield joined(`--b\r\ncontent-disposition: form-data; name="image"; filename="${i}.png"\r\n\r\n`, picture, '\r\n')
  }
  await until
}

const MEMORY: readonly Attack[] = [
  attack('8 MB in chunks of one byte', () => ({ body: byteByByte(joined(pngOf(1600, 1600, { noise: true }))) })),
  work('24 uploads of 45 MB at once', () => ({ body: joined(pngOf(3900, 3900, { noise: true })) }), 24),
  {
    name: '14 batches of 99 images held open',
    async send(url) {
      const picture = pngOf(550, 550, { noise: true })
      const { promise: until, resolve } = Promise.withResolvers<void>()
      setTimeout(resolve, 8_000)
      const body = () => openBatch(picture, 99, until)
      return tally(
        Array.from({ length: 14 }, () =>
          post(url, { path: '/v1/batches', headers: { ...FORM, ...ASYNC }, body: body() }),
        ),
      )
    },
  },
  work(
    '42 MB of XMP, kept',
    () => ({
      path: '/v1/cutouts?keepMetadata=true',
      body: pngOf(400, 400, { extra: [pngChunk('iTXt', joined('XML:com.adobe.xmp\0\0\0\0\0', fill(42 * MB, ' ')))] }),
    }),
    4,
  ),
  work('50 MP of 16 bits with alpha', () => ({ body: pngOf(7_000, 7_000, { depth: 16, type: 6 }) })),
  work('32 MP of 16 bits with alpha', () => ({ body: pngOf(6_500, 4_960, { depth: 16, type: 6 }) })),
  work('14 MP before a background of 43 MB', () => ({
    headers: FORM,
    body: joined(
      '--b\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n',
      pngOf(4_300, 3_300),
      '\r\n--b\r\ncontent-disposition: form-data; name="background"; filename="b.png"\r\n\r\n',
      pngOf(3_800, 3_800, { noise: true }),
      '\r\n--b--\r\n',
    ),
  })),
]

async function jobOf(url: string, body: Uint8Array): Promise<string> {
  const response = await fetch(`${url}/v1/cutouts`, {
    method: 'POST',
    body: joined(body) as Uint8Array<ArrayBuffer>,
    headers: { ...PNG, ...ASYNC },
  })
  return ((await response.json()) as { id: string }).id
}

const STREAMS: readonly Attack[] = [
  {
    name: '500 listeners on one job',
    async send(url) {
      const id = await jobOf(url, pngOf(3_000, 3_000))
      const opened = Array.from({ length: 500 }, () => request(`${url}/v1/jobs/${id}/events`, { agent }).end())
      const counts = await tally(opened.map(answerOf))
      await waitForJobs(url)
      return counts
    },
  },
  {
    name: '200 clients that never read 43 MB',
    async send(url) {
      // An image with alpha of its own stays as large as it is.
      const id = await jobOf(url, pngOf(3_250, 3_250, { type: 6, noise: true }))
      await waitForJobs(url)
      const opened = Array.from({ length: 200 }, () => request(`${url}/v1/jobs/${id}/result`, { agent }).end())
      for (const one of opened) one.on('response', (response) => response.pause()).on('error', () => {})
      await new Promise((resolve) => setTimeout(resolve, 15_000))
      for (const one of opened) one.destroy()
      return { stalled: opened.length }
    },
  },
]

export const ATTACKS: readonly Attack[] = [
  ...[...HOSTILE_FILES, ...swellingFiles()].map(({ name, bytes }) => work(name, () => ({ body: bytes }))),
  ...HEADERS,
  ...TEXTS,
  ...FORMS,
  ...MEMORY,
  ...STREAMS,
]
