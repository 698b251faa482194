// The keys of an upload, and the permits for each of its steps: given out here, and read again wherever they come back.
// Nothing of them is stored.

import { createHmac, randomBytes } from 'node:crypto'
import type { SealPurpose } from './seals.ts'
import { createSeals } from './seals.ts'
import { SERVICE_ID } from './uris.ts'

interface UploadKeys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

interface IssuedKeys extends UploadKeys {
  readonly sessionToken: string
  readonly expiresMs: number
}

interface UploadPermit {
  readonly ownerId: string
  readonly uri: string
}

export interface Permits {
  issueKeys(ownerId: string, nowMs: number): IssuedKeys
  /** Whose keys they are that come with a session token; null for a token that is none of ours, or over. */
  openKeys(sessionToken: string, nowMs: number): (UploadKeys & { readonly ownerId: string }) | null
  /** The two permits of one upload: to send the bytes, and to finish. */
  issueUpload(permit: UploadPermit, nowMs: number): { readonly auth: string; readonly sessionKey: string }
  openAuth(auth: string, nowMs: number): UploadPermit | null
  openSessionKey(sessionKey: string, nowMs: number): UploadPermit | null
}

/** As the real service's. */
const LIFE_MS = 3_600_000
const TOKEN_PREFIX = 'STS2'
const AUTH_PREFIX = `SpaceKey/${SERVICE_ID}/1/:version:v2:`

/** `secret` gives 32 bytes for a purpose. */
export function createPermits(secret: (purpose: string) => Uint8Array): Permits {
  const seals = createSeals(secret('dreamina-permits'))
  const accessSecret = secret('dreamina-access-keys')
  const secretAccessKeyOf = (accessKeyId: string) =>
    createHmac('sha256', accessSecret).update(accessKeyId).digest('base64')
  const open = (purpose: SealPurpose, prefix: string, text: string, nowMs: number) =>
    text.startsWith(prefix) ? seals.open(purpose, text.slice(prefix.length), nowMs) : null
  const openUpload = (purpose: SealPurpose, prefix: string, text: string, nowMs: number): UploadPermit | null => {
    const { ownerId, uri } = open(purpose, prefix, text, nowMs) ?? {}
    return ownerId === undefined || uri === undefined ? null : { ownerId, uri }
  }
  return {
    issueKeys(ownerId, nowMs) {
      const accessKeyId = `AKTP${randomBytes(18).toString('hex')}`
      const expiresMs = nowMs + LIFE_MS
      const sessionToken = TOKEN_PREFIX + seals.seal('sts', { ownerId, accessKeyId }, expiresMs)
      return { accessKeyId, secretAccessKey: secretAccessKeyOf(accessKeyId), sessionToken, expiresMs }
    },
    openKeys(sessionToken, nowMs) {
      const { ownerId, accessKeyId } = open('sts', TOKEN_PREFIX, sessionToken, nowMs) ?? {}
      if (ownerId === undefined || accessKeyId === undefined) return null
      return { ownerId, accessKeyId, secretAccessKey: secretAccessKeyOf(accessKeyId) }
    },
    issueUpload: ({ ownerId, uri }, nowMs) => ({
      auth: AUTH_PREFIX + seals.seal('upload', { ownerId, uri }, nowMs + LIFE_MS),
      sessionKey: seals.seal('commit', { ownerId, uri }, nowMs + LIFE_MS),
    }),
    openAuth: (auth, nowMs) => openUpload('upload', AUTH_PREFIX, auth, nowMs),
    openSessionKey: (sessionKey, nowMs) => openUpload('commit', '', sessionKey, nowMs),
  }
}
