// The one error class. A brand, not `instanceof`, identifies it, so that two copies of the package agree.

import { ERRORS, type ErrorCode, type ErrorRow } from './table.ts'

const BRAND = Symbol.for('koutu.error')

export interface KoutuErrorInit {
  /** What was expected and what came instead, in one sentence. Never a secret. Values that were given go through `excerpt`. */
  readonly detail?: string
  /** Numbers and names a program may want: limits, actual values, paths of options. JSON-serialisable. */
  readonly data?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/** An error on its way to another thread, process or machine. */
export interface ErrorJson {
  readonly code: ErrorCode
  readonly message: string
  readonly data: Readonly<Record<string, unknown>>
}

/** Of a value that is quoted in an error. */
const MAX_EXCERPT_LENGTH = 200
/** Of a whole detail, and of a text in `data`: 20 problems with options, or the longest path of Linux. */
const MAX_TEXT_LENGTH = 8_192
const MAX_LIST_LENGTH = 100

/** A given value as an error may quote it: values may be as long as their sender likes, errors are not. */
export function excerpt(text: string): string {
  return shortened(text, MAX_EXCERPT_LENGTH)
}

function shortened(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`
}

/** Data of bounded size, whatever it was made of. */
function boundedData(value: unknown): unknown {
  if (typeof value === 'string') return shortened(value, MAX_TEXT_LENGTH)
  if (Array.isArray(value)) return value.slice(0, MAX_LIST_LENGTH).map(boundedData)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_LIST_LENGTH)
      .map(([key, one]) => [excerpt(key), boundedData(one)]),
  )
}

export class KoutuError extends Error {
  readonly code: ErrorCode
  readonly data: Readonly<Record<string, unknown>>
  readonly [BRAND] = true

  constructor(code: ErrorCode, init: KoutuErrorInit = {}) {
    const title = ERRORS[code].title
    super(
      init.detail ? `${title}: ${shortened(init.detail, MAX_TEXT_LENGTH)}` : `${title}.`,
      init.cause === undefined ? undefined : { cause: init.cause },
    )
    // By this name programs know that they aborted it themselves.
    this.name = code === 'ABORTED' ? 'AbortError' : 'KoutuError'
    this.code = code
    this.data = boundedData(init.data ?? {}) as Readonly<Record<string, unknown>>
  }

  get row(): ErrorRow {
    return ERRORS[this.code]
  }

  /** What may leave the process: never the cause or the stack. */
  toJSON(): ErrorJson {
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
