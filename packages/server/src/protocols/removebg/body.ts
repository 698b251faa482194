// A request's fields and pictures, whichever of the three body types they came in. Large texts wait on the disk
// until there is memory for them: base64 costs several times its bytes while it is taken apart.

import type { KoutuError } from '@koutu/core'
import type { AppDeps } from '../../app-deps.ts'
import { badRequest } from '../../http/problem.ts'
import type { AppContext } from '../../http/route.ts'
import { decodeBase64, inPieces } from '../../intake/base64.ts'
import { boundedBody, checkAnnounced } from '../../intake/body.ts'
import { bodyOf } from '../../intake/body-reader.ts'
import type { Intake } from '../../intake/create-intake.ts'
import type { UploadedPicture } from '../../intake/image.ts'
import { checkForm, checkJson } from '../../intake/json-limits.ts'
import { readMultipart } from '../../intake/multipart.ts'
import { withText } from '../../intake/read-text.ts'
import { refusal } from './errors.ts'

export interface RemovebgRequest {
  /** Every field that is not empty, without white space around it. */
  readonly texts: Readonly<Record<string, string>>
  readonly imageFile: UploadedPicture | null
  readonly imageBase64: UploadedPicture | null
  readonly backgroundFile: UploadedPicture | null
}

interface Gathered {
  readonly texts: Record<string, string>
  imageFile: UploadedPicture | null
  imageBase64: UploadedPicture | null
  backgroundFile: UploadedPicture | null
}

const IMAGE_FILE = 'image_file'
const IMAGE_BASE64 = 'image_file_b64'
const BACKGROUND_FILE = 'bg_image_file'
const FILE_NAMES = [IMAGE_FILE, IMAGE_BASE64, BACKGROUND_FILE]
/** Fields beside the picture. */
const REST_BYTES = 2 ** 16
/** Four letters for three bytes, line breaks between them, `+` and `/` percent-encoded in a form: 1.5 in practice. */
const BASE64_FACTOR = 2

function maxTextBytes(maxPictureBytes: number): number {
  return maxPictureBytes * BASE64_FACTOR + REST_BYTES
}

/** Errors: REQUEST_*, IMAGE_*, STORAGE_*, those of this protocol. */
export async function readRemovebg(c: AppContext, intake: Intake, deps: AppDeps): Promise<RemovebgRequest> {
  const request = c.req.raw
  const type = request.headers.get('content-type') ?? ''
  const kind = type.split(';')[0]!.trim().toLowerCase()
  const { settings } = deps
  const { maxBytes } = settings.limits
  const isForm = kind === 'multipart/form-data'
  const maxTotal = isForm ? maxBytes * 3 + 2 ** 20 : maxTextBytes(maxBytes)
  checkAnnounced(request.headers, maxTotal)
  const gathered: Gathered = { texts: c.req.query(), imageFile: null, imageBase64: null, backgroundFile: null }
  const body = boundedBody(bodyOf(c), settings.bodyTimes, maxTotal)
  try {
    if (isForm) await fromMultipart(body, type, gathered, intake)
    else if (kind === 'application/json' || kind === 'application/x-www-form-urlencoded') {
      const fieldsOf = kind === 'application/json' ? jsonFields : formFields
      await withText({ body, request }, maxTotal, deps, (bytes) => fromFields(fieldsOf(bytes), gathered, intake))
    }
    const trimmed = Object.entries(gathered.texts).map(([name, value]) => [name, value.trim()] as const)
    // Clients send their unset fields along, empty.
    const texts = Object.fromEntries(trimmed.filter(([, value]) => value !== ''))
    return { ...gathered, texts }
  } finally {
    await body.return()
  }
}

async function fromMultipart(
  body: AsyncIterable<Uint8Array>,
  type: string,
  gathered: Gathered,
  intake: Intake,
): Promise<void> {
  const put = (place: 'imageFile' | 'imageBase64' | 'backgroundFile', picture: UploadedPicture | null): void => {
    if (picture && gathered[place])
      throw refusal(place === 'backgroundFile' ? 'multiple_bg_sources' : 'multiple_sources')
    gathered[place] ??= picture
  }
  await readMultipart(
    body,
    type,
    {
      async onFile({ name, fileName, content }) {
        if (name === IMAGE_FILE) put('imageFile', await intake.take(content, fileName))
        else if (name === BACKGROUND_FILE) put('backgroundFile', await intake.take(content, null))
        else if (name === IMAGE_BASE64)
          put(
            'imageBase64',
            await intake.take(
              decodeBase64(content, () => noBase64(name)),
              null,
            ),
          )
        else {
          // Of an unknown field nothing is kept, but it has to pass.
          for await (const _ of content);
        }
      },
      onField(name, value) {
        if (typeof name === 'string') gathered.texts[name] = value
      },
    },
    { maxFiles: 8, fileNames: FILE_NAMES },
  )
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw badRequest('expected a body in UTF-8')
  }
}

function jsonFields(bytes: Uint8Array): [string, string][] {
  checkJson(bytes, IMAGE_BASE64)
  const value = parsed(decode(bytes))
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest('expected a JSON object')
  return Object.entries(value).flatMap(([name, field]) =>
    ['string', 'number', 'boolean'].includes(typeof field) ? [[name, String(field)]] : [],
  )
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badRequest('the body is not JSON')
  }
}

function formFields(bytes: Uint8Array): [string, string][] {
  checkForm(bytes)
  return [...new URLSearchParams(decode(bytes))].map(([name, value]) => [
    name,
    // Who forgot to encode a plus sign has sent a space.
    name === IMAGE_BASE64 ? value.replaceAll(' ', '+') : value,
  ])
}

async function fromFields(fields: readonly [string, string][], gathered: Gathered, intake: Intake): Promise<void> {
  for (const [name, value] of fields) {
    if (!FILE_NAMES.includes(name)) gathered.texts[name] = value
    else if (value.trim() === '') continue
    else if (name === IMAGE_BASE64) {
      gathered.imageBase64 = await intake.take(
        decodeBase64(inPieces(value), () => noBase64(IMAGE_BASE64)),
        null,
      )
    } else throw refusal('failed_to_read_image', `${name}: expected a file of a form of type multipart/form-data`)
  }
}

function noBase64(field: string): KoutuError {
  return refusal('failed_to_read_image', `${field}: expected base64`)
}
