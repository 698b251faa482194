// Bytes to an image URI: token, apply, put, commit. None of it costs credits, so a broken upload starts over.

import { isKoutuError, KoutuError } from '@koutu/core'
import { ApplyUpload, CommitUpload, PutAnswer, UploadToken } from '../wire/answers.ts'
import {
  applyUploadRequest,
  commitUploadRequest,
  type ImagexContext,
  putRequest,
  uploadTokenRequest,
} from '../wire/requests.ts'
import { type DreaminaCtx, isLoopback, type ResolvedConfig, randomFraction } from './config.ts'
import { isLost, repeat } from './retry.ts'
import type { Transport } from './transport.ts'

/** Keys that end within this time are not used for another upload. */
const TOKEN_MARGIN_MS = 5 * 60_000
/** Where the token names no end: half of the hour the keys are reported to live. */
const TOKEN_LIFE_MS = 30 * 60_000
const DONE = '2000'
/** The upload may need these of its own; the service may ask for others on top. */
const OWN_HEADERS = ['authorization', 'content-crc32', 'content-type', 'content-length', 'host', 'cookie']
const NONCE_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789'

export interface Uploader {
  upload(bytes: Uint8Array, ctx: DreaminaCtx): Promise<string>
  /** Fetches the keys of the next upload: works only with a live session. */
  token(ctx: DreaminaCtx): Promise<void>
}

export function createUploader(config: ResolvedConfig, transport: Transport): Uploader {
  return new ImagexUploader(config, transport)
}

class ImagexUploader implements Uploader {
  readonly #config: ResolvedConfig
  readonly #transport: Transport
  #kept: { readonly token: UploadToken; readonly untilMs: number } | null = null

  constructor(config: ResolvedConfig, transport: Transport) {
    this.#config = config
    this.#transport = transport
  }

  async upload(bytes: Uint8Array, ctx: DreaminaCtx): Promise<string> {
    if (bytes.length === 0 || bytes.length > this.#config.limits.maxUploadBytes) {
      throw new KoutuError('IMAGE_TOO_MANY_BYTES', {
        detail: `expected 1 to ${this.#config.limits.maxUploadBytes} bytes to upload but received ${bytes.length}`,
        data: { limit: this.#config.limits.maxUploadBytes, actual: bytes.length },
      })
    }
    return repeat(this.#config, ctx, async () => {
      try {
        return await this.#once(bytes, ctx)
      } catch (error) {
        // Keys that were refused are not tried a second time.
        if (isKoutuError(error) && error.data.serviceCode === '100024') this.#kept = null
        throw error
      }
    })
  }

  async token(ctx: DreaminaCtx): Promise<void> {
    await repeat(this.#config, ctx, () => this.#fetchToken(ctx))
  }

  async #fetchToken(ctx: DreaminaCtx): Promise<UploadToken> {
    const token = await this.#transport.callApi(uploadTokenRequest(this.#transport.apiContext()), UploadToken, ctx)
    for (const secret of [token.accessKeyId, token.secretAccessKey, token.sessionToken])
      this.#transport.redactor.add(secret)
    const nowMs = this.#transport.serviceNowMs()
    const untilMs = token.expiresMs === null ? nowMs + TOKEN_LIFE_MS : token.expiresMs - TOKEN_MARGIN_MS
    this.#kept = { token, untilMs }
    return token
  }

  async #currentToken(ctx: DreaminaCtx): Promise<UploadToken> {
    return this.#kept && this.#transport.serviceNowMs() < this.#kept.untilMs ? this.#kept.token : this.#fetchToken(ctx)
  }

  /** `https://` before a host the service names; plain http for loopback where the API is there too. */
  #originOf(host: string): string {
    const url = /^[a-z0-9.-]+(:\d{1,5})?$/i.test(host) ? URL.parse(`https://${host}`) : null
    if (!url) {
      throw new KoutuError('ENGINE_ANSWER_INVALID', {
        detail: `expected the name of a host for the upload but received '${this.#transport.redactor.text(host)}'`,
        data: { step: 'apply' },
      })
    }
    return this.#config.loopback && isLoopback(url.hostname) ? `http://${url.host}` : url.origin
  }

  #imagexContext(token: UploadToken): ImagexContext {
    return {
      imagex:
        this.#config.imagex ?? (token.uploadDomain ? this.#originOf(token.uploadDomain) : this.#config.region.imagex),
      serviceId: token.serviceId || this.#config.region.serviceId,
      awsRegion: token.awsRegion || this.#config.region.awsRegion,
      credentials: token,
      nowMs: this.#transport.serviceNowMs(),
      international: this.#config.region.id !== 'CN',
    }
  }

  /** To the first host that takes it. */
  async #put(address: ApplyUpload, bytes: Uint8Array, ctx: DreaminaCtx): Promise<void> {
    const hosts = this.#config.upload ? [this.#config.upload] : address.hosts.map((host) => this.#originOf(host))
    if (hosts.length === 0) {
      throw new KoutuError('ENGINE_ANSWER_INVALID', {
        detail: 'expected UploadHosts or UploadHost in the answer to apply but received neither',
        data: { step: 'apply' },
      })
    }
    const extraHeaders = Object.fromEntries(
      Object.entries(address.extraHeaders).filter(([name]) => !OWN_HEADERS.includes(name.toLowerCase())),
    )
    for (const [index, host] of hosts.entries()) {
      try {
        return await this.#putTo({ host, storeUri: address.storeUri, auth: address.auth, bytes, extraHeaders }, ctx)
      } catch (error) {
        if (index === hosts.length - 1 || !isLost(error)) throw error
      }
    }
  }

  async #putTo(input: Parameters<typeof putRequest>[0], ctx: DreaminaCtx): Promise<void> {
    const answer = await this.#transport.send(putRequest(input), ctx)
    // 204 is the edge's way of saying no.
    if (answer.status === 204) {
      throw new KoutuError('FETCH_FAILED', {
        detail: 'the upload host answered HTTP 204, which means it did not accept the image',
        data: { step: 'upload', status: 204 },
      })
    }
    const { code, message } = this.#transport.read('upload', this.#transport.json('upload', answer.bytes), PutAnswer)
    if (code === DONE) return
    throw uploadFailed(
      'upload',
      `code ${this.#transport.redactor.text(code)} ("${this.#transport.redactor.text(message)}")`,
    )
  }

  async #once(bytes: Uint8Array, ctx: DreaminaCtx): Promise<string> {
    const token = await this.#currentToken(ctx)
    const request = applyUploadRequest(this.#imagexContext(token), {
      fileSize: bytes.length,
      nonce: nonce(this.#config.ports.randomBytes),
    })
    const address = await this.#transport.callImagex(request, ApplyUpload, ctx)
    this.#transport.redactor.add(address.auth)
    this.#transport.redactor.add(address.sessionKey)
    await this.#put(address, bytes, ctx)
    const commit = commitUploadRequest(this.#imagexContext(token), address.sessionKey)
    const { imageUri, status } = await this.#transport.callImagex(commit, CommitUpload, ctx)
    if (imageUri !== '' && (status === DONE || status === '')) return imageUri
    throw uploadFailed('commit', `UriStatus '${this.#transport.redactor.text(status)}'`)
  }
}

function nonce(randomBytes: ResolvedConfig['ports']['randomBytes']): string {
  const letter = () => NONCE_LETTERS[Math.floor(randomFraction(randomBytes) * NONCE_LETTERS.length)]
  return Array.from({ length: 11 }, letter).join('')
}

function uploadFailed(step: 'upload' | 'commit', got: string): KoutuError {
  return new KoutuError('ENGINE_FAILED', {
    detail: `expected ${DONE} for the uploaded image but Dreamina answered ${got}. Try again later.`,
    data: { step, retry: true },
  })
}
