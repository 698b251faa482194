// One request to the server: its key, its problems as errors, and patience where the server asks for it.

import { t } from '../i18n/index.ts'
import { askForKey, currentKey } from './key.ts'

/** What the server or the network said. `code` is one of the server's error table, or `offline`. */
export class RequestError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status: number) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** The sentence for a person: in their language where there is one, else the server's own. */
export function sentenceOf(code: string, detail: string | null | undefined): string {
  return t().errors[code] ?? detail ?? t().errors.unknown!
}

/** Of whatever was thrown: errors of the server and of @koutu/browser have a code of one table. */
export function problemOf(error: unknown): { readonly code: string; readonly message: string } {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  return {
    code: typeof code === 'string' ? code : 'unknown',
    message: typeof message === 'string' ? message : String(error),
  }
}

interface Problem {
  readonly code?: string
  readonly title?: string
  readonly detail?: string
}

async function problemError(response: Response): Promise<RequestError> {
  const problem = (await response.json().catch(() => ({}))) as Problem
  const message = problem.detail ?? problem.title ?? `HTTP ${response.status}`
  return new RequestError(problem.code ?? 'unknown', message, response.status)
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 8000
const WORTH_WAITING: ReadonlySet<number> = new Set([429, 502, 503, 504])

export interface RequestOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: BodyInit
  /** Goes on when the page is left. */
  readonly keepalive?: boolean
  readonly signal?: AbortSignal | undefined
  /** Told once when the server cannot be reached, and with `null` when it can again. */
  readonly onWaiting?: (error: RequestError | null) => void
}

/** Waits for a server that is away or busy, as long as `signal` permits. Errors: RequestError; what `signal` throws. */
export async function request(path: string, options: RequestOptions = {}): Promise<Response> {
  let isWaiting = false
  for (let attempt = 0; ; attempt++) {
    options.signal?.throwIfAborted()
    const outcome = await once(path, options)
    if (outcome instanceof Response && !WORTH_WAITING.has(outcome.status)) {
      if (isWaiting) options.onWaiting?.(null)
      if (outcome.ok) return outcome
      const error = await problemError(outcome)
      if (outcome.status !== 401) throw error
      const used = currentKey()
      if ((await askForKey(used)) === null) throw error
      continue
    }
    const error =
      outcome instanceof Response ? await problemError(outcome) : new RequestError('offline', t().errors.offline!, 0)
    isWaiting = true
    options.onWaiting?.(error)
    const asked = outcome instanceof Response ? Number(outcome.headers.get('retry-after')) * 1000 : 0
    await pause(Math.max(asked, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt)), options.signal)
  }
}

/** A response, or the failure of the network. */
async function once(
  path: string,
  { method = 'GET', headers = {}, body, keepalive = false, signal }: RequestOptions,
): Promise<Response | TypeError> {
  const key = currentKey()
  const authorization: Record<string, string> = key ? { authorization: `Bearer ${key}` } : {}
  try {
    return await fetch(path, {
      method,
      keepalive,
      headers: { accept: 'application/json', ...headers, ...authorization },
      ...(body === undefined ? {} : { body }),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    return error as TypeError
  }
}

export function pause(ms: number, signal?: AbortSignal): Promise<void> {
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
