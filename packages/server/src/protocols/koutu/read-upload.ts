// One request's pictures and fields, whichever way they came: multipart, raw bytes, or JSON with addresses or base64.
// Pictures are spooled and looked at; nothing is in the store yet.

import { excerpt, KoutuError, type Limits } from '@koutu/core'
import { badRequest } from '../../http/problem.ts'
import { decodeBase64, inPieces } from '../../intake/base64.ts'
import {
  type BodyTimes,
  boundedBody,
  checkAnnounced,
  jsonChunks,
  MAX_MEMORY_WAIT_MS,
  parseJson,
  TEXT_COPIES,
} from '../../intake/body.ts'
import { HEAD_BYTES, inspectUpload, refuseByHead, type UploadedPicture } from '../../intake/image.ts'
import { readMultipart } from '../../intake/multipart.ts'
import { type Spooled, spool, wholeOf } from '../../intake/spool.ts'
import type { MemoryBudget } from '../../limits/memory-budget.ts'
import type { Fetcher } from '../../ports/ports.ts'

export interface Upload extends AsyncDisposable {
  readonly pictures: readonly UploadedPicture[]
  readonly background: UploadedPicture | null
  /** Text forms from a form; empty for other bodies. */
  readonly texts: Readonly<Record<string, string>>
  /** Values from JSON, without the pictures; empty for other bodies. */
  readonly json: Readonly<Record<string, unknown>>
  /** A picture that an option names by its address. Goes with the upload. */
  fetch(url: string): Promise<UploadedPicture>
}

export interface UploadSettings {
  readonly limits: Limits
  readonly maxJsonBytes: number
  readonly maxPictures: number
  /** For the whole request: several pictures together. */
  readonly maxTotalBytes: number
  readonly spoolFolder: string
  readonly times: BodyTimes
  readonly fetchTimeoutMs: number
  readonly fetcher: Fetcher
  readonly memory: MemoryBudget
}

/** The parts of a form that are pictures. */
const IMAGES: ReadonlySet<string> = new Set(['image', 'file', 'image_file'])
const BACKGROUND = 'background'

/** Errors: REQUEST_*, IMAGE_*, URL_REFUSED, FETCH_*, STORAGE_*. */
export async function readUpload(request: Request, settings: UploadSettings): Promise<Upload> {
  const type = request.headers.get('content-type') ?? ''
  const kind = type.split(';')[0]!.trim().toLowerCase()
  checkAnnounced(request.headers, settings.maxTotalBytes)
  const gathered = createGathering(settings, request.signal)
  const body = boundedBody(request.body, settings.times, settings.maxTotalBytes)
  try {
    if (kind === 'multipart/form-data') await fromForm(body, type, gathered, settings)
    else if (kind === 'application/json') await fromJson(body, gathered, settings, request.signal)
    else if (kind.startsWith('image/') || kind === 'application/octet-stream') await gathered.add(body, null)
    else throw unsupportedType(kind)
    return gathered.finish()
  } catch (error) {
    await gathered.discard()
    throw error
  } finally {
    await body.return()
  }
}

function unsupportedType(kind: string): KoutuError {
  return new KoutuError('REQUEST_TYPE_UNSUPPORTED', {
    detail: `expected multipart/form-data, application/json, image/* or application/octet-stream but received ${
      kind === '' ? 'no Content-Type' : shown(kind)
    }`,
  })
}

interface Gathering {
  add(content: AsyncIterable<Uint8Array>, fileName: string | null): Promise<void>
  addBackground(content: AsyncIterable<Uint8Array>): Promise<void>
  fetch(url: string): AsyncIterable<Uint8Array>
  readonly texts: Record<string, string>
  json: Readonly<Record<string, unknown>>
  discard(): Promise<void>
  finish(): Upload
}

function createGathering(settings: UploadSettings, signal: AbortSignal): Gathering {
  const { limits, spoolFolder: folder, maxPictures, fetcher, fetchTimeoutMs, memory } = settings
  const pictures: UploadedPicture[] = []
  let count = 0
  let hasBackground = false
  let background: UploadedPicture | null = null
  const all: Spooled[] = []
  const take = async (content: AsyncIterable<Uint8Array>, fileName: string | null): Promise<UploadedPicture> => {
    const upload = await spool(content, {
      folder,
      maxBytes: limits.maxBytes,
      onHead: refuseByHead(limits),
      headBytes: HEAD_BYTES,
      memory,
    })
    all.push(upload)
    return { upload, header: inspectUpload(upload, limits), fileName }
  }
  const discard = async (): Promise<void> => {
    await Promise.all(all.map((upload) => upload[Symbol.asyncDispose]()))
  }
  return {
    texts: {},
    json: {},
    async add(content, fileName) {
      // Small parts of a form are taken side by side: each keeps its place.
      const place = count++
      if (place >= maxPictures) throw badRequest(`expected at most ${maxPictures} images`)
      pictures[place] = await take(content, fileName)
    },
    async addBackground(content) {
      if (hasBackground) throw badRequest('expected one background')
      hasBackground = true
      background = await take(content, null)
    },
    fetch: (url) => fetcher.get(url, { maxBytes: limits.maxBytes, timeoutMs: fetchTimeoutMs, signal }),
    discard,
    finish() {
      if (pictures.length === 0) throw badRequest('expected an image: a part "image", a url, or the bytes as the body')
      const { texts, json } = this
      const fetch = (url: string): Promise<UploadedPicture> => take(this.fetch(url), null)
      return { pictures, background, texts, json, fetch, [Symbol.asyncDispose]: discard }
    },
  }
}

async function fromForm(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  gathered: Gathering,
  { maxPictures }: UploadSettings,
): Promise<void> {
  const urls: string[] = []
  const unknown: string[] = []
  let images = 0
  const { texts } = gathered
  await readMultipart(
    body,
    contentType,
    {
      async onFile({ name, fileName, content }) {
        if (name === BACKGROUND) return gathered.addBackground(content)
        if (!IMAGES.has(name)) unknown.push(name)
        images++
        // A part of another name can only be the image when it is the only one.
        if (unknown.length > 0 && images > 1) {
          throw badRequest(`expected files in the parts "image" and "background" but received ${shown(unknown[0])}`)
        }
        await gathered.add(content, fileName)
      },
      onField(name, value) {
        if (typeof name !== 'string' || name === '') throw badRequest('expected a name for each part')
        if (name === 'url') urls.push(value)
        else if (Object.hasOwn(texts, name)) throw badRequest(`expected the field ${shown(name)} once`)
        else texts[name] = value
      },
    },
    { maxFiles: maxPictures + 1 },
  )
  for (const url of urls) await gathered.add(gathered.fetch(url), fileNameOf(url))
}

async function fromJson(
  body: AsyncIterable<Uint8Array>,
  gathered: Gathering,
  { maxJsonBytes, maxPictures, spoolFolder: folder, memory }: UploadSettings,
  signal: AbortSignal,
): Promise<void> {
  const chunks = jsonChunks(body, maxJsonBytes)
  await using text = await spool(chunks, { folder, maxBytes: maxJsonBytes, onHead: () => {}, headBytes: 1, memory })
  const release = await memory.acquire(text.bytes * TEXT_COPIES, { signal, maxWaitMs: MAX_MEMORY_WAIT_MS })
  try {
    await fromJsonValue(parseJson(await wholeOf(text)), gathered, maxPictures)
  } finally {
    release()
  }
}

async function fromJsonValue(value: unknown, gathered: Gathering, maxPictures: number): Promise<void> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest('expected a JSON object')
  const { url, image, fileName, images, ...rest } = value as Record<string, unknown>
  const one = { url, image, fileName }
  const list = images === undefined ? [one] : images
  if (!Array.isArray(list)) throw badRequest('images: expected a list')
  if (images !== undefined && Object.values(one).some((field) => field !== undefined)) {
    throw badRequest('expected either images, or url or image')
  }
  if (list.length > maxPictures) throw badRequest(`expected at most ${maxPictures} images`)
  gathered.json = rest
  for (const [i, entry] of list.entries()) {
    await addJsonPicture(entry, images === undefined ? '' : `images.${i}.`, gathered)
  }
}

async function addJsonPicture(entry: unknown, path: string, gathered: Gathering): Promise<void> {
  const { url, image, fileName = null, ...unknown } = (entry ?? {}) as Record<string, unknown>
  const extra = Object.keys(unknown)[0]
  if (extra !== undefined) throw badRequest(`${path}${shown(extra).slice(1, -1)}: no such field`)
  if (fileName !== null && typeof fileName !== 'string') throw badRequest(`${path}fileName: expected text`)
  if ((url === undefined) === (image === undefined))
    throw badRequest(`${path || 'the body: '}expected either url or image`)
  const noBase64 = () => badRequest(`${path}image: expected base64`)
  if (image === '') throw noBase64()
  if (typeof url === 'string') await gathered.add(gathered.fetch(url), fileName ?? fileNameOf(url))
  else if (typeof image === 'string') await gathered.add(decodeBase64(inPieces(image), noBase64), fileName)
  else throw badRequest(`${path}${url === undefined ? 'image' : 'url'}: expected text`)
}

/** The last part of a path: queries and credentials stay out. */
function fileNameOf(url: string): string | null {
  return URL.parse(url)?.pathname.split('/').at(-1) || null
}

function shown(name: unknown): string {
  return JSON.stringify(excerpt(String(name)))
}
