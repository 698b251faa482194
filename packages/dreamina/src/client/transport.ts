// Sends one request and reads its response: timeouts, size limits, redirects, status codes, envelopes. Every failure becomes a
// coded error without a secret. Does not decide about retries.

import { type ErrorCode, KoutuError, throwIfAborted } from '@koutu/core'
import type { z } from 'zod'
import { Envelope, ImagexFailure } from '../wire/answers.ts'
import { imagexCode, type ServiceCode, serviceCode } from '../wire/codes.ts'
import type { ApiContext, DreaminaStep, WireRequest } from '../wire/requests.ts'
import { type DreaminaCtx, isAllowedUrl, type ResolvedConfig } from './config.ts'
import { createRedactor, type Redactor } from './redact.ts'

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly bytes: Uint8Array
}

/** The service's clock is followed when it differs by more than this. */
const CLOCK_TOLERANCE_MS = 5000
const MAX_REDIRECTS = 3
/** What a signed address answers when its time is over. */
const EXPIRED: readonly number[] = [401, 403, 404, 410]
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]

export interface Transport {
  readonly redactor: Redactor
  /** By the service's clock, as far as it is known. */
  serviceNowMs(): number
  /** What requests to the API are made from. */
  apiContext(): ApiContext
  /** An answer of status 2xx. Errors: FETCH_*, ENGINE_BUSY, ENGINE_ACCESS_REFUSED, ENGINE_REQUEST_REFUSED, ABORTED. */
  send(request: WireRequest, ctx: DreaminaCtx): Promise<Answer>
  /** `data` of an envelope with `ret` 0. */
  callApi<S extends z.ZodType>(request: WireRequest, schema: S, ctx: DreaminaCtx): Promise<z.output<S>>
  /** Answer of the ImageX API. */
  callImagex<S extends z.ZodType>(request: WireRequest, schema: S, ctx: DreaminaCtx): Promise<z.output<S>>
  /** Any JSON answer in the shape of a schema. */
  read<S extends z.ZodType>(step: DreaminaStep, value: unknown, schema: S): z.output<S>
  json(step: DreaminaStep, bytes: Uint8Array): unknown
}

export function createTransport(config: ResolvedConfig): Transport {
  const { ports, limits } = config
  const redactor = createRedactor()
  redactor.add(config.sessionId)
  let offsetMs = 0

  const fail = (code: ErrorCode, step: DreaminaStep, detail: string, data: object = {}, cause?: unknown) =>
    new KoutuError(code, {
      detail,
      data: { step, ...data },
      ...(cause === undefined ? {} : { cause: redactor.cause(cause) }),
    })

  const fromService = (known: ServiceCode, step: DreaminaStep, number: string, message: string, logId: string) => {
    const said = redactor.text(message)
    return fail(
      known.error,
      step,
      `Dreamina answered ${redactor.text(number)} to ${step}, ${known.meaning}${said ? ` ("${said}")` : ''}. ${known.advice}`,
      { serviceCode: redactor.text(number), logId: redactor.text(logId), retry: known.retry },
    )
  }

  /** One exchange, redirects not followed, the body read within the limits. */
  async function exchange(request: WireRequest, url: string, signal: AbortSignal, maxBytes: number): Promise<Answer> {
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
    const parts: Uint8Array[] = []
    let size = 0
    for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      size += part.length
      if (size > maxBytes) throw tooLong(request.step, maxBytes)
      parts.push(part)
    }
    const bytes = new Uint8Array(size)
    let offset = 0
    for (const part of parts) {
      bytes.set(part, offset)
      offset += part.length
    }
    return { status: response.status, headers: response.headers, bytes }
  }

  const tooLong = (step: DreaminaStep, maxBytes: number) =>
    fail('ENGINE_ANSWER_INVALID', step, `expected at most ${maxBytes} bytes in answer to ${step} but received more`)

  async function send(request: WireRequest, ctx: DreaminaCtx): Promise<Answer> {
    const { step } = request
    throwIfAborted(ctx.signal)
    ctx.onEvent?.({ type: 'step', step })
    const transfer = step === 'upload' || step === 'download'
    const timeoutMs = transfer ? limits.transferTimeoutMs : limits.requestTimeoutMs
    const maxBytes = step === 'download' ? limits.maxDownloadBytes : limits.maxAnswerBytes
    const timeout = AbortSignal.timeout(timeoutMs)
    const signal = ctx.signal ? AbortSignal.any([ctx.signal, timeout]) : timeout
    try {
      let url = request.url
      for (let hop = 0; ; hop++) {
        const answer = await exchange(request, url, signal, maxBytes)
        if (!REDIRECTS.includes(answer.status)) return checkStatus(step, answer)
        // Only a download may be redirected: anything else carries a credential.
        const next = URL.parse(answer.headers.get('location') ?? '', url)
        if (step !== 'download' || hop >= MAX_REDIRECTS || !next || !isAllowedUrl(next, config.loopback)) {
          throw fail('ENGINE_REQUEST_REFUSED', step, `expected an answer to ${step} but received a redirect`)
        }
        url = next.href
      }
    } catch (error) {
      if (ctx.signal?.aborted) throw new KoutuError('ABORTED', { data: { step }, cause: redactor.cause(error) })
      if (error instanceof KoutuError) throw error
      if (timeout.aborted) {
        throw fail('FETCH_TIMEOUT', step, `no complete answer to ${step} within ${timeoutMs} ms`, {}, error)
      }
      throw fail('FETCH_FAILED', step, `the connection broke during ${step}; check the network`, {}, error)
    }
  }

  function checkStatus(step: DreaminaStep, answer: Answer): Answer {
    const { status } = answer
    if (status >= 200 && status < 300) return answer
    const got = `Dreamina answered HTTP ${status} to ${step}`
    if (status === 429) {
      const seconds = Number(answer.headers.get('retry-after'))
      const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 300) * 1000 : 0
      throw fail('ENGINE_BUSY', step, `${got}. Wait a minute and process fewer images at a time.`, {
        status,
        retryAfterMs,
      })
    }
    if (step === 'download' && EXPIRED.includes(status)) {
      const advice = 'The URL of the result has probably expired; `koutu dreamina resume` requests a new one.'
      throw fail('FETCH_FAILED', step, `${got}. ${advice}`, { status, expired: true })
    }
    if (status >= 500 || status === 408) throw fail('FETCH_FAILED', step, `${got}. Try again later.`, { status })
    if (status === 401) throw fail('ENGINE_LOGIN_REQUIRED', step, `${got}. Run \`koutu dreamina login\`.`, { status })
    if (status === 403) throw fail('ENGINE_ACCESS_REFUSED', step, `${got}. koutu does not retry.`, { status })
    throw fail('ENGINE_REQUEST_REFUSED', step, `${got}. The service may have changed.`, { status })
  }

  function json(step: DreaminaStep, bytes: Uint8Array): unknown {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch {
      // The parser's own message quotes the text, so it is not kept.
      throw fail(
        'ENGINE_ANSWER_INVALID',
        step,
        `expected JSON in answer to ${step} but received ${bytes.length} bytes of something else`,
      )
    }
  }

  function read<S extends z.ZodType>(step: DreaminaStep, value: unknown, schema: S): z.output<S> {
    const result = schema.safeParse(value)
    if (result.success) return result.data
    const [issue] = result.error.issues
    const path = redactor.text(issue?.path.join('.') || '(answer)')
    throw fail(
      'ENGINE_ANSWER_INVALID',
      step,
      `the answer to ${step} has an unexpected ${path}. The service may have changed: update koutu.`,
    )
  }

  return {
    redactor,
    serviceNowMs: () => ports.nowMs() + offsetMs,
    apiContext: () => ({
      region: config.region,
      endpoints: { api: config.api, commerce: config.commerce },
      sessionId: config.sessionId,
      nowMs: ports.nowMs() + offsetMs,
    }),
    send,
    json,
    read,
    async callApi(request, schema, ctx) {
      const { step } = request
      const answer = await send(request, ctx)
      const envelope = read(step, json(step, answer.bytes), Envelope)
      const serviceSeconds = envelope.systime ?? envelope.svr_time
      if (serviceSeconds !== null) {
        const difference = serviceSeconds * 1000 - ports.nowMs()
        offsetMs = Math.abs(difference) > CLOCK_TOLERANCE_MS ? difference : 0
      }
      if (envelope.ret !== '0') {
        throw fromService(
          serviceCode(envelope.ret),
          step,
          envelope.ret,
          envelope.errmsg,
          envelope.logid || envelope.log_id,
        )
      }
      // `/commerce/*` carries its payload as text; whether in `data` as well has not been seen.
      const data = envelope.response ? json(step, new TextEncoder().encode(envelope.response)) : envelope.data
      return read(step, data, schema)
    },
    async callImagex(request, schema, ctx) {
      const { step } = request
      const value = json(step, (await send(request, ctx)).bytes)
      const failure = ImagexFailure.safeParse(value)
      if (failure.success) {
        const { CodeN, Code, Message } = failure.data.ResponseMetadata.Error
        throw fromService(imagexCode(CodeN), step, CodeN || Code, Message || Code, '')
      }
      return read(step, value, schema)
    },
  }
}
