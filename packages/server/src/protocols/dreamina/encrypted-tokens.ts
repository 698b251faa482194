// Stateless tokens that expire: encrypted and authenticated with AES-256-GCM, so that every machine of a cluster can read
// them, and no one else can read or change them.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** What a token is for. It does not decrypt for another purpose. */
export type TokenPurpose = 'sts' | 'upload' | 'commit'

export interface TokenCipher {
  encrypt(purpose: TokenPurpose, content: Readonly<Record<string, string>>, expiresAtMs: number): string
  /** Null for a foreign, modified or expired token, and for one of another purpose. */
  decrypt(purpose: TokenPurpose, token: string, nowMs: number): Readonly<Record<string, string>> | null
}

const IV_BYTES = 12
const TAG_BYTES = 16
/** Far above the length of any token made here. */
const MAX_TOKEN_LENGTH = 2048

/** `key` has 32 bytes. */
export function createTokenCipher(key: Uint8Array): TokenCipher {
  return {
    encrypt(purpose, content, expiresAtMs) {
      const iv = randomBytes(IV_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      cipher.setAAD(Buffer.from(purpose))
      const text = JSON.stringify([Math.floor(expiresAtMs), content])
      const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, encrypted, cipher.getAuthTag()]).toString('base64url')
    },
    decrypt(purpose, token, nowMs) {
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
