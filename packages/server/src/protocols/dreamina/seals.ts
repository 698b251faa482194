// Tokens that carry what they permit: encrypted and authenticated, with an end, so that every machine of a cluster can
// read what any of them gave out, and nobody else can read or change it. AES-256-GCM.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** What a token is for. One of another purpose does not open. */
export type SealPurpose = 'sts' | 'upload' | 'commit'

export interface Seals {
  seal(purpose: SealPurpose, content: Readonly<Record<string, string>>, expiresAtMs: number): string
  /** Null for what is not ours, is for something else, was changed, or is over. */
  open(purpose: SealPurpose, token: string, nowMs: number): Readonly<Record<string, string>> | null
}

const IV_BYTES = 12
const TAG_BYTES = 16
/** Far above what is ever sealed. */
const MAX_TOKEN_LENGTH = 2048

/** `key` has 32 bytes. */
export function createSeals(key: Uint8Array): Seals {
  return {
    seal(purpose, content, expiresAtMs) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      cipher.setAAD(Buffer.from(purpose))
      const text = JSON.stringify([Math.floor(expiresAtMs), content])
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url')
    },
    open(purpose, token, nowMs) {
      if (token.length > MAX_TOKEN_LENGTH || !/^[\w-]+$/.test(token)) return null
      const bytes = Buffer.from(token, 'base64url')
      if (bytes.length <= IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== token) return null
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(purpose))
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
      try {
        const text = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
        const [expiresAtMs, content] = JSON.parse(text) as [number, Record<string, string>]
        return expiresAtMs > nowMs ? content : null
      } catch {
        return null
      }
    },
  }
}
