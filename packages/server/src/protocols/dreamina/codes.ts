// What each of our errors is called in this protocol: `ret` of an answer and `fail_code` of a task share one number space.

import { type ErrorCode, KoutuError } from '@koutu/core'
import type { Refusal } from '@koutu/dreamina'
import { toProblem } from '../../http/problem.ts'

/** Words that go with a number, as recorded where they have been. */
const WORDS = {
  '1000': 'invalid parameter',
  '1001': 'invalid params',
  '1002': 'common error',
  '1010': 'too many requests',
  '1014': 'sign error',
  '1015': 'login error',
  '1019': 'shark not pass',
  '2002': 'generate failed',
  '2008': 'empty body',
  '2046': 'no object found',
  '3020': 'download file failed',
  '3021': 'not supported',
  '4003': 'no permission',
} as const
export type Ret = keyof typeof WORDS

/** Busy, full or stopping are all 1010: its clients wait and try again. */
const RETS: Readonly<Record<ErrorCode, Ret>> = {
  INVALID_OPTIONS: '1001',
  INPUT_NOT_FOUND: '1001',
  INPUT_UNREADABLE: '3020',
  OUTPUT_EXISTS: '2002',
  PATH_NOT_ALLOWED: '2002',
  HANDLE_UNKNOWN: '2002',
  OUTPUT_UNWRITABLE: '2002',
  IMAGE_UNSUPPORTED: '3021',
  IMAGE_CORRUPT: '3020',
  IMAGE_TOO_LARGE: '1001',
  MEMORY_INSUFFICIENT: '1001',
  IMAGE_TOO_MANY_BYTES: '1001',
  IMAGE_TOO_MANY_FRAMES: '1001',
  CODEC_MISSING: '3021',
  SUBJECT_NOT_FOUND: '2046',
  URL_REFUSED: '1001',
  FETCH_FAILED: '3020',
  FETCH_TIMEOUT: '3020',
  MODEL_UNKNOWN: '2002',
  MODEL_MISSING: '2002',
  MODEL_CORRUPT: '2002',
  MODEL_INVALID: '2002',
  MODEL_DOWNLOAD_FAILED: '2002',
  MODEL_LICENSE_REFUSED: '2002',
  PACKAGE_MISSING: '2002',
  ASSET_MISSING: '2002',
  ASSET_INVALID: '2002',
  ASSET_CORRUPT: '2002',
  ASSET_DOWNLOAD_FAILED: '2002',
  CACHE_UNWRITABLE: '2002',
  OFFLINE: '2002',
  ENGINE_FAILED: '2002',
  ENGINE_UNAVAILABLE: '2002',
  ENGINE_TIMEOUT: '2002',
  ENGINE_BUSY: '1010',
  ENGINE_LOGIN_REQUIRED: '2002',
  ENGINE_CREDITS_USED_UP: '2002',
  ENGINE_ACCESS_REFUSED: '2002',
  ENGINE_IMAGE_REFUSED: '2002',
  ENGINE_REQUEST_REFUSED: '2002',
  ENGINE_ANSWER_INVALID: '2002',
  ENGINE_RESULT_OPAQUE: '2002',
  REQUEST_INVALID: '1000',
  REQUEST_TYPE_UNSUPPORTED: '1000',
  REQUEST_TIMEOUT: '1000',
  KEY_MISSING: '1015',
  KEY_INVALID: '1015',
  SCOPE_MISSING: '4003',
  LINK_INVALID: '1001',
  ORIGIN_REFUSED: '1019',
  ROUTE_NOT_FOUND: '1000',
  METHOD_NOT_ALLOWED: '1000',
  JOB_NOT_FOUND: '1001',
  JOB_NOT_DONE: '1001',
  JOB_CANCELED: '2002',
  COARSE_MISSING: '1001',
  JOB_EXPIRED: '3020',
  RANGE_INVALID: '1001',
  RATE_LIMITED: '1010',
  TOO_MANY_JOBS: '1010',
  TOO_MANY_STREAMS: '1010',
  SERVER_BUSY: '1010',
  ADDRESS_UNAVAILABLE: '1002',
  SERVER_STOPPING: '1010',
  WAIT_TOO_LONG: '1010',
  QUEUE_FULL: '1010',
  IDEMPOTENCY_CONFLICT: '1001',
  RUNNER_CRASHED: '2002',
  JOB_CRASHED_REPEATEDLY: '2002',
  JOB_TIMEOUT: '2002',
  STORAGE_FULL: '1010',
  BLOB_DAMAGED: '1010',
  STORAGE_FAILED: '1010',
  DATA_FOLDER_IN_USE: '1002',
  DATABASE_UNAVAILABLE: '1010',
  DATABASE_DAMAGED: '1010',
  ABORTED: '2002',
  INTERNAL: '1002',
}

/** An error whose number the protocol's own page names. */
export function refused(ret: Ret, detail: string): KoutuError {
  return new KoutuError('REQUEST_INVALID', { detail, data: { ret } })
}

/** `errmsg` says what was expected, except where no more may be revealed than that the session is unknown. */
export function refusalOf(error: KoutuError): Refusal {
  const told = error.data.ret
  const ret = typeof told === 'string' && Object.hasOwn(WORDS, told) ? (told as Ret) : RETS[error.code]
  const { title, detail } = toProblem(error)
  return { ret, errmsg: ret === '1015' ? WORDS[ret] : `${WORDS[ret]}: ${detail ?? title}` }
}
