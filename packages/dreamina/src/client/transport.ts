// Sends one request and reads its response: timeouts, size limits, redirects, status codes, envelopes. Every failure becomes a
// coded error without a secret. Does not decide about retries.

import { KoutuError, throwIfAborted } from '@koutu/core'
import type { z } from 'zod'
import { Envelope, ImagexFailure } from '../wire/answers.ts'
import { imagexCode, type ServiceCode, serviceCode } from '../wire/codes.ts'
import type { ApiContext, DreaminaStep, WireRequest } from '../wire/requests.ts'
import { type DreaminaCtx, isAllowedUrl, type ResolvedConfig } from './config.ts'
import { type Answer, checkStatus, exchange, stepFailure } from './exchange.ts'
import { createRedactor, type Redactor } from './redact.ts'

/** The service's clock is followed when it differs by more than this. */
const CLOCK_TOLERANCE_MS = 5000
const MAX_REDIRECTS = 3
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
  return new HttpTransport(config)
}

class HttpTransport implements Transport {
  readonly redactor = createRedactor()
  readonly #config: ResolvedConfig
  /** Of the service's clock. */
  #offsetMs = 0

  constructor(config: ResolvedConfig) {
    this.#config = config
    this.redactor.add(config.sessionId)
  }

  serviceNowMs(): number {
    return this.#config.ports.nowMs() + this.#offsetMs
  }

  apiContext(): ApiContext {
    const { region, api, commerce, sessionId } = this.#config
    return { region, endpoints: { api, commerce }, sessionId, nowMs: this.serviceNowMs() }
  }

  async send(request: WireRequest, ctx: DreaminaCtx): Promise<Answer> {
    const { ports, limits, loopback } = this.#config
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
        const answer = await exchange(ports, request, { url, signal, maxBytes })
        if (!REDIRECTS.includes(answer.status)) return checkStatus(step, answer)
        // Only a download may be redirected: anything else carries a credential.
        const next = URL.parse(answer.headers.get('location') ?? '', url)
        if (step !== 'download' || hop >= MAX_REDIRECTS || !next || !isAllowedUrl(next, loopback)) {
          throw stepFailure('ENGINE_REQUEST_REFUSED', step, `expected an answer to ${step} but received a redirect`)
        }
        url = next.href
      }
    } catch (error) {
      if (ctx.signal?.aborted) throw new KoutuError('ABORTED', { data: { step }, cause: this.redactor.cause(error) })
      if (error instanceof KoutuError) throw error
      if (timeout.aborted) {
        throw stepFailure(
          'FETCH_TIMEOUT',
          step,
          `no complete answer to ${step} within ${timeoutMs} ms`,
          {},
          this.redactor.cause(error),
        )
      }
      throw stepFailure(
        'FETCH_FAILED',
        step,
        `the connection broke during ${step}; check the network`,
        {},
        this.redactor.cause(error),
      )
    }
  }

  async callApi<S extends z.ZodType>(request: WireRequest, schema: S, ctx: DreaminaCtx): Promise<z.output<S>> {
    const { step } = request
    const answer = await this.send(request, ctx)
    const envelope = this.read(step, this.json(step, answer.bytes), Envelope)
    const serviceSeconds = envelope.systime ?? envelope.svr_time
    if (serviceSeconds !== null) {
      const difference = serviceSeconds * 1000 - this.#config.ports.nowMs()
      this.#offsetMs = Math.abs(difference) > CLOCK_TOLERANCE_MS ? difference : 0
    }
    if (envelope.ret !== '0') {
      throw this.#fromService(
        serviceCode(envelope.ret),
        step,
        envelope.ret,
        envelope.errmsg,
        envelope.logid || envelope.log_id,
      )
    }
    // `/commerce/*` carries its payload as text; whether in `data` as well has not been seen.
    const data = envelope.response ? this.json(step, new TextEncoder().encode(envelope.response)) : envelope.data
    return this.read(step, data, schema)
  }

  async callImagex<S extends z.ZodType>(request: WireRequest, schema: S, ctx: DreaminaCtx): Promise<z.output<S>> {
    const { step } = request
    const value = this.json(step, (await this.send(request, ctx)).bytes)
    const failure = ImagexFailure.safeParse(value)
    if (failure.success) {
      const { CodeN, Code, Message } = failure.data.ResponseMetadata.Error
      throw this.#fromService(imagexCode(CodeN), step, CodeN || Code, Message || Code, '')
    }
    return this.read(step, value, schema)
  }

  json(step: DreaminaStep, bytes: Uint8Array): unknown {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    } catch {
      // The parser's own message quotes the text, so it is not kept.
      throw stepFailure(
        'ENGINE_ANSWER_INVALID',
        step,
        `expected JSON in answer to ${step} but received ${bytes.length} bytes of something else`,
      )
    }
  }

  read<S extends z.ZodType>(step: DreaminaStep, value: unknown, schema: S): z.output<S> {
    const result = schema.safeParse(value)
    if (result.success) return result.data
    const [issue] = result.error.issues
    const path = this.redactor.text(issue?.path.join('.') || '(answer)')
    throw stepFailure(
      'ENGINE_ANSWER_INVALID',
      step,
      `the answer to ${step} has an unexpected ${path}. The service may have changed: update koutu.`,
    )
  }

  #fromService(known: ServiceCode, step: DreaminaStep, number: string, message: string, logId: string): KoutuError {
    const said = this.redactor.text(message)
    return stepFailure(
      known.error,
      step,
      `Dreamina answered ${this.redactor.text(number)} to ${step}, ${known.meaning}${said ? ` ("${said}")` : ''}. ${known.advice}`,
      { serviceCode: this.redactor.text(number), logId: this.redactor.text(logId), retry: known.retry },
    )
  }
}
