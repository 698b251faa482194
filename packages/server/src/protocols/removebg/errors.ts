// Errors as remove.bg's clients read them: `{"errors": [{title, code, detail}]}`. Every error of ours has one of theirs.

import { z } from '@hono/zod-openapi'
import { type ErrorCode, KoutuError } from '@koutu/core'
import { rateLimitHeaders, retryAfterSeconds, toProblem } from '../../http/problem.ts'
import type { Responses } from '../../http/route.ts'
import { ANY_ORIGIN } from '../cors.ts'
import { retryHint } from '../retry-hint.ts'

/** Status 400 but for the last four. */
const TITLES = {
  missing_source: 'No image given',
  multiple_sources: 'Multiple image sources given',
  multiple_bg_sources: 'Multiple background sources given',
  invalid_image_url: 'The image_url given is not valid',
  invalid_bg_image_url: 'The bg_image_url given is not valid',
  failed_image_download: 'Failed to download image from given image_url',
  failed_bg_download: 'Failed to download image from given bg_image_url',
  failed_to_read_image: 'Failed to read the image',
  invalid_file_type: 'Invalid file type',
  file_too_large: 'File too large',
  resolution_too_high: 'The resolution of the image is too high',
  unknown_foreground: 'Could not identify foreground in image',
  invalid_size: 'Invalid size parameter given',
  invalid_format: 'Invalid format parameter given',
  invalid_channels: 'Invalid channels parameter given',
  invalid_bg_color: 'Invalid bg_color parameter given',
  invalid_roi: 'Invalid roi parameter given',
  invalid_crop_margin: 'Invalid crop_margin parameter given',
  invalid_scale: 'Invalid scale parameter given',
  invalid_position: 'Invalid position parameter given',
  invalid_semitransparency: 'Invalid semitransparency parameter given',
  invalid_shadow_opacity: 'Invalid shadow_opacity parameter given',
  roi_exceeds_bounds: 'The roi given exceeds the bounds of the image',
  roi_region_empty: 'The roi given is empty',
  invalid_request: 'The request could not be understood',
  insufficient_credits: 'Insufficient credits',
  auth_failed: 'API Key invalid',
  not_available: 'This server does not accept such requests',
  rate_limit_exceeded: 'Rate limit exceeded',
} as const
export type RemovebgCode = keyof typeof TITLES

const STATUS: Partial<Record<RemovebgCode, number>> = {
  insufficient_credits: 402,
  auth_failed: 403,
  not_available: 404,
  rate_limit_exceeded: 429,
}

/** Null: the status is the error's own and says that a repeat may succeed; there is no code for it. */
const CODES = {
  INVALID_OPTIONS: 'invalid_request',
  INPUT_NOT_FOUND: null,
  INPUT_UNREADABLE: 'failed_to_read_image',
  OUTPUT_EXISTS: null,
  PATH_NOT_ALLOWED: null,
  HANDLE_UNKNOWN: null,
  OUTPUT_UNWRITABLE: null,
  IMAGE_UNSUPPORTED: 'invalid_file_type',
  IMAGE_CORRUPT: 'failed_to_read_image',
  IMAGE_TOO_LARGE: 'resolution_too_high',
  MEMORY_INSUFFICIENT: 'resolution_too_high',
  IMAGE_TOO_MANY_BYTES: 'file_too_large',
  IMAGE_TOO_MANY_FRAMES: 'invalid_file_type',
  CODEC_MISSING: 'invalid_file_type',
  SUBJECT_NOT_FOUND: 'unknown_foreground',
  URL_REFUSED: 'invalid_image_url',
  FETCH_FAILED: 'failed_image_download',
  FETCH_TIMEOUT: 'failed_image_download',
  MODEL_UNKNOWN: null,
  MODEL_MISSING: null,
  MODEL_CORRUPT: null,
  MODEL_INVALID: null,
  MODEL_DOWNLOAD_FAILED: null,
  MODEL_LICENSE_REFUSED: null,
  PACKAGE_MISSING: null,
  ASSET_MISSING: null,
  ASSET_INVALID: null,
  ASSET_CORRUPT: null,
  ASSET_DOWNLOAD_FAILED: null,
  CACHE_UNWRITABLE: null,
  OFFLINE: 'failed_image_download',
  ENGINE_FAILED: null,
  ENGINE_UNAVAILABLE: null,
  ENGINE_TIMEOUT: null,
  ENGINE_BUSY: null,
  ENGINE_LOGIN_REQUIRED: null,
  ENGINE_CREDITS_USED_UP: 'insufficient_credits',
  ENGINE_ACCESS_REFUSED: null,
  ENGINE_IMAGE_REFUSED: 'failed_to_read_image',
  ENGINE_REQUEST_REFUSED: null,
  ENGINE_ANSWER_INVALID: null,
  ENGINE_RESULT_OPAQUE: null,
  REQUEST_INVALID: 'invalid_request',
  REQUEST_TYPE_UNSUPPORTED: 'missing_source',
  REQUEST_TIMEOUT: 'invalid_request',
  KEY_MISSING: 'auth_failed',
  KEY_INVALID: 'auth_failed',
  SCOPE_MISSING: 'auth_failed',
  LINK_INVALID: 'auth_failed',
  ORIGIN_REFUSED: 'auth_failed',
  ROUTE_NOT_FOUND: 'not_available',
  METHOD_NOT_ALLOWED: 'not_available',
  JOB_NOT_FOUND: null,
  JOB_NOT_DONE: null,
  JOB_CANCELED: null,
  COARSE_MISSING: null,
  JOB_EXPIRED: null,
  RANGE_INVALID: 'invalid_request',
  RATE_LIMITED: 'rate_limit_exceeded',
  TOO_MANY_STREAMS: 'rate_limit_exceeded',
  TOO_MANY_JOBS: 'rate_limit_exceeded',
  SERVER_BUSY: 'rate_limit_exceeded',
  ADDRESS_UNAVAILABLE: null,
  SERVER_STOPPING: null,
  WAIT_TOO_LONG: null,
  QUEUE_FULL: 'rate_limit_exceeded',
  IDEMPOTENCY_CONFLICT: 'invalid_request',
  RUNNER_CRASHED: null,
  JOB_CRASHED_REPEATEDLY: null,
  JOB_TIMEOUT: null,
  STORAGE_FULL: null,
  BLOB_DAMAGED: null,
  STORAGE_FAILED: null,
  DATA_FOLDER_IN_USE: null,
  DATABASE_UNAVAILABLE: null,
  DATABASE_DAMAGED: null,
  ABORTED: null,
  INTERNAL: null,
} as const satisfies Record<ErrorCode, RemovebgCode | null>

/** Titles that clients show, where one code has several. */
const OWN_TITLES: Partial<Record<ErrorCode, string>> = {
  KEY_MISSING: 'Missing API Key',
  SCOPE_MISSING: 'The API Key does not permit this',
  ORIGIN_REFUSED: 'The request comes from a page of another site',
}

/** An error of this protocol. It keeps a code of ours for logs and metrics. */
export function refusal(code: RemovebgCode, detail?: string, cause?: KoutuError): KoutuError {
  return new KoutuError(cause?.code ?? 'INVALID_OPTIONS', {
    ...(detail === undefined ? {} : { detail }),
    data: { ...cause?.data, removebg: code },
    cause,
  })
}

/** Options of ours that only the picture itself shows to be wrong. */
const BY_OPTION: Readonly<Record<string, RemovebgCode>> = { margin: 'invalid_crop_margin', roi: 'roi_region_empty' }

export function codeOf({ code, data }: KoutuError): RemovebgCode | null {
  const { removebg: own, problems } = data as { removebg?: RemovebgCode; problems?: readonly { path: string }[] }
  return own ?? BY_OPTION[problems?.[0]?.path ?? ''] ?? CODES[code]
}

export interface RemovebgError {
  readonly status: number
  readonly title: string
  readonly code?: RemovebgCode
  readonly detail?: string
}

export function toRemovebgError(error: KoutuError): RemovebgError {
  const code = codeOf(error)
  const { title, status, detail = retryHint(error) } = toProblem(error)
  if (code === null) return { status: status < 500 ? 500 : status, title, ...(detail ? { detail } : {}) }
  // What is wrong with a key is revealed only to its holder.
  const shown = code === 'auth_failed' ? null : (detail ?? null)
  return {
    status: STATUS[code] ?? 400,
    title: OWN_TITLES[error.code] ?? TITLES[code],
    code,
    ...(shown ? { detail: shown } : {}),
  }
}

export function refuse(error: KoutuError): Response {
  const { status, ...body } = toRemovebgError(error)
  const headers = new Headers({ 'content-type': 'application/json; charset=utf-8', ...ANY_ORIGIN })
  headers.set('cache-control', 'no-store')
  const seconds = retryAfterSeconds(error) ?? (status === 429 ? 1 : null)
  if (seconds !== null) headers.set('retry-after', String(seconds))
  for (const [name, value] of Object.entries(rateLimitHeaders(error))) headers.set(name, value)
  return new Response(JSON.stringify({ errors: [body] }), { status, headers })
}

const ErrorsSchema = z
  .strictObject({
    errors: z
      .array(
        z.strictObject({
          title: z.string(),
          code: z.enum(Object.keys(TITLES) as [RemovebgCode, ...RemovebgCode[]]).optional(),
          detail: z.string().optional(),
        }),
      )
      .length(1),
  })
  .openapi('RemovebgErrors')

const MEANINGS: Readonly<Record<number, string>> = {
  400: 'Invalid request; see `code`.',
  402: 'No credits.',
  403: 'The API key is missing or invalid.',
  404: 'Not here.',
  429: 'Too many requests; see `Retry-After`.',
  500: 'Internal error.',
  502: 'An upstream service failed.',
  503: 'Not now.',
  504: 'Timed out.',
  507: 'No storage space left.',
}

export const ERROR_RESPONSES: Responses = Object.fromEntries(
  Object.entries(MEANINGS).map(([status, description]) => [
    status,
    { description, content: { 'application/json': { schema: ErrorsSchema } } },
  ]),
)
