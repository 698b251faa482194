// `koutu dreamina explain FILE`: every request that a cutout of these bytes would send, in order, with placeholders for secrets
// and responses. Uses the builders of the client. Sends nothing.

import { type DreaminaEndpoints, resolveConfig } from './client/config.ts'
import { createCutoutDraft } from './wire/draft.ts'
import type { RegionId } from './wire/regions.ts'
import {
  type ApiContext,
  applyUploadRequest,
  commitUploadRequest,
  downloadRequest,
  generateRequest,
  type ImagexContext,
  putRequest,
  queryRequest,
  uploadTokenRequest,
  type WireRequest,
} from './wire/requests.ts'

export interface ExplainInput {
  readonly bytes: Uint8Array
  readonly region: RegionId
  readonly endpoints?: DreaminaEndpoints
  readonly nowMs: number
  readonly uuid: () => string
}

export interface ExplainedRequest {
  readonly step: WireRequest['step']
  readonly about: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Text, or a description of the bytes. */
  readonly body: string | null
}

/** Words in place of what only a session or an answer knows. Letters and `_` only, so that URLs keep them readable. */
const PLACEHOLDER = {
  sessionId: 'YOUR_SESSIONID',
  accessKeyId: 'ACCESS_KEY_ID_OF_TOKEN',
  secretAccessKey: 'SECRET_ACCESS_KEY_OF_TOKEN',
  sessionToken: 'SESSION_TOKEN_OF_TOKEN',
  uploadHost: 'https://upload-host-of-apply',
  storeUri: 'STORE_URI_OF_APPLY',
  auth: 'AUTH_OF_APPLY',
  sessionKey: 'SESSION_KEY_OF_APPLY',
  imageUri: 'IMAGE_URI_OF_COMMIT',
  nonce: 'RANDOM_11ch',
  resultUrl: 'https://result-host-of-query/IMAGE_URL_OF_QUERY',
} as const

const ABOUT: Readonly<Record<WireRequest['step'], string>> = {
  token: 'Get temporary keys for the upload. Needs only the cookie. Free.',
  apply: 'Ask ImageX where to upload the image (AWS Signature V4 with the keys of the token).',
  upload: 'Upload the image, with its CRC-32.',
  commit: 'Commit the upload, which gives it an image URI.',
  generate: 'Start the cutout. This step may cost credits.',
  query: 'Poll the task until its status is 50 (done) or 30 (failed).',
  download: 'Fetch the result. The URL is signed, so no cookie is sent.',
  credit: 'The balance.',
}

/** All requests of one cutout. */
export function explain({ bytes, region, endpoints, nowMs, uuid }: ExplainInput): ExplainedRequest[] {
  const config = resolveConfig({ sessionId: PLACEHOLDER.sessionId, region, ...(endpoints ? { endpoints } : {}) })
  const api: ApiContext = {
    region: config.region,
    endpoints: { api: config.api, commerce: config.commerce },
    sessionId: PLACEHOLDER.sessionId,
    nowMs,
  }
  const imagex: ImagexContext = {
    imagex: config.imagex ?? config.region.imagex,
    serviceId: config.region.serviceId,
    awsRegion: config.region.awsRegion,
    credentials: PLACEHOLDER,
    nowMs,
    international: region !== 'CN',
  }
  const submitId = uuid()
  const { imageUri, uploadHost, storeUri, auth, sessionKey, nonce, resultUrl } = PLACEHOLDER
  const draft = createCutoutDraft(imageUri, { uuid, nowMs: () => nowMs })
  const requests = [
    uploadTokenRequest(api),
    applyUploadRequest(imagex, { fileSize: bytes.length, nonce }),
    putRequest({ host: config.upload ?? uploadHost, storeUri, auth, bytes, extraHeaders: {} }),
    commitUploadRequest(imagex, sessionKey),
    generateRequest(api, { submitId, draft }),
    queryRequest(api, { submitIds: [submitId] }),
    downloadRequest(resultUrl),
  ]
  return requests.map(({ step, method, url, headers, body }) => ({
    step,
    about: ABOUT[step],
    method,
    url,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, withoutSignature(value)])),
    body: body instanceof Uint8Array ? `(the ${body.length} bytes of the image)` : body,
  }))
}

/** A signature made with placeholder keys would look real. */
function withoutSignature(value: string): string {
  return value.replace(/Signature=[0-9a-f]{64}/, 'Signature=SIGNATURE')
}

/** As text for people: one block a request, the draft once more as indented JSON. */
export function renderExplanation(requests: readonly ExplainedRequest[]): string {
  const blocks = requests.map(({ about, method, url, headers, body }, index) => {
    const lines = [`# ${index + 1}. ${about}`, `${method} ${url}`]
    for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`)
    if (body !== null) lines.push('', ...renderBody(body))
    return lines.join('\n')
  })
  return `${blocks.join('\n\n')}\n`
}

function renderBody(body: string): string[] {
  if (!body.startsWith('{')) return [body]
  const value = JSON.parse(body) as Record<string, unknown>
  const draft = value.draft_content
  if (typeof draft !== 'string') return [body]
  return [body, '', '# draft_content, read:', JSON.stringify(JSON.parse(draft), null, 2)]
}
