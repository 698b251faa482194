// AWS Signature Version 4 over headers, for any list of signed headers: ImageX clients sign different ones, and a
// server has to rebuild the signature from the list it is given.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

const ALGORITHM = 'AWS4-HMAC-SHA256'

export interface Aws4Request {
  readonly method: string
  readonly url: string
  /** Every header that may be signed, `host` included where it is; names in any case. */
  readonly headers: Readonly<Record<string, string>>
  /** Lower-case hex SHA-256 of the body. */
  readonly payloadHash: string
}

export interface Aws4Scope {
  readonly region: string
  readonly service: string
  /** `yyyymmddThhmmssZ`, as in `X-Amz-Date`. */
  readonly amzDate: string
}

export interface Aws4Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Lower-case hex SHA-256 of a body. */
export function payloadHash(body: Uint8Array | string): string {
  return bytesToHex(sha256(typeof body === 'string' ? utf8ToBytes(body) : body))
}

/** Unix milliseconds as `yyyymmddThhmmssZ`. */
export function amzDate(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/[-:]|\.\d{3}/g, '')
}

/** The text that is hashed and signed. `signedHeaders` are lower-case names; the order given does not matter. */
function canonicalRequest(request: Aws4Request, signedHeaders: readonly string[]): string {
  const url = new URL(request.url)
  const values = new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]))
  const names = [...signedHeaders].sort()
  // By name, then by value: sorting the joined text would put `a%20=` before `a=`.
  const query = [...url.searchParams]
    .map(([key, value]) => [uriEncode(key), uriEncode(value)] as const)
    .sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]))
    .map(([key, value]) => `${key}=${value}`)
    .join('&')
  return [
    request.method.toUpperCase(),
    url.pathname.split('/').map(reencode).join('/'),
    query,
    ...names.map((name) => `${name}:${(values.get(name) ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    names.join(';'),
    request.payloadHash,
  ].join('\n')
}

/** The signature alone, as lower-case hex. */
export function aws4Signature(
  request: Aws4Request,
  signedHeaders: readonly string[],
  scope: Aws4Scope,
  secretAccessKey: string,
): string {
  const day = scope.amzDate.slice(0, 8)
  const canonical = canonicalRequest(request, signedHeaders)
  const text = [ALGORITHM, scope.amzDate, scopePath(scope), payloadHash(canonical)].join('\n')
  const mac = (key: Uint8Array, data: string) => hmac(sha256, key, utf8ToBytes(data))
  const key = [day, scope.region, scope.service, 'aws4_request'].reduce(mac, utf8ToBytes(`AWS4${secretAccessKey}`))
  return bytesToHex(mac(key, text))
}

/** The whole `Authorization` header. */
export function aws4Authorization(
  request: Aws4Request,
  signedHeaders: readonly string[],
  scope: Aws4Scope,
  credentials: Aws4Credentials,
): string {
  const signature = aws4Signature(request, signedHeaders, scope, credentials.secretAccessKey)
  const names = [...signedHeaders].sort().join(';')
  return `${ALGORITHM} Credential=${credentials.accessKeyId}/${scopePath(scope)}, SignedHeaders=${names}, Signature=${signature}`
}

/** What an `Authorization` header says of itself; nothing of it is proved yet. */
export interface Aws4Claim {
  readonly accessKeyId: string
  /** `yyyymmdd`. */
  readonly day: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** Spaces after the commas, or none: signers differ. Null for anything else. */
export function parseAws4Authorization(header: string): Aws4Claim | null {
  const match =
    /^AWS4-HMAC-SHA256 +Credential=([^/,\s]+)\/(\d{8})\/([\w-]+)\/(\w+)\/aws4_request, *SignedHeaders=([\w;-]+), *Signature=([0-9a-f]{64})$/i.exec(
      header.trim(),
    )
  if (!match) return null
  const [, accessKeyId = '', day = '', region = '', service = '', names = '', signature = ''] = match
  const signedHeaders = names.toLowerCase().split(';')
  return { accessKeyId, day, region, service, signedHeaders, signature: signature.toLowerCase() }
}

export interface Aws4Rules {
  readonly service: string
  /** Regions a scope may name. */
  readonly regions: readonly string[]
  readonly secretAccessKey: string
  readonly nowMs: number
}

/** As AWS: a request older or newer than this is refused. */
const MAX_SKEW_MS = 15 * 60_000
/** Without these a signature could be used at another time, or with another's token. */
const MUST_BE_SIGNED = ['x-amz-date', 'x-amz-security-token']

/** Why a request is refused, or null when its signature is right. `payloadHash` is that of the body which really came. */
export function aws4Problem(request: Aws4Request, claim: Aws4Claim, rules: Aws4Rules): string | null {
  const headers = new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]))
  if (claim.service !== rules.service || !rules.regions.includes(claim.region)) {
    return `the scope names ${claim.region}/${claim.service}`
  }
  const date = headers.get('x-amz-date') ?? ''
  if (!date.startsWith(claim.day)) return 'X-Amz-Date is not of the day in the scope'
  const skewMs = Math.abs(amzTimeMs(date) - rules.nowMs)
  if (!(skewMs <= MAX_SKEW_MS)) return 'X-Amz-Date is more than 15 minutes from the time of the server'
  const unsigned = MUST_BE_SIGNED.find((name) => !claim.signedHeaders.includes(name))
  if (unsigned) return `${unsigned} is not signed`
  const missing = claim.signedHeaders.find((name) => !headers.has(name))
  if (missing) return `${missing} is signed but was not sent`
  const declared = headers.get('x-amz-content-sha256')
  if (declared !== undefined && declared.toLowerCase() !== request.payloadHash) return 'the body is not the one signed'
  const scope = { region: claim.region, service: claim.service, amzDate: date }
  const expected = aws4Signature(request, claim.signedHeaders, scope, rules.secretAccessKey)
  return isSameText(expected, claim.signature) ? null : 'the signature does not match the request'
}

/** NaN for what is no date. */
function amzTimeMs(date: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date)
  return parts ? Date.parse(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}Z`) : Number.NaN
}

/** Takes as long wherever the first difference is. */
function isSameText(a: string, b: string): boolean {
  let difference = a.length ^ b.length
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}

/** By code units, which for encoded text are ASCII. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function scopePath(scope: Aws4Scope): string {
  return `${scope.amzDate.slice(0, 8)}/${scope.region}/${scope.service}/aws4_request`
}

/** RFC 3986: everything but letters, digits and `-._~`; `encodeURIComponent` leaves five characters more. */
function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** A segment of `URL.pathname` is encoded by other rules than AWS's: decoded and encoded again. */
function reencode(segment: string): string {
  try {
    return uriEncode(decodeURIComponent(segment))
  } catch {
    return uriEncode(segment)
  }
}
