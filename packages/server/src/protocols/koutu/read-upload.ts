// One request's images and fields, whichever way they came: multipart, raw bytes, or JSON with URLs or base64.
// Images are spooled and inspected; nothing is in the store yet.

import { excerpt, isKoutuError, KoutuError } from '@koutu/core'
import type { AppDeps } from '../../app-deps.ts'
import { badRequest } from '../../http/problem.ts'
import type { AppContext } from '../../http/route.ts'
import { decodeBase64, inPieces } from '../../intake/base64.ts'
import { boundedBody, checkAnnounced } from '../../intake/body.ts'
import { bodyOf } from '../../intake/body-reader.ts'
import { createIntake, type Intake } from '../../intake/create-intake.ts'
import type { UploadedPicture } from '../../intake/image.ts'
import { readMultipart } from '../../intake/multipart.ts'
import { withJson } from '../../intake/read-text.ts'

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

export interface UploadLimits {
  readonly maxPictures: number
  /** For the whole request: several pictures together. */
  readonly maxTotalBytes: number
}

/** The parts of a form that are pictures. */
const IMAGES: ReadonlySet<string> = new Set(['image', 'file', 'image_file'])
const BACKGROUND = 'background'

/** Errors: REQUEST_*, IMAGE_*, URL_REFUSED, FETCH_*, STORAGE_*. */
export async function readUpload(c: AppContext, deps: AppDeps, limits: UploadLimits): Promise<Upload> {
  const request = c.req.raw
  const { maxPictures, maxTotalBytes } = limits
  const type = request.headers.get('content-type') ?? ''
  const kind = type.split(';')[0]!.trim().toLowerCase()
  checkAnnounced(request.headers, maxTotalBytes)
  const intake = createIntake(deps, request)
  const parts = new UploadParts(intake, maxPictures)
  const body = boundedBody(bodyOf(c), deps.settings.bodyTimes, maxTotalBytes)
  try {
    if (kind === 'multipart/form-data') await fromForm(body, type, parts)
    else if (kind === 'application/json')
      await withJson({ body, request }, 'image', deps, (value) => fromJson(value, parts))
    else if (kind.startsWith('image/') || kind === 'application/octet-stream') await parts.add(body, null)
    else if (UNTYPED.has(kind)) await fromUntyped(body, kind, parts)
    else throw unsupportedType(kind)
    return parts.finish()
  } catch (error) {
    await intake[Symbol.asyncDispose]()
    throw error
  } finally {
    await body.return()
  }
}

/** What clients send with bytes of which they know no type: none, or curl's default. */
const UNTYPED: ReadonlySet<string> = new Set(['', 'application/x-www-form-urlencoded'])

async function fromUntyped(body: AsyncIterable<Uint8Array>, kind: string, parts: UploadParts): Promise<void> {
  try {
    await parts.add(body, null)
  } catch (error) {
    const isForm = isKoutuError(error) && ['text', 'empty'].includes(String(error.data.type))
    throw isForm ? unsupportedType(kind) : error
  }
}

function unsupportedType(kind: string): KoutuError {
  return new KoutuError('REQUEST_TYPE_UNSUPPORTED', {
    detail: `expected multipart/form-data, application/json, image/* or application/octet-stream but received ${
      kind === '' ? 'no Content-Type' : shown(kind)
    }`,
  })
}

/** What has come of the request so far. */
class UploadParts {
  readonly maxPictures: number
  readonly texts: Record<string, string> = {}
  json: Readonly<Record<string, unknown>> = {}
  readonly #intake: Intake
  readonly #pictures: UploadedPicture[] = []
  #count = 0
  #hasBackground = false
  #background: UploadedPicture | null = null

  constructor(intake: Intake, maxPictures: number) {
    this.#intake = intake
    this.maxPictures = maxPictures
  }

  add(content: AsyncIterable<Uint8Array>, fileName: string | null): Promise<void> {
    return this.#place(() => this.#intake.add(content, fileName))
  }

  addUrl(url: string, fileName: string | null = null): Promise<void> {
    if (url.startsWith('data:')) return this.add(decodeBase64(inPieces(url), noBase64('url')), fileName)
    return this.#place(() => this.#intake.fetch(url, fileName ?? fileNameOf(url)))
  }

  async addBackground(content: AsyncIterable<Uint8Array>): Promise<void> {
    if (this.#hasBackground) throw badRequest('expected one background')
    this.#hasBackground = true
    this.#background = await this.#intake.add(content, null)
  }

  finish(): Upload {
    const { texts, json } = this
    const [intake, pictures] = [this.#intake, this.#pictures]
    const text = Object.keys(texts).find((name) => IMAGES.has(name))
    if (pictures.length === 0 && text !== undefined)
      throw badRequest(
        `expected a file in the part ${shown(text)} but received text; curl -F '${text}=@photo.jpg' sends one`,
      )
    if (pictures.length === 0) throw badRequest('expected an image: a part "image", a url, or the bytes as the body')
    return {
      pictures,
      background: this.#background,
      texts,
      json,
      fetch: (url) => intake.fetch(url),
      [Symbol.asyncDispose]: () => intake[Symbol.asyncDispose](),
    }
  }

  /** Small parts of a form are taken side by side: each keeps its place. */
  async #place(take: () => Promise<UploadedPicture>): Promise<void> {
    const place = this.#count++
    if (place >= this.maxPictures) throw tooMany(this.maxPictures)
    this.#pictures[place] = await take()
  }
}

async function fromForm(body: AsyncIterable<Uint8Array>, contentType: string, parts: UploadParts): Promise<void> {
  const urls: string[] = []
  const unknown: string[] = []
  let images = 0
  const { texts } = parts
  await readMultipart(
    body,
    contentType,
    {
      async onFile({ name, fileName, content }) {
        if (name === BACKGROUND) return parts.addBackground(content)
        if (!IMAGES.has(name)) unknown.push(name)
        images++
        // A part of another name can only be the image when it is the only one.
        if (unknown.length > 0 && images > 1) {
          throw badRequest(`expected files in the parts "image" and "background" but received ${shown(unknown[0])}`)
        }
        await parts.add(content, fileName)
      },
      onField(name, value) {
        if (typeof name !== 'string' || name === '') throw badRequest('expected a name for each part')
        if (name === 'url') urls.push(value)
        else if (Object.hasOwn(texts, name)) throw badRequest(`expected the field ${shown(name)} once`)
        else texts[name] = value
      },
    },
    { maxFiles: parts.maxPictures + 1 },
  )
  for (const url of urls) await parts.addUrl(url)
}

async function fromJson(value: unknown, parts: UploadParts): Promise<void> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest('expected a JSON object')
  const { url, image, fileName, images, ...rest } = value as Record<string, unknown>
  const one = { url, image, fileName }
  const list = images === undefined ? [one] : images
  if (!Array.isArray(list)) throw badRequest('images: expected a list')
  if (images !== undefined && Object.values(one).some((field) => field !== undefined)) {
    throw badRequest('expected either images, or url or image')
  }
  if (list.length > parts.maxPictures) throw tooMany(parts.maxPictures)
  parts.json = rest
  for (const [i, entry] of list.entries()) {
    await addJsonPicture(entry, images === undefined ? '' : `images.${i}.`, parts)
  }
}

async function addJsonPicture(entry: unknown, path: string, parts: UploadParts): Promise<void> {
  const { url, image, fileName = null, ...unknown } = (entry ?? {}) as Record<string, unknown>
  const extra = Object.keys(unknown)[0]
  if (extra !== undefined) throw badRequest(`${path}${shown(extra).slice(1, -1)}: no such field`)
  if (fileName !== null && typeof fileName !== 'string') throw badRequest(`${path}fileName: expected text`)
  if ((url === undefined) === (image === undefined))
    throw badRequest(`${path || 'the body: '}expected either url or image`)
  const refuse = noBase64(`${path}image`)
  if (image === '') throw refuse()
  if (typeof url === 'string') await parts.addUrl(url, fileName)
  else if (typeof image === 'string') await parts.add(decodeBase64(inPieces(image), refuse), fileName)
  else throw badRequest(`${path}${url === undefined ? 'image' : 'url'}: expected text`)
}

function noBase64(path: string): () => KoutuError {
  return () => badRequest(`${path}: expected base64`)
}

function tooMany(maxPictures: number): KoutuError {
  return badRequest(
    maxPictures === 1 ? 'expected one image; /v1/batches takes several' : `expected at most ${maxPictures} images`,
  )
}

/** The last part of a path: queries and credentials stay out. */
function fileNameOf(url: string): string | null {
  return URL.parse(url)?.pathname.split('/').at(-1) || null
}

function shown(name: unknown): string {
  return JSON.stringify(excerpt(String(name)))
}
