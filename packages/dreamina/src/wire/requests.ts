// Every request of the client, as data. The client sends them and `explain` prints them. Pure: times, ids and credentials are
// arguments.

import { type Aws4Credentials, amzDate, aws4Authorization, payloadHash } from './aws4.ts'
import { crc32Hex } from './crc32.ts'
import type { Draft } from './draft.ts'
import type { Region } from './regions.ts'
import { sign } from './sign.ts'

export type DreaminaStep = 'token' | 'apply' | 'upload' | 'commit' | 'generate' | 'query' | 'download' | 'credit'

export interface WireRequest {
  readonly step: DreaminaStep
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
}

/** Origins to talk to, without a path. */
interface Endpoints {
  readonly api: string
  readonly commerce: string
}

export interface ApiContext {
  readonly region: Region
  readonly endpoints: Endpoints
  readonly sessionId: string
  /** By the service's clock. */
  readonly nowMs: number
}

const PF = '7'
const APPVR = '8.4.0'
const DA_VERSION = '3.3.8'

function apiRequest(context: ApiContext, step: DreaminaStep, origin: string, path: string, body: unknown): WireRequest {
  const { region, sessionId, nowMs } = context
  const deviceTime = Math.floor(nowMs / 1000)
  const url = new URL(path, origin)
  const query = { aid: String(region.aid), device_platform: 'web', region: region.id, da_version: DA_VERSION }
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value)
  return {
    step,
    method: 'POST',
    url: url.href,
    headers: {
      'Content-Type': 'application/json',
      Appid: String(region.aid),
      Appvr: APPVR,
      Pf: PF,
      'Device-Time': String(deviceTime),
      Sign: sign({ pathname: url.pathname, pf: PF, appvr: APPVR, deviceTime, tdid: '' }),
      'Sign-Ver': '1',
      Lan: region.language,
      Loc: region.id.toLowerCase(),
      Origin: region.web,
      Referer: `${region.web}/`,
      Cookie: `sessionid=${sessionId}`,
    },
    body: JSON.stringify(body),
  }
}

/** Temporary keys for one hour of uploads. Scene 2 is images. */
export function uploadTokenRequest(context: ApiContext): WireRequest {
  return apiRequest(context, 'token', context.endpoints.api, '/mweb/v1/get_upload_token', { scene: 2 })
}

export interface GenerateInput {
  readonly submitId: string
  readonly draft: Draft
}

/** Starts the paid work. `draft_content` is a JSON text inside the JSON: an object is refused with `ret 1002`. */
export function generateRequest(context: ApiContext, { submitId, draft }: GenerateInput): WireRequest {
  return apiRequest(context, 'generate', context.endpoints.api, '/mweb/v1/aigc_draft/generate', {
    extend: {},
    submit_id: submitId,
    draft_content: JSON.stringify(draft),
    http_common_info: { aid: context.region.aid },
  })
}

/** What a task is asked for by: the service's history ids, or the submit ids the client made. */
export interface TaskIds {
  readonly historyIds?: readonly string[]
  readonly submitIds?: readonly string[]
}

export function queryRequest(context: ApiContext, ids: TaskIds): WireRequest {
  return apiRequest(context, 'query', context.endpoints.api, '/mweb/v1/get_history_by_ids', {
    ...(ids.historyIds?.length ? { history_ids: ids.historyIds } : {}),
    ...(ids.submitIds?.length ? { submit_ids: ids.submitIds } : {}),
  })
}

export function creditRequest(context: ApiContext): WireRequest {
  return apiRequest(context, 'credit', context.endpoints.commerce, '/commerce/v1/benefits/user_credit', {})
}

interface UploadCredentials extends Aws4Credentials {
  readonly sessionToken: string
}

export interface ImagexContext {
  /** Origin of the ImageX API. */
  readonly imagex: string
  readonly serviceId: string
  readonly awsRegion: string
  readonly credentials: UploadCredentials
  /** By the service's clock. */
  readonly nowMs: number
  /** International hosts want `device_platform=web` as well. */
  readonly international: boolean
}

function imagexRequest(
  context: ImagexContext,
  step: DreaminaStep,
  method: 'GET' | 'POST',
  query: Readonly<Record<string, string>>,
  body: string | null,
): WireRequest {
  const { credentials, awsRegion } = context
  const url = new URL('/', context.imagex)
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value)
  const hash = payloadHash(body ?? '')
  const scope = { region: awsRegion, service: 'imagex', amzDate: amzDate(context.nowMs) }
  const headers: Record<string, string> = {
    'X-Amz-Date': scope.amzDate,
    'X-Amz-Security-Token': credentials.sessionToken,
  }
  const signed = ['x-amz-date', 'x-amz-security-token']
  if (body !== null) {
    headers['X-Amz-Content-Sha256'] = hash
    signed.push('x-amz-content-sha256')
  }
  headers.Authorization = aws4Authorization(
    { method, url: url.href, headers, payloadHash: hash },
    signed,
    scope,
    credentials,
  )
  if (body !== null) headers['Content-Type'] = 'application/json'
  return { step, method, url: url.href, headers, body }
}

/** Asks where to put an image of `fileSize` bytes. `nonce` is 11 random letters or digits. */
export function applyUploadRequest(
  context: ImagexContext,
  { fileSize, nonce }: { readonly fileSize: number; readonly nonce: string },
): WireRequest {
  return imagexRequest(
    context,
    'apply',
    'GET',
    {
      Action: 'ApplyImageUpload',
      Version: '2018-08-01',
      ServiceId: context.serviceId,
      FileSize: String(fileSize),
      s: nonce,
      ...(context.international ? { device_platform: 'web' } : {}),
    },
    null,
  )
}

export interface PutInput {
  /** Origin of the upload host. */
  readonly host: string
  readonly storeUri: string
  readonly auth: string
  readonly bytes: Uint8Array
  /** What the service asked to be sent along. */
  readonly extraHeaders: Readonly<Record<string, string>>
}

/** Sends the bytes themselves. */
export function putRequest({ host, storeUri, auth, bytes, extraHeaders }: PutInput): WireRequest {
  const path = storeUri.split('/').map(encodeURIComponent).join('/')
  return {
    step: 'upload',
    method: 'POST',
    url: new URL(`/upload/v1/${path}`, host).href,
    headers: {
      ...extraHeaders,
      Authorization: auth,
      'Content-CRC32': crc32Hex(bytes),
      'Content-Type': 'application/octet-stream',
    },
    body: bytes,
  }
}

/** Makes the uploaded bytes an image with a URI. */
export function commitUploadRequest(context: ImagexContext, sessionKey: string): WireRequest {
  return imagexRequest(
    context,
    'commit',
    'POST',
    { Action: 'CommitImageUpload', Version: '2018-08-01', ServiceId: context.serviceId },
    JSON.stringify({ SessionKey: sessionKey }),
  )
}

/** The result's URL is signed: no cookie goes with it. */
export function downloadRequest(url: string): WireRequest {
  return { step: 'download', method: 'GET', url, headers: {}, body: null }
}
