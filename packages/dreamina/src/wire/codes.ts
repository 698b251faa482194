// Meaning of the service's `ret` and `fail_code` numbers, the koutu error each becomes, and what the user can do. Where sources
// disagree, the text names both readings.

import type { ErrorCode } from '@koutu/core'

export interface ServiceCode {
  readonly error: ErrorCode
  /** What it is, without a full stop. */
  readonly meaning: string
  /** What to do, one sentence. */
  readonly advice: string
  /** Whether waiting and asking again is safe and may help. A risk answer never is: it stops at once. */
  readonly retry: boolean
}

const RATE: ServiceCode = {
  error: 'ENGINE_BUSY',
  meaning: 'too many requests or tasks at once',
  advice: 'Wait a minute and process fewer images at a time.',
  retry: true,
}

const INVALID: ServiceCode = {
  error: 'ENGINE_REQUEST_REFUSED',
  meaning: 'a parameter or the draft was not understood',
  advice: 'The service may have changed: compare `koutu dreamina explain` with what the site sends, and update koutu.',
  retry: false,
}

const CREDITS: ServiceCode = {
  error: 'ENGINE_CREDITS_USED_UP',
  meaning: 'not enough credits',
  advice:
    'Check the balance with `koutu dreamina status`; collect or buy credits on the site, or use the local engine.',
  retry: false,
}

const RISK: ServiceCode = {
  error: 'ENGINE_ACCESS_REFUSED',
  meaning: 'the risk control of the service stopped the request',
  advice: 'Stop for now and use the site in your browser with this account. koutu does not retry or work around this.',
  retry: false,
}

const PERMISSION: ServiceCode = {
  error: 'ENGINE_ACCESS_REFUSED',
  meaning: 'this account may not use the tool this way',
  advice: 'Open the cutout tool once on the site with this account, confirm what it asks, or use the local engine.',
  retry: false,
}

const CONTENT: ServiceCode = {
  error: 'ENGINE_IMAGE_REFUSED',
  meaning: 'the content check rejected the image',
  advice: 'Use another image or the local engine.',
  retry: false,
}

const COPYRIGHT: ServiceCode = { ...CONTENT, meaning: 'the copyright check rejected the image' }

const LANGUAGE: ServiceCode = { ...INVALID, meaning: 'the language of a text is not supported' }

const FAILED: ServiceCode = {
  error: 'ENGINE_FAILED',
  meaning: 'the service failed to generate the image',
  advice: 'Check the credits, since a failed task may have been charged. Then try again.',
  retry: false,
}

/** By the number as text. `ret` of an answer and `fail_code` of a task share one number space. */
export const SERVICE_CODES: Readonly<Record<string, ServiceCode>> = {
  '-6': RISK,
  '1': RATE,
  '1000': INVALID,
  '1001': INVALID,
  '1002': INVALID,
  '1006': CREDITS,
  '1010': RATE,
  '1014': {
    error: 'ENGINE_REQUEST_REFUSED',
    meaning: 'the sign was rejected, or the system is busy',
    advice: 'Check the clock of this machine and try again in a few minutes.',
    retry: true,
  },
  '1015': {
    error: 'ENGINE_LOGIN_REQUIRED',
    meaning: 'the session is missing, has expired or belongs to another region',
    advice: 'Run `koutu dreamina login` with a fresh session id and the region of the account.',
    retry: false,
  },
  '1017': PERMISSION,
  '1018': {
    error: 'ENGINE_ACCESS_REFUSED',
    meaning: 'the account is suspended from generating',
    advice: 'Ask the support of the service; koutu does not retry.',
    retry: false,
  },
  '1019': RISK,
  '1021': RISK,
  '1057': RATE,
  '1063': CONTENT,
  '1159': COPYRIGHT,
  '1161': LANGUAGE,
  '1162': LANGUAGE,
  '1310': { ...RATE, meaning: 'too many tasks of this account run in parallel' },
  '2002': FAILED,
  '2003': { ...CONTENT, meaning: 'the image was rejected before processing' },
  '2004': { ...CONTENT, meaning: 'the result was rejected after processing' },
  '2005': CONTENT,
  '2008': { ...INVALID, meaning: 'the body of the request was empty' },
  '2014': RATE,
  '2020': RATE,
  '2035': RISK,
  '2038': CONTENT,
  '2039': { ...CONTENT, meaning: 'the security check rejected the image (one source: not enough credits)' },
  '2041': CONTENT,
  '2042': CONTENT,
  '2043': RISK,
  '2046': {
    error: 'SUBJECT_NOT_FOUND',
    meaning: 'the service found no object in the image',
    advice: 'Use an image with a clear subject, or the local engine.',
    retry: false,
  },
  '2047': { ...FAILED, meaning: 'the segmentation failed' },
  '2048': COPYRIGHT,
  '2050': COPYRIGHT,
  '3018': PERMISSION,
  '3020': {
    error: 'ENGINE_REQUEST_REFUSED',
    meaning: 'the service could not read the uploaded image',
    advice: 'Run it again to upload the image again.',
    retry: false,
  },
  '3021': { ...PERMISSION, meaning: 'the tool or the image is not supported' },
  '4001': {
    ...CREDITS,
    meaning: 'the generation limit of the account is reached (one source: the content check rejected the image)',
  },
  '4002': INVALID,
  '4003': PERMISSION,
  '4010': { ...PERMISSION, meaning: 'the site requires a confirmation first' },
  '4011': { ...CONTENT, meaning: 'the image shows a face, which the tool rejects' },
  '4013': RISK,
  '5000': CREDITS,
  '5001': FAILED,
  '5002': FAILED,
  '10020': RATE,
  '121101': { ...CREDITS, meaning: 'the daily limit of the account is reached' },
  '130006': CONTENT,
  '140001': { ...CREDITS, meaning: 'the quota of the account is used up' },
}

/** Where a failed task has no `fail_code`, its reason stands only in `fail_starling_key`. First match wins. */
const STARLING_KEYS: readonly (readonly [string, ServiceCode])[] = [
  ['credit', CREDITS],
  ['risk_control', RISK],
  ['copyright', COPYRIGHT],
  ['community_guidelines', CONTENT],
]

/** ImageX: `ResponseMetadata.Error.CodeN`. */
const IMAGEX_CODES: Readonly<Record<string, ServiceCode>> = {
  '100024': {
    error: 'ENGINE_REQUEST_REFUSED',
    meaning: 'the signature of the upload was rejected',
    advice: 'Check the clock and the region; the keys of the upload live for one hour.',
    retry: true,
  },
  '30406': {
    error: 'ENGINE_REQUEST_REFUSED',
    meaning: 'the session key of the upload was rejected',
    advice: 'Run it again to upload the image again.',
    retry: true,
  },
}

const UNKNOWN: ServiceCode = {
  error: 'ENGINE_REQUEST_REFUSED',
  meaning: 'unknown answer',
  advice: 'Update koutu, or report the number.',
  retry: false,
}

/** Meaning of a `ret`. */
export function serviceCode(code: string): ServiceCode {
  return Object.hasOwn(SERVICE_CODES, code) ? SERVICE_CODES[code]! : UNKNOWN
}

/** Meaning of an ImageX error number. */
export function imagexCode(code: string): ServiceCode {
  return Object.hasOwn(IMAGEX_CODES, code) ? IMAGEX_CODES[code]! : UNKNOWN
}

/** Why a task ended badly: by its code, else by its key, else by its status (10 and 40 are content checks). */
export function taskFailure(failCode: string, starlingKey: string, status: number): ServiceCode {
  if (Object.hasOwn(SERVICE_CODES, failCode)) return SERVICE_CODES[failCode]!
  const byKey = STARLING_KEYS.find(([part]) => starlingKey.includes(part))
  if (byKey) return byKey[1]
  return status === 10 || status === 40 ? CONTENT : FAILED
}
