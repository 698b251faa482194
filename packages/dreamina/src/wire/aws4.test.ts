// Against the vectors AWS publishes (aws-sig-v4-test-suite and the worked example of its guide), and against a second
// implementation on random requests.

import aws4 from 'aws4'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aws4Problem as independentProblem } from '../../../../testing/src/dreamina-fake/aws4-check.ts'
import { amzDate, aws4Authorization, aws4Problem, aws4Signature, parseAws4Authorization, payloadHash } from './aws4.ts'

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const DATE = '20150830T123600Z'
const SCOPE = { region: 'us-east-1', service: 'service', amzDate: DATE }
const HEADERS = { Host: 'example.amazonaws.com', 'X-Amz-Date': DATE }
const EMPTY = payloadHash('')

describe('vectors of AWS', () => {
  it.each([
    ['get-vanilla', 'GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '/?Param2=value2&Param1=value1',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    ['post-vanilla', 'POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
  ])('%s', (_, method, target, signature) => {
    const request = { method, url: `https://example.amazonaws.com${target}`, headers: HEADERS, payloadHash: EMPTY }
    expect(aws4Signature(request, ['host', 'x-amz-date'], SCOPE, SECRET)).toBe(signature)
  })

  it('post-x-www-form-urlencoded signs the content type and the body', () => {
    const headers = { ...HEADERS, 'Content-Type': 'application/x-www-form-urlencoded' }
    const body = payloadHash('Param1=value1')
    const request = { method: 'POST', url: 'https://example.amazonaws.com/', headers, payloadHash: body }
    expect(aws4Signature(request, ['content-type', 'host', 'x-amz-date'], SCOPE, SECRET)).toBe(
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    )
  })

  it('the worked example of the guide', () => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      host: 'iam.amazonaws.com',
      'x-amz-date': DATE,
    }
    const url = 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'
    const request = { method: 'GET', url, headers, payloadHash: EMPTY }
    const names = ['x-amz-date', 'host', 'content-type']
    const scope = { ...SCOPE, service: 'iam' }
    expect(aws4Authorization(request, names, scope, { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET })).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    )
  })
})

it('equals the package aws4 with temporary keys on random requests', () => {
  const word = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 12 })
  // The package collects parameters as properties of a plain object, where this name is lost: it has a test of its own.
  const query = fc.dictionary(
    word.filter((name) => name !== '__proto__'),
    word,
    { maxKeys: 5 },
  )
  const times = fc.integer({ min: 1_500_000_000, max: 2_000_000_000 })
  fc.assert(
    fc.property(
      query,
      fc.base64String(),
      fc.base64String({ minLength: 8 }),
      times,
      (params, token, secret, seconds) => {
        const date = amzDate(seconds * 1000)
        const url = `https://imagex.example/?${new URLSearchParams(params)}`
        const theirs = aws4.sign(
          {
            service: 'imagex',
            region: 'cn-north-1',
            host: 'imagex.example',
            method: 'GET',
            path: new URL(url).pathname + new URL(url).search.replaceAll('+', '%20'),
            headers: { 'X-Amz-Date': date },
          },
          { accessKeyId: 'AKTPtest', secretAccessKey: secret, sessionToken: token },
        )
        const signed = {
          host: 'imagex.example',
          'x-amz-date': date,
          ...(token ? { 'x-amz-security-token': token } : {}),
        }
        const ours = aws4Authorization(
          { method: 'GET', url, headers: signed, payloadHash: EMPTY },
          Object.keys(signed),
          { region: 'cn-north-1', service: 'imagex', amzDate: date },
          { accessKeyId: 'AKTPtest', secretAccessKey: secret },
        )
        expect(ours).toBe(theirs.headers?.Authorization)
      },
    ),
  )
})

it('writes times as AWS does', () => {
  expect(amzDate(Date.UTC(2015, 7, 30, 12, 36, 0, 999))).toBe(DATE)
})

describe('checking a signature', () => {
  const NOW = Date.UTC(2026, 10, 25, 2, 30)
  const KEYS = { accessKeyId: 'AKTPtest', secretAccessKey: 'c2VjcmV0' }
  const URL_ =
    'https://imagex.bytedanceapi.com/?Action=CommitImageUpload&Version=2018-08-01&ServiceId=tb4s082cfz&s=a%20b'
  const BODY = '{"SessionKey":"k"}'
  const RULES = {
    service: 'imagex',
    regions: ['cn-north-1', 'us-east-1'],
    secretAccessKey: KEYS.secretAccessKey,
    nowMs: NOW,
  }
  const headersOf = (body: string): Record<string, string> => ({
    Host: 'imagex.bytedanceapi.com',
    'Content-Type': 'application/json',
    'X-Amz-Date': amzDate(NOW),
    'X-Amz-Security-Token': 'STS2token',
    ...(body === '' ? {} : { 'X-Amz-Content-Sha256': payloadHash(body) }),
  })
  const signedBy = (method: string, body: string, names: readonly string[], url = URL_) => {
    const headers = headersOf(body)
    const request = { method, url, headers, payloadHash: payloadHash(body) }
    const scope = { region: 'cn-north-1', service: 'imagex', amzDate: headers['X-Amz-Date']! }
    return { request, authorization: aws4Authorization(request, names, scope, KEYS) }
  }
  const LISTS = [
    ['GET', '', 'x-amz-date;x-amz-security-token'],
    ['GET', '', 'host;x-amz-date;x-amz-security-token'],
    ['POST', BODY, 'x-amz-content-sha256;x-amz-date;x-amz-security-token'],
    ['POST', BODY, 'content-type;host;x-amz-content-sha256;x-amz-date;x-amz-security-token'],
    ['POST', BODY, 'x-amz-date;x-amz-security-token'],
  ] as const

  const expectRight = ({ request, authorization }: ReturnType<typeof signedBy>, body: string) => {
    expect(aws4Problem(request, parseAws4Authorization(authorization)!, RULES)).toBeNull()
    const lower = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]),
    )
    expect(
      independentProblem({
        method: request.method,
        target: request.url.slice('https://imagex.bytedanceapi.com'.length),
        headers: { ...lower, authorization },
        body: new TextEncoder().encode(body),
        service: 'imagex',
        region: 'cn-north-1',
        secretOf: () => KEYS.secretAccessKey,
        nowMs: NOW,
      }),
    ).toBeNull()
  }

  it.each(LISTS)('%s %s signed over %s is right, by a second implementation too', (method, body, list) => {
    expectRight(signedBy(method, body, list.split(';')), body)
  })

  it('of a parameter with the name of a property is right, by a second implementation too', () => {
    expectRight(signedBy('GET', '', LISTS[1][2].split(';'), `${URL_}&__proto__=a&constructor=b`), '')
  })

  const right = () => signedBy('POST', BODY, LISTS[3][2].split(';'))
  const withHeader = (name: string, value: string | undefined) => {
    const { request, authorization } = right()
    const { [name]: _, ...others } = request.headers
    const headers = value === undefined ? others : { ...others, [name]: value }
    return aws4Problem({ ...request, headers }, parseAws4Authorization(authorization)!, RULES)
  }

  it.each([
    ['Host', 'other.example', 'does not match'],
    ['Content-Type', 'text/plain', 'does not match'],
    ['X-Amz-Security-Token', 'STS2other', 'does not match'],
    ['X-Amz-Content-Sha256', payloadHash('other'), 'the body'],
    ['X-Amz-Date', amzDate(NOW + 1000), 'does not match'],
    ['X-Amz-Date', amzDate(NOW + 86_400_000), 'day in the scope'],
    ['X-Amz-Date', 'now', 'day in the scope'],
    ['X-Amz-Security-Token', undefined, 'was not sent'],
  ])('refuses it with %s changed to %s', (name, value, reason) => {
    expect(withHeader(name, value)).toContain(reason)
  })

  it('refuses another method, query, body, secret, region, service and time', () => {
    const { request, authorization } = right()
    const claim = parseAws4Authorization(authorization)!
    const bent = (change: Partial<typeof request>) => aws4Problem({ ...request, ...change }, claim, RULES)
    expect(bent({ method: 'GET' })).toContain('does not match')
    expect(bent({ url: `${URL_}&x=1` })).toContain('does not match')
    expect(bent({ payloadHash: payloadHash('{}') })).toContain('the body')
    expect(aws4Problem(request, claim, { ...RULES, secretAccessKey: 'other' })).toContain('does not match')
    expect(aws4Problem(request, claim, { ...RULES, regions: ['ap-southeast-1'] })).toContain('the scope')
    expect(aws4Problem(request, claim, { ...RULES, service: 's3' })).toContain('the scope')
    expect(aws4Problem(request, claim, { ...RULES, nowMs: NOW + 15 * 60_000 })).toBeNull()
    expect(aws4Problem(request, claim, { ...RULES, nowMs: NOW + 15 * 60_000 + 1 })).toContain('15 minutes')
    expect(aws4Problem(request, claim, { ...RULES, nowMs: NOW - 15 * 60_000 - 1 })).toContain('15 minutes')
  })

  it('refuses a signature over neither the date nor the token', () => {
    for (const names of [['x-amz-date'], ['x-amz-security-token'], ['host']]) {
      const { request, authorization } = signedBy('GET', '', names)
      expect(aws4Problem(request, parseAws4Authorization(authorization)!, RULES)).toContain('is not signed')
    }
  })

  it.each([
    '',
    'Bearer x',
    'AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=d, Signature=e',
    `AWS4-HMAC-SHA256 Credential=a/20261125/r/imagex/aws4_request, SignedHeaders=, Signature=${'0'.repeat(64)}`,
  ])('reads no claim out of %j', (text) => {
    expect(parseAws4Authorization(text)).toBeNull()
  })

  it('reads a claim without spaces after the commas', () => {
    const { authorization } = right()
    expect(parseAws4Authorization(authorization.replaceAll(', ', ','))).toEqual(parseAws4Authorization(authorization))
  })
})
