// One HTTP exchange with the service, and what its status means. Knows no session and no secret.

import { type ErrorCode, KoutuError } from '@koutu/core'
import type { DreaminaStep, WireRequest } from '../wire/requests.ts'
import type { ResolvedConfig } from './config.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
}

export interface ExchangeOptions {
  /** Where a redirect has led. */
  readonly url: string
  readonly signal: AbortSignal
  readonly maxBytes: number
}

/** What a signed address answers when its time is over. */
const EXPIRED: readonly number[] = [401, 403, 404, 410]

/** `detail` and `data` hold no secret, nor does `cause`. */
export function stepFailure(
  code: ErrorCode,
  step: DreaminaStep,
  detail: string,
  data: object = {},
  cause?: unknown,
): KoutuError {
  return new KoutuError(code, { detail, data: { step, ...data }, ...(cause === undefined ? {} : { cause }) })
}

/** One exchange, redirects not followed, the body read within the limits. */
export async function exchange(
  ports: Pick<ResolvedConfig['ports'], 'fetch'>,
  request: WireRequest,
  { url, signal, maxBytes }: ExchangeOptions,
): Promise<Answer> {
  const response = await ports.fetch(url, {
    method: request.method,
    headers: request.headers,
    body: request.body as string | Uint8Array<ArrayBuffer> | null,
    redirect: 'manual',
    signal,
  })
  const declared = Number(response.headers.get('content-length') ?? 0)
  if (declared > maxBytes) {
    await response.body?.cancel()
    throw tooLong(request.step, maxBytes)
  }
  const bytes = await readBody(response, maxBytes, () => tooLong(request.step, maxBytes))
  return { status: response.status, headers: response.headers, bytes }
}

async function readBody(response: Response, maxBytes: number, refuse: () => KoutuError): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length
    if (size > maxBytes) throw refuse()
    parts.push(part)
  }
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

function tooLong(step: DreaminaStep, maxBytes: number): KoutuError {
  return stepFailure(
    'ENGINE_ANSWER_INVALID',
    step,
    `expected at most ${maxBytes} bytes in answer to ${step} but received more`,
  )
}

/** The answer of a status of 2xx. Errors: ENGINE_BUSY, ENGINE_LOGIN_REQUIRED, ENGINE_ACCESS_REFUSED, ENGINE_REQUEST_REFUSED, FETCH_FAILED. */
export function checkStatus(step: DreaminaStep, answer: Answer): Answer {
  const { status } = answer
  if (status >= 200 && status < 300) return answer
  const got = `Dreamina answered HTTP ${status} to ${step}`
  if (status === 429) {
    const seconds = Number(answer.headers.get('retry-after'))
    const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 300) * 1000 : 0
    throw stepFailure('ENGINE_BUSY', step, `${got}. Wait a minute and process fewer images at a time.`, {
      status,
      retryAfterMs,
    })
  }
  if (step === 'download' && EXPIRED.includes(status)) {
    const advice = 'The URL of the result has probably expired; `koutu dreamina resume` requests a new one.'
    throw stepFailure('FETCH_FAILED', step, `${got}. ${advice}`, { status, expired: true })
  }
  if (status >= 500 || status === 408) throw stepFailure('FETCH_FAILED', step, `${got}. Try again later.`, { status })
  if (status === 401)
    throw stepFailure('ENGINE_LOGIN_REQUIRED', step, `${got}. Run \`koutu dreamina login\`.`, { status })
  if (status === 403) throw stepFailure('ENGINE_ACCESS_REFUSED', step, `${got}. koutu does not retry.`, { status })
  throw stepFailure('ENGINE_REQUEST_REFUSED', step, `${got}. The service may have changed.`, { status })
}
