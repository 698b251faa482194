// SHA-256 by the browser, which offers it to secure pages (HTTPS) alone.

/** Hexadecimal, 64 digits. */
export type Digest = (bytes: Uint8Array<ArrayBuffer>) => Promise<string>

export function browserDigest({ subtle }: { readonly subtle?: SubtleCrypto }): Digest | null {
  if (!subtle) return null
  return async (bytes) => {
    const digest = new Uint8Array(await subtle.digest('SHA-256', bytes))
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
  }
}
