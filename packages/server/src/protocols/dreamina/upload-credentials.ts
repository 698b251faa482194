// Keys of an upload and the credentials of each of its steps: issued and verified here, stored nowhere.

import { createHmac, randomBytes } from 'node:crypto'
import type { TokenPurpose } from './encrypted-tokens.ts'
import { createTokenCipher } from './encrypted-tokens.ts'
import { SERVICE_ID } from './uris.ts'

interface UploadKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

interface IssuedKeys extends UploadKeys {
  readonly sessionToken: string
  readonly expiresMs: number
}

interface UploadGrant {
  readonly ownerId: string
  readonly uri: string
}

export interface UploadCredentials {
  issueKeys(ownerId: string, nowMs: number): IssuedKeys
  /** The keys of a session token and their owner. Null for a foreign or expired token. */
  readKeys(sessionToken: string, nowMs: number): (UploadKeys & { readonly ownerId: string }) | null
  /** The two tokens of one upload: one to send the bytes, one to commit. */
  issueUpload(grant: UploadGrant, nowMs: number): { readonly auth: string; readonly sessionKey: string }
  readAuth(auth: string, nowMs: number): UploadGrant | null
  readSessionKey(sessionKey: string, nowMs: number): UploadGrant | null
}

/** As the real service's. */
const LIFE_MS = 3_600_000
const TOKEN_PREFIX = 'STS2'
const AUTH_PREFIX = `SpaceKey/${SERVICE_ID}/1/:version:v2:`

/** `secret` gives 32 bytes for a purpose. */
export function createUploadCredentials(secret: (purpose: string) => Uint8Array): UploadCredentials {
  const tokens = createTokenCipher(secret('dreamina-upload-credentials'))
  const accessSecret = secret('dreamina-access-keys')
  const secretAccessKeyOf = (accessKeyId: string) =>
    createHmac('sha256', accessSecret).update(accessKeyId).digest('base64')
  const open = (purpose: TokenPurpose, prefix: string, text: string, nowMs: number) =>
    text.startsWith(prefix) ? tokens.decrypt(purpose, text.slice(prefix.length), nowMs) : null
  const openUpload = (purpose: TokenPurpose, prefix: string, text: string, nowMs: number): UploadGrant | null => {
    const { ownerId, uri } = open(purpose, prefix, text, nowMs) ?? {}
    return ownerId === undefined || uri === undefined ? null : { ownerId, uri }
  }
  return {
    issueKeys(ownerId, nowMs) {
      const accessKeyId = `AKTP${randomBytes(18).toString('hex')}`
      const expiresMs = nowMs + LIFE_MS
      const sessionToken = TOKEN_PREFIX + tokens.encrypt('sts', { ownerId, accessKeyId }, expiresMs)
      return { accessKeyId, secretAccessKey: secretAccessKeyOf(accessKeyId), sessionToken, expiresMs }
    },
    readKeys(sessionToken, nowMs) {
      const { ownerId, accessKeyId } = open('sts', TOKEN_PREFIX, sessionToken, nowMs) ?? {}
      if (ownerId === undefined || accessKeyId === undefined) return null
      return { ownerId, accessKeyId, secretAccessKey: secretAccessKeyOf(accessKeyId) }
    },
    issueUpload: ({ ownerId, uri }, nowMs) => ({
      auth: AUTH_PREFIX + tokens.encrypt('upload', { ownerId, uri }, nowMs + LIFE_MS),
      sessionKey: tokens.encrypt('commit', { ownerId, uri }, nowMs + LIFE_MS),
    }),
    readAuth: (auth, nowMs) => openUpload('upload', AUTH_PREFIX, auth, nowMs),
    readSessionKey: (sessionKey, nowMs) => openUpload('commit', '', sessionKey, nowMs),
  }
}
