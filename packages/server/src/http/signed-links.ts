// Signed links to results: owner, job and expiry under an HMAC. They need no API key.

import { createHmac, timingSafeEqual } from 'node:crypto'
import { KoutuError } from '@koutu/core'

export interface SignedLinks {
  /** Path and query, valid until `expiresAtMs`. */
  sign(path: string, ownerId: string, expiresAtMs: number): string
  /** The owner a valid link speaks for. Errors: LINK_INVALID. */
  verify(path: string, query: URLSearchParams, nowMs: number): string
}

export function createSignedLinks(secret: Uint8Array): SignedLinks {
  const signatureOf = (path: string, ownerId: string, expires: string): Buffer =>
    createHmac('sha256', secret)
      .update(JSON.stringify([path, ownerId, expires]))
      .digest()
  return {
    sign(path, ownerId, expiresAtMs) {
      const expires = String(Math.floor(expiresAtMs / 1000))
      const signature = signatureOf(path, ownerId, expires).toString('base64url')
      return `${path}?${new URLSearchParams({ owner: ownerId, expires, signature })}`
    },
    verify(path, query, nowMs) {
      const ownerId = query.get('owner') ?? ''
      const expires = query.get('expires') ?? ''
      const given = Buffer.from(query.get('signature') ?? '', 'base64url')
      const expected = signatureOf(path, ownerId, expires)
      const isGenuine = given.length === expected.length && timingSafeEqual(given, expected)
      if (!isGenuine || !/^\d{1,12}$/.test(expires) || Number(expires) * 1000 <= nowMs)
        throw new KoutuError('LINK_INVALID')
      return ownerId
    },
  }
}
