// The one error class. A brand, not `instanceof`, identifies it, so that two copies of the package agree.

import { ERRORS, type ErrorCode, type ErrorRow } from './table.ts'

const BRAND = Symbol.for('koutu.error')

export interface KoutuErrorInit {
  /** What was expected and what came instead, in one sentence. Never a secret. */
  readonly detail?: string
  /** Numbers and names a program may want: limits, actual values, paths of options. JSON-serialisable. */
  readonly data?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

export class KoutuError extends Error {
  readonly code: ErrorCode
  readonly data: Readonly<Record<string, unknown>>
  readonly [BRAND] = true

  constructor(code: ErrorCode, init: KoutuErrorInit = {}) {
    const title = ERRORS[code].title
    super(
      init.detail ? `${title}: ${init.detail}` : `${title}.`,
      init.cause === undefined ? undefined : { cause: init.cause },
    )
    this.name = 'KoutuError'
    this.code = code
    this.data = init.data ?? {}
  }

  get row(): ErrorRow {
    return ERRORS[this.code]
  }

  /** What may leave the process: never the cause or the stack. */
  toJSON(): { code: ErrorCode; message: string; data: Readonly<Record<string, unknown>> } {
    return { code: this.code, message: this.message, data: this.data }
  }
}

export function isKoutuError(value: unknown): value is KoutuError {
  return typeof value === 'object' && value !== null && (value as { [BRAND]?: unknown })[BRAND] === true
}

/** Any thrown value as a KoutuError: aborts become `ABORTED`, the unknown becomes `fallback` with the value as its cause. */
export function toKoutuError(value: unknown, fallback: ErrorCode = 'INTERNAL'): KoutuError {
  if (isKoutuError(value)) return value
  if (value instanceof Error && value.name === 'AbortError') return new KoutuError('ABORTED', { cause: value })
  const detail = value instanceof Error ? value.message : String(value)
  return new KoutuError(fallback, { detail, cause: value })
}

/** Rebuilds an error that crossed a process boundary as `toJSON()`. */
export function fromJSON(json: {
  code: string
  message: string
  data?: Readonly<Record<string, unknown>>
}): KoutuError {
  const code: ErrorCode = Object.hasOwn(ERRORS, json.code) ? (json.code as ErrorCode) : 'INTERNAL'
  const prefix = `${ERRORS[code].title}: `
  const detail = json.message.startsWith(prefix) ? json.message.slice(prefix.length) : json.message
  return new KoutuError(code, { ...(detail === `${ERRORS[code].title}.` ? {} : { detail }), data: json.data ?? {} })
}

/** Throws `ABORTED` when the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new KoutuError('ABORTED', { cause: signal.reason })
}
