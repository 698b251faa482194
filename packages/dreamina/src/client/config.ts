// Configuration of the client: account, region, addresses, ports and limits, validated once. Network, time and randomness come
// in here.

import { invalidOptions, KoutuError, type OptionProblem } from '@koutu/core'
import { REGION_TABLE, REGIONS, type Region, type RegionId } from '../wire/regions.ts'
import type { DreaminaStep } from '../wire/requests.ts'
import type { Journal } from './journal.ts'

/** What happens on the way. Never holds a secret. */
export type DreaminaEvent =
  | { readonly type: 'step'; readonly step: DreaminaStep }
  | { readonly type: 'submitted'; readonly submitId: string; readonly historyId: string }
  /** The same bytes were cut out before: that task's result is taken, nothing is paid. */
  | { readonly type: 'reused'; readonly submitId: string }
  /** Position and length of the queue where the service tells them; `forecastSeconds` is its own guess. */
  | {
      readonly type: 'queue'
      readonly status: number
      readonly position: number | null
      readonly length: number | null
      readonly forecastSeconds: number | null
    }
  | {
      readonly type: 'retry'
      readonly step: DreaminaStep
      readonly attempt: number
      readonly waitMs: number
      readonly code: string
    }

export interface DreaminaCtx {
  readonly signal?: AbortSignal
  readonly onEvent?: (event: DreaminaEvent) => void
}

/** Origins that replace the region's own; https, or http on a loopback address. `imagex` and `upload` also override what the service names. */
export interface DreaminaEndpoints {
  readonly api?: string
  readonly commerce?: string
  readonly imagex?: string
  readonly upload?: string
}

export interface DreaminaPorts {
  readonly fetch: typeof globalThis.fetch
  readonly nowMs: () => number
  /** Rejects when the signal fires. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  readonly randomBytes: (count: number) => Uint8Array
}

export interface DreaminaLimits {
  /** Of one request, its body included. */
  readonly requestTimeoutMs: number
  /** Of one upload or download. */
  readonly transferTimeoutMs: number
  /** From submit to result. The service's own limit counts where it is shorter. */
  readonly waitTimeoutMs: number
  readonly maxUploadBytes: number
  readonly maxDownloadBytes: number
  readonly maxAnswerBytes: number
  /** Tries of a request that may be repeated safely. */
  readonly attempts: number
}

export interface DreaminaConfig {
  readonly sessionId: string
  readonly region?: RegionId
  readonly endpoints?: DreaminaEndpoints
  /** Where paid work is noted before it is asked for. Without one a crash loses it. */
  readonly journal?: Journal
  readonly ports?: Partial<DreaminaPorts>
  readonly limits?: Partial<DreaminaLimits>
}

export const DREAMINA_LIMITS: DreaminaLimits = {
  requestTimeoutMs: 30_000,
  transferTimeoutMs: 180_000,
  waitTimeoutMs: 600_000,
  maxUploadBytes: 32 * 2 ** 20,
  maxDownloadBytes: 128 * 2 ** 20,
  maxAnswerBytes: 8 * 2 ** 20,
  attempts: 6,
}

export interface ResolvedConfig {
  readonly sessionId: string
  readonly region: Region
  readonly api: string
  readonly commerce: string
  /** Null: as the service or the region says. */
  readonly imagex: string | null
  readonly upload: string | null
  /** Whether the API itself is on a loopback address over plain http: then named loopback hosts are too. */
  readonly loopback: boolean
  readonly journal: Journal | null
  readonly ports: DreaminaPorts
  readonly limits: DreaminaLimits
}

/** Errors: INVALID_OPTIONS with every problem, ENGINE_LOGIN_REQUIRED without a usable session id. */
export function resolveConfig(config: DreaminaConfig): ResolvedConfig {
  const problems: OptionProblem[] = []
  const region = REGION_TABLE[config.region ?? 'CN'] as Region | undefined
  if (!region) {
    problems.push({
      path: 'region',
      message: `Expected one of ${REGIONS.join(', ')} but received ${JSON.stringify(config.region)}`,
    })
  }
  const origin = (name: keyof DreaminaEndpoints): string | null => {
    const text = config.endpoints?.[name]
    if (text === undefined) return null
    const parsed = parseOrigin(text)
    if (!parsed) {
      problems.push({
        path: `endpoints.${name}`,
        message: 'Expected an https origin without path, user or query; plain http is for loopback addresses only',
      })
    }
    return parsed
  }
  const api = origin('api')
  const commerce = origin('commerce')
  const imagex = origin('imagex')
  const upload = origin('upload')
  const limits = { ...DREAMINA_LIMITS, ...config.limits }
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isFinite(value) || value < 1)
      problems.push({ path: `limits.${name}`, message: `Expected a number of at least 1 but received ${value}` })
  }
  if (problems.length > 0 || !region) throw invalidOptions(problems)
  if (!isSessionId(config.sessionId)) {
    throw new KoutuError('ENGINE_LOGIN_REQUIRED', {
      detail: 'expected the value of the cookie `sessionid`; run `koutu dreamina login` or set DREAMINA_SESSIONID',
    })
  }
  return {
    sessionId: config.sessionId,
    region,
    api: api ?? region.api,
    commerce: commerce ?? api ?? region.commerce,
    imagex,
    upload,
    loopback: api?.startsWith('http:') ?? false,
    journal: config.journal ?? null,
    ports: { ...defaultPorts(), ...config.ports },
    limits,
  }
}

/** Visible ASCII without what would end a cookie's value. */
export function isSessionId(text: unknown): text is string {
  return typeof text === 'string' && /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{8,512}$/.test(text)
}

/** The origin of a text that is one, else null. */
export function parseOrigin(text: string): string | null {
  const url = URL.parse(text)
  if (!url || url.username || url.password || url.search || url.hash || url.pathname !== '/') return null
  return isAllowedUrl(url, true) ? url.origin : null
}

/** https, or http on a loopback address where that is allowed. */
export function isAllowedUrl(url: URL, allowLoopback: boolean): boolean {
  return url.protocol === 'https:' || (allowLoopback && url.protocol === 'http:' && isLoopback(url.hostname))
}

export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

function defaultPorts(): DreaminaPorts {
  return {
    fetch: (input, init) => globalThis.fetch(input, init),
    nowMs: () => Date.now(),
    sleep,
    randomBytes: (count) => globalThis.crypto.getRandomValues(new Uint8Array(count)),
  }
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, ms)
    signal?.addEventListener('abort', stop, { once: true })
  })
}

/** A UUID of version 4 (RFC 9562, 5.4). */
export function uuid(randomBytes: DreaminaPorts['randomBytes']): string {
  const bytes = Uint8Array.from(randomBytes(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

/** A number in [0, 1). */
export function randomFraction(randomBytes: DreaminaPorts['randomBytes']): number {
  const [a = 0, b = 0, c = 0, d = 0] = randomBytes(4)
  return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) / 2 ** 32
}
