// SHA-256 by the browser; in pages that are not secure contexts, where browsers refuse it, by a library.

import { sha256 } from '@noble/hashes/sha2.js'

/** Hexadecimal, 64 digits. */
export async function sha256Of(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { subtle } = crypto as { readonly subtle?: SubtleCrypto }
  const digest = subtle ? new Uint8Array(await subtle.digest('SHA-256', bytes)) : sha256(bytes)
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
