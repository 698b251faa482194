// Checks AWS Signature V4 the way a service does: from the raw request and its own list of signed headers.
// Written apart from the client's signing, on node:crypto and the raw query, so that both cannot share a mistake.

import { createHash, createHmac } from 'node:crypto'

export interface Aws4Check {
  readonly method: string
  /** Path and query as they came over the wire. */
  readonly target: string
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
  readonly service: string
  readonly region: string
  readonly secretOf: (accessKeyId: string) => string | undefined
  readonly nowMs: number
}

/** As AWS: a request older or newer than this is refused. */
const MAX_SKEW_MS = 15 * 60_000

/** Why the request is refused, or null when its signature is right. */
export function aws4Problem(check: Aws4Check): string | null {
  const { method, target, headers, body } = check
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    )
  if (!match) return 'the Authorization header is not of the form AWS4-HMAC-SHA256'
  const [, keyId = '', day = '', region = '', service = '', names = '', signature = ''] = match
  if (region !== check.region || service !== check.service) return `the scope is ${region}/${service}`
  const date = headers['x-amz-date'] ?? ''
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date)
  if (!parts || !date.startsWith(day)) return `the date '${date}' does not match the scope`
  const [year = 0, month = 1, ...rest] = parts.slice(1).map(Number)
  const timeMs = Date.UTC(year, month - 1, rest[0], rest[1], rest[2], rest[3])
  if (Math.abs(timeMs - check.nowMs) > MAX_SKEW_MS) return 'the request is too old or too new'
  const list = names.split(';')
  if (!list.includes('x-amz-date') || !list.includes('x-amz-security-token')) return `SignedHeaders is ${names}`
  if (list.join(';') !== [...list].sort().join(';')) return 'SignedHeaders is not sorted'
  const bodyHash = hash(body)
  if (list.includes('x-amz-content-sha256') && headers['x-amz-content-sha256'] !== bodyHash)
    return 'the body is another'
  const secret = check.secretOf(keyId)
  if (secret === undefined) return 'the key is unknown'

  const [path = '/', query = ''] = target.split('?')
  const canonicalQuery = query
    .split('&')
    // A zero byte sorts before anything, as the end of the name has to.
    .map((pair) => pair.replace('=', '\0'))
    .sort()
    .join('&')
    .replaceAll('\0', '=')
  const canonicalHeaders = list.map((name) => `${name}:${(headers[name] ?? '').trim()}\n`).join('')
  const canonical = `${method}\n${path}\n${canonicalQuery}\n${canonicalHeaders}\n${names}\n${bodyHash}`
  const scope = `${day}/${region}/${service}/aws4_request`
  const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash(canonical)}`
  let key: Buffer = Buffer.from(`AWS4${secret}`)
  for (const part of [day, region, service, 'aws4_request']) key = createHmac('sha256', key).update(part).digest()
  const expected = createHmac('sha256', key).update(text).digest('hex')
  return expected === signature ? null : 'the signature does not match the request'
}

function hash(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex')
}
