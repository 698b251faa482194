// What is explained is what is sent.

import { startDreaminaFake } from '@koutu/testing'
import { expect, it } from 'vitest'
import { clientFor, drawDisc } from '../test/support.ts'
import { explain, renderExplanation } from './explain.ts'
import { REGIONS } from './wire/regions.ts'

const PICTURE = drawDisc(10, 10)

function explained(region: (typeof REGIONS)[number] = 'CN') {
  let count = 0
  return explain({ bytes: PICTURE, region, nowMs: 1789742348000, uuid: () => `00000000-0000-4000-8000-${++count}` })
}

it('names the same requests, headers and keys the client sends', async () => {
  await using fake = await startDreaminaFake({ statuses: [] })
  await clientFor(fake).segment(PICTURE)
  const requests = explained()
  expect(requests.map(({ step }) => step)).toEqual(fake.steps())
  // Added by HTTP itself.
  const automatic = /^(host|connection|content-length|accept.*|user-agent|sec-fetch-mode|cache-control|pragma)$/
  for (const [i, call] of fake.calls.entries()) {
    const told = requests[i]!
    expect(told.method).toBe(call.method)
    const sent = Object.keys(call.headers).filter((name) => !automatic.test(name))
    expect(
      Object.keys(told.headers)
        .map((name) => name.toLowerCase())
        .sort(),
    ).toEqual(sent.sort())
    const keys = (target: string) => [...new URL(target, 'http://x').searchParams.keys()]
    if (told.step !== 'download') expect(keys(told.url)).toEqual(keys(call.target))
    if (call.headers['content-type'] !== 'application/json') continue
    const shape = (text: string) => Object.keys(JSON.parse(text))
    expect(shape(told.body!)).toEqual(shape(Buffer.from(call.body).toString()))
  }
})

it('shows placeholders where secrets go, and no signature that looks real', () => {
  const text = renderExplanation(explained())
  expect(text).toContain('Cookie: sessionid=YOUR_SESSIONID')
  expect(text).toContain('Signature=SIGNATURE')
  expect(text).toContain('X-Amz-Security-Token: SESSION_TOKEN_OF_TOKEN')
  expect(text).toContain('SignedHeaders=x-amz-date;x-amz-security-token,')
  expect(text).toContain(`(the ${PICTURE.length} bytes of the image)`)
  expect(text).toContain('Sign: 103979f37bb61af3a5a6d0a53f9e5992')
  expect(text).toContain('"generate_type": "cutout"')
  expect(text).toMatch(/^# 1\. .*\nPOST https:\/\/jimeng\.jianying\.com\/mweb\/v1\/get_upload_token\?/)
})

it.each(REGIONS)('knows the region %s', (region) => {
  const [token, apply] = explained(region)
  expect(token!.url).toContain(`region=${region}`)
  expect(apply!.url.includes('device_platform=web')).toBe(region !== 'CN')
})
