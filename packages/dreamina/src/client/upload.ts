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
  const { region, limits, ports } = config
  const { redactor } = transport
  let kept: { readonly token: UploadToken; readonly untilMs: number } | null = null

  async function fetchToken(ctx: DreaminaCtx): Promise<UploadToken> {
    const token = await transport.callApi(uploadTokenRequest(transport.apiContext()), UploadToken, ctx)
    for (const secret of [token.accessKeyId, token.secretAccessKey, token.sessionToken]) redactor.add(secret)
    const nowMs = transport.serviceNowMs()
    const untilMs = token.expiresMs === null ? nowMs + TOKEN_LIFE_MS : token.expiresMs - TOKEN_MARGIN_MS
    kept = { token, untilMs }
    return token
  }

  async function currentToken(ctx: DreaminaCtx): Promise<UploadToken> {
    return kept && transport.serviceNowMs() < kept.untilMs ? kept.token : fetchToken(ctx)
  }

  /** `https://` before a host the service names; plain http for loopback where the API is there too. */
  function originOf(host: string): string {
    const url = /^[a-z0-9.-]+(:\d{1,5})?$/i.test(host) ? URL.parse(`https://${host}`) : null
    if (!url) {
      throw new KoutuError('ENGINE_ANSWER_INVALID', {
        detail: `expected the name of a host for the upload but received '${redactor.text(host)}'`,
        data: { step: 'apply' },
      })
    }
    return config.loopback && isLoopback(url.hostname) ? `http://${url.host}` : url.origin
  }

  function imagexContext(token: UploadToken): ImagexContext {
    return {
      imagex: config.imagex ?? (token.uploadDomain ? originOf(token.uploadDomain) : region.imagex),
      serviceId: token.serviceId || region.serviceId,
      awsRegion: token.awsRegion || region.awsRegion,
      credentials: token,
      nowMs: transport.serviceNowMs(),
      international: region.id !== 'CN',
    }
  }

  function nonce(): string {
    const letter = () => NONCE_LETTERS[Math.floor(randomFraction(ports.randomBytes) * NONCE_LETTERS.length)]
    return Array.from({ length: 11 }, letter).join('')
  }

  /** To the first host that takes it. */
  async function put(address: ApplyUpload, bytes: Uint8Array, ctx: DreaminaCtx): Promise<void> {
    const hosts = config.upload ? [config.upload] : address.hosts.map(originOf)
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
        return await putTo({ host, storeUri: address.storeUri, auth: address.auth, bytes, extraHeaders }, ctx)
      } catch (error) {
        if (index === hosts.length - 1 || !isLost(error)) throw error
      }
    }
  }

  async function putTo(input: Parameters<typeof putRequest>[0], ctx: DreaminaCtx): Promise<void> {
    const answer = await transport.send(putRequest(input), ctx)
    // 204 is the edge's way of saying no.
    if (answer.status === 204) {
      throw new KoutuError('FETCH_FAILED', {
        detail: 'the upload host answered HTTP 204, which means it did not accept the image',
        data: { step: 'upload', status: 204 },
      })
    }
    const { code, message } = transport.read('upload', transport.json('upload', answer.bytes), PutAnswer)
    if (code === DONE) return
    throw uploadFailed('upload', `code ${redactor.text(code)} ("${redactor.text(message)}")`)
  }

  async function once(bytes: Uint8Array, ctx: DreaminaCtx): Promise<string> {
    const token = await currentToken(ctx)
    const request = applyUploadRequest(imagexContext(token), { fileSize: bytes.length, nonce: nonce() })
    const address = await transport.callImagex(request, ApplyUpload, ctx)
    redactor.add(address.auth)
    redactor.add(address.sessionKey)
    await put(address, bytes, ctx)
    const commit = commitUploadRequest(imagexContext(token), address.sessionKey)
    const { imageUri, status } = await transport.callImagex(commit, CommitUpload, ctx)
    if (imageUri !== '' && (status === DONE || status === '')) return imageUri
    throw uploadFailed('commit', `UriStatus '${redactor.text(status)}'`)
  }

  return {
    async upload(bytes, ctx) {
      if (bytes.length === 0 || bytes.length > limits.maxUploadBytes) {
        throw new KoutuError('IMAGE_TOO_MANY_BYTES', {
          detail: `expected 1 to ${limits.maxUploadBytes} bytes to upload but received ${bytes.length}`,
          data: { limit: limits.maxUploadBytes, actual: bytes.length },
        })
      }
      return repeat(config, ctx, async () => {
        try {
          return await once(bytes, ctx)
        } catch (error) {
          // Keys that were refused are not tried a second time.
          if (isKoutuError(error) && error.data.serviceCode === '100024') kept = null
          throw error
        }
      })
    },
    async token(ctx) {
      await repeat(config, ctx, () => fetchToken(ctx))
    },
  }
}

function uploadFailed(step: 'upload' | 'commit', got: string): KoutuError {
  return new KoutuError('ENGINE_FAILED', {
    detail: `expected ${DONE} for the uploaded image but Dreamina answered ${got}. Try again later.`,
    data: { step, retry: true },
  })
}
