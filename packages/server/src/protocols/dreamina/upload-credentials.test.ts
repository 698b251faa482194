// Tokens: for one owner, one purpose, one image and one hour, from this installation alone, and unreadable.

import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createUploadCredentials } from './upload-credentials.ts'

function secretOf(seed: string): (purpose: string) => Uint8Array {
  return (purpose) => new Uint8Array(Buffer.alloc(32, `${seed} ${purpose}`))
}
const NOW = 1_795_000_000_000
const HOUR = 3_600_000
const credentials = createUploadCredentials(secretOf('here'))
const OWNER = 'a0b1c2d3e4f5'
const URI = 'tos-cn-i-tb4s082cfz/0123456789abcdef0123456789abcdef'

it('gives keys that any machine of the installation can check, and no other', () => {
  const keys = credentials.issueKeys(OWNER, NOW)
  expect(keys).toMatchObject({ expiresMs: NOW + HOUR })
  expect(keys.accessKeyId).toMatch(/^AKTP[0-9a-f]{36}$/)
  expect(keys.sessionToken).toMatch(/^STS2[\w-]+$/)
  const { accessKeyId, secretAccessKey } = keys
  const elsewhere = createUploadCredentials(secretOf('here'))
  expect(elsewhere.readKeys(keys.sessionToken, NOW)).toEqual({ ownerId: OWNER, accessKeyId, secretAccessKey })
  expect(createUploadCredentials(secretOf('there')).readKeys(keys.sessionToken, NOW)).toBeNull()
})

it('ends after an hour, to the millisecond', () => {
  const { sessionToken } = credentials.issueKeys(OWNER, NOW)
  const { auth, sessionKey } = credentials.issueUpload({ ownerId: OWNER, uri: URI }, NOW)
  for (const [open, text] of [
    [credentials.readKeys, sessionToken],
    [credentials.readAuth, auth],
    [credentials.readSessionKey, sessionKey],
  ] as const) {
    expect(open(text, NOW + HOUR - 1)).not.toBeNull()
    expect(open(text, NOW + HOUR)).toBeNull()
  }
})

it('gives two keys, and two secrets, to the same owner', () => {
  const [a, b] = [credentials.issueKeys(OWNER, NOW), credentials.issueKeys(OWNER, NOW)]
  expect(a.secretAccessKey).not.toBe(b.secretAccessKey)
  expect(a.sessionToken).not.toBe(b.sessionToken)
})

it('keeps purposes apart', () => {
  const { sessionToken } = credentials.issueKeys(OWNER, NOW)
  const { auth, sessionKey } = credentials.issueUpload({ ownerId: OWNER, uri: URI }, NOW)
  const [authToken, stsToken] = [auth.split(':').at(-1)!, sessionToken.slice(4)]
  expect(credentials.readAuth(auth, NOW)).toEqual({ ownerId: OWNER, uri: URI })
  expect(credentials.readSessionKey(sessionKey, NOW)).toEqual({ ownerId: OWNER, uri: URI })
  for (const other of [authToken, stsToken]) expect(credentials.readSessionKey(other, NOW)).toBeNull()
  for (const other of [sessionKey, stsToken])
    expect(credentials.readAuth(auth.replace(authToken, other), NOW)).toBeNull()
  for (const other of [sessionKey, authToken]) expect(credentials.readKeys(`STS2${other}`, NOW)).toBeNull()
  expect(credentials.readAuth(authToken, NOW)).toBeNull()
})

it('says nothing to who cannot open it', () => {
  const keys = credentials.issueKeys(OWNER, NOW)
  const { auth, sessionKey } = credentials.issueUpload({ ownerId: OWNER, uri: URI }, NOW)
  for (const token of [keys.sessionToken.slice(4), auth.split(':').at(-1)!, sessionKey]) {
    const shown = Buffer.from(token, 'base64url').toString('latin1')
    for (const hidden of [OWNER, keys.secretAccessKey, '0123456789abcdef', 'ownerId']) {
      expect(shown).not.toContain(hidden)
      expect(token).not.toContain(hidden)
    }
  }
})

it('opens nothing that was changed in any place, cut or lengthened', () => {
  const { sessionKey } = credentials.issueUpload({ ownerId: OWNER, uri: URI }, NOW)
  const bytes = Buffer.from(sessionKey, 'base64url')
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const bent = Buffer.from(bytes)
      bent[at]! ^= change
      expect(credentials.readSessionKey(bent.toString('base64url'), NOW)).toBeNull()
    }),
  )
  for (const bent of [sessionKey.slice(0, -4), `${sessionKey}AAAA`, `${sessionKey}=`, '', 'A', 'x'.repeat(5000), '%']) {
    expect(credentials.readSessionKey(bent, NOW)).toBeNull()
  }
  expect(credentials.readSessionKey(randomBytes(120).toString('base64url'), NOW)).toBeNull()
})
