// The published vectors of the sign.

import { describe, expect, it } from 'vitest'
import { type SignedHeaders, sign, signProblem } from './sign.ts'

it.each([
  ['/mweb/v1/aigc_draft/generate', '8.4.0', 1789742348, '103979f37bb61af3a5a6d0a53f9e5992'],
  ['/mweb/v1/get_history_by_ids', '8.4.0', 1789742352, 'a6def80120c292743fa98f189898e112'],
  ['/mweb/v1/get_upload_token', '8.4.0', 1789746355, '166eea62cb5dfc9c50fbcd5382d194fe'],
  ['/mweb/v1/aigc_draft/generate', '8.4.0', 1790786145, '2533662377211f0653b7759901657a92'],
  ['/mweb/v1/get_asset_list', '8.4.0', 1770799188, '99f53a201a714800b940d336ec506155'],
  ['/mweb/v1/get_explore', '5.8.0', 1758904207, '4e5ed5706280b5eba283be5f2a587a90'],
])('signs %s of %s at %d', (pathname, appvr, deviceTime, expected) => {
  expect(sign({ pathname, pf: '7', appvr, deviceTime, tdid: '' })).toBe(expected)
})

it('depends on the tdid', () => {
  const input = { pathname: '/mweb/v1/get_asset_list', pf: '7', appvr: '8.4.0', deviceTime: 1 }
  expect(sign({ ...input, tdid: 'a' })).not.toBe(sign({ ...input, tdid: '' }))
})

describe('checking a sign', () => {
  const PATH = '/mweb/v1/get_upload_token'
  const TIME = 1789746355
  const RIGHT: SignedHeaders = {
    sign: '166eea62cb5dfc9c50fbcd5382d194fe',
    pf: '7',
    appvr: '8.4.0',
    deviceTime: String(TIME),
    tdid: undefined,
  }
  const check = (bent: Partial<SignedHeaders>, nowMs = TIME * 1000) => signProblem(PATH, { ...RIGHT, ...bent }, nowMs)

  it('accepts the published vector, in capitals and with an empty tdid too, up to 15 minutes away', () => {
    expect(check({})).toBeNull()
    expect(check({ tdid: '' })).toBeNull()
    expect(check({ sign: RIGHT.sign!.toUpperCase() })).toBeNull()
    expect(check({}, TIME * 1000 + 15 * 60_000)).toBeNull()
    expect(check({}, TIME * 1000 - 15 * 60_000)).toBeNull()
  })

  it.each([
    ['no sign', { sign: undefined }, 'no sign'],
    ['another sign', { sign: '0'.repeat(32) }, 'does not match'],
    ['another version', { appvr: '5.8.0' }, 'does not match'],
    ['another tdid', { tdid: '1' }, 'does not match'],
    ['no time', { deviceTime: undefined }, 'unix seconds'],
    ['another time', { deviceTime: String(TIME + 1) }, 'does not match'],
  ])('refuses %s', (_, bent, reason) => {
    expect(check(bent)).toContain(reason)
  })

  it('refuses a time more than 15 minutes away', () => {
    expect(check({}, TIME * 1000 + 15 * 60_000 + 1)).toContain('15 minutes')
    expect(check({}, TIME * 1000 - 15 * 60_000 - 1)).toContain('15 minutes')
  })
})
