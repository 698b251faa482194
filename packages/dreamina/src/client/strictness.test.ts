// The fake catches a client that errs: each request is bent on its way, as a wrong client would have sent it.

import { type FakeStep, startDreaminaFake } from '@koutu/testing'
import { expect, it } from 'vitest'
import { clientFor, drawDisc, failureOf, fastPorts } from '../../test/support.ts'

const PICTURE = drawDisc(8, 8)

type Bend = (url: string, headers: Record<string, string>, body: unknown) => [string, Record<string, string>, unknown]

const header =
  (name: string, change: (value: string) => string): Bend =>
  (url, headers, body) => [url, { ...headers, [name]: change(headers[name]!) }, body]
const lastDigit = (value: string) => value.slice(0, -1) + (value.endsWith('0') ? '1' : '0')

it.each<[string, FakeStep, Bend, string, string]>([
  ['another signature', 'apply', header('Authorization', lastDigit), '100024', 'does not match'],
  ['another key', 'apply', header('Authorization', (v) => v.replace('AKTP', 'AKTX')), '100024', 'key is unknown'],
  ['a query changed after signing', 'apply', (u, h, b) => [`${u}&x=1`, h, b], '100024', 'does not match'],
  ['another token', 'apply', header('X-Amz-Security-Token', lastDigit), '100024', 'unknown'],
  ['an old date', 'apply', header('X-Amz-Date', (v) => `2001${v.slice(4)}`), '100024', 'does not match the scope'],
  ['a body changed after signing', 'commit', (u, h) => [u, h, '{"SessionKey":"x"}'], '100024', 'body is another'],
  ['another checksum', 'upload', header('Content-CRC32', lastDigit), '4400', 'Content-CRC32'],
  ['bytes that changed on the way', 'upload', (u, h) => [u, h, new Uint8Array(9)], '4400', 'Content-CRC32'],
  ['another Auth', 'upload', header('Authorization', lastDigit), '4403', 'Auth'],
  ['another cookie', 'generate', header('Cookie', lastDigit), '1015', ''],
  ['a draft that is no text', 'generate', (u, h, b) => [u, h, unquoteDraft(b)], '1002', 'draft'],
  [
    'an image never uploaded',
    'generate',
    (u, h, b) => [u, h, String(b).replaceAll('tos-cn', 'tos-xx')],
    '1001',
    'not uploaded',
  ],
])('%s at %s', async (_, step, bend, answered, violation) => {
  await using fake = await startDreaminaFake()
  const ports = {
    ...fastPorts(),
    fetch: (async (input: string, init: RequestInit) => {
      const before = fake.calls.length
      const kind = stepOf(input, init.method ?? '')
      if (kind !== step) return fetch(input, init)
      const [url, headers, body] = bend(input, init.headers as Record<string, string>, init.body)
      const answer = await fetch(url, { ...init, headers, body: body as string })
      expect(fake.calls[before]?.step).toBe(step)
      return answer
    }) as typeof fetch,
  }
  const failure = await failureOf(clientFor(fake, { ports, limits: { attempts: 1 } }).segment(PICTURE))
  expect(failure.message).toContain(answered)
  expect(fake.violations.join()).toContain(violation)
  expect(fake.charged).toBe(0)
})

it('a wrong sign is seen, and refused in strict mode only', async () => {
  for (const strictSign of [false, true]) {
    await using fake = await startDreaminaFake({ strictSign })
    const ports = {
      ...fastPorts(),
      fetch: ((input: string, init: RequestInit) =>
        fetch(input, { ...init, headers: { ...(init.headers as object), Appvr: '5.8.0' } })) as typeof fetch,
    }
    const outcome = clientFor(fake, { ports, limits: { attempts: 1 } }).check()
    if (strictSign) expect((await failureOf(outcome)).data.serviceCode).toBe('1014')
    else await outcome
    expect(fake.violations).toEqual(['the sign of /mweb/v1/get_upload_token is wrong'])
  }
})

function unquoteDraft(body: unknown): string {
  const value = JSON.parse(String(body))
  return JSON.stringify({ ...value, draft_content: JSON.parse(value.draft_content) })
}

function stepOf(url: string, method: string): FakeStep | null {
  if (url.includes('/upload/v1/')) return 'upload'
  if (url.includes('Action=')) return method === 'GET' ? 'apply' : 'commit'
  return url.includes('aigc_draft') ? 'generate' : null
}
